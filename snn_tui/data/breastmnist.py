"""BreastMNIST: ultrasound of Al-Dhabyani et al., Data in Brief 2020, as MedMNIST has it. CC BY 4.0."""

from snn_tui.data.medmnist_file import MedMNISTFile
from snn_tui.values.task import Task

SOURCE = MedMNISTFile(
    flag="breastmnist",
    task=Task(name="BreastMNIST", classes=("malignant", "normal or benign"), positive=0),
    sizes=(546, 78, 156),
    md5="750601b1f35ba3300ea97c75c52ff8f6",
)
