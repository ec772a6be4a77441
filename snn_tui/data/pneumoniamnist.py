"""PneumoniaMNIST, the study's data: x-rays of Kermany et al., Cell 2018, as MedMNIST has them. CC BY 4.0."""

from snn_tui.data.medmnist_file import IMAGES, MedMNISTFile
from snn_tui.values.task import PNEUMONIA

SOURCE = MedMNISTFile(
    flag="pneumoniamnist",
    task=PNEUMONIA,
    sizes=IMAGES[PNEUMONIA.name],
    md5={
        28: "28209eda62fecd6e6a2d98b1501bb15f",
        64: "8f4eceb4ccffa70c672198ea285246c6",
        128: "05b46931834c231683c68f40c47b2971",
        224: "d6a3c71de1b945ea11211b03746c1fe1",
    },
    # The test that the shipped runs were tested on: a stratified half of the official one.
    published_tests=frozenset({"93e2910a32de9be0a3c6e47912593fb5"}),
)
