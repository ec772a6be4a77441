"""Sharing the processor: how torch's threads wait for each other. To be settled before torch is imported."""

from __future__ import annotations

import os


def wait_without_spinning() -> None:
    """Let torch's threads sleep while they wait, unless the environment says how they are to.

    By default OpenMP's threads spin at every barrier. As soon as another process wants one of the cores (and
    on a shared machine one always does) each barrier lasts until the scheduler comes round: measured on two
    cores with two busy neighbours, training fell from 640 to 50 images a second, and with sleeping threads
    to 430 only.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
