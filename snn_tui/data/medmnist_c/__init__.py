"""The corruptions of MedMNIST-C, with its severities 1 to 5.

Di Salvo, Doerrich, Ledig: MedMNIST-C: Comprehensive benchmark and improved classifier robustness by
simulating realistic image corruptions, 2024, arXiv 2406.17536. Parameters and their meaning are those of its
code (github.com/francescodisalvo05/medmnistc-api, version 0.1.0). An effect takes one image, `[H, W]` grey or
`[H, W, 3]` uint8, a random generator and the parameters of a severity, and returns such an image.
"""
