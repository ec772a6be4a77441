"""PneumoniaMNIST, the study's data: x-rays of Kermany et al., Cell 2018, as MedMNIST has them. CC BY 4.0."""

from snn_tui.data.medmnist_file import MedMNISTFile
from snn_tui.values.task import PNEUMONIA

SOURCE = MedMNISTFile(
    flag="pneumoniamnist",
    task=PNEUMONIA,
    sizes=(4708, 524, 624),
    md5="28209eda62fecd6e6a2d98b1501bb15f",
    # The test that the shipped runs were tested on: a stratified half of the official one.
    published_tests=frozenset({"93e2910a32de9be0a3c6e47912593fb5"}),
)
