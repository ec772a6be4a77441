"""Constants of energy: as typed, each with its default, and what makes no sense refused."""

from __future__ import annotations

import pytest

from snn_tui.errors import UsageError
from snn_tui.values.energy_constants import EnergyConstants, parse_constants

PUBLISHED = EnergyConstants(mac=4.6, ac=0.9, byte=12.5)


@pytest.mark.parametrize(
    ("text", "constants"),
    [
        ("", PUBLISHED),
        (" , ", PUBLISHED),
        ("byte=2.5", EnergyConstants(byte=2.5)),
        (" mac = 3 , ac=1e-1,", EnergyConstants(mac=3.0, ac=0.1)),
        ("mac=2,byte=0", EnergyConstants(mac=2.0, byte=0.0)),
    ],
)
def test_what_is_left_out_keeps_its_default(text: str, constants: EnergyConstants) -> None:
    assert parse_constants(text, "--pj") == constants


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("joule=1", "there is no energy of 'joule'"),
        ("4.6", "there is no energy of '4.6'"),
        ("mac", "mac has no value"),
        ("mac=much", "'much' is not a number"),
        ("mac=3,mac=3", "mac is there twice"),
        ("mac=nan", "mac cannot be nan, but from 1e-06 to 1e+06"),
        ("byte=inf", "byte cannot be inf, but from 0 to 1e+06"),
        ("mac=1e308", "mac cannot be 1e308, but from 1e-06 to 1e+06"),
        ("ac=0", "ac cannot be 0, but from 1e-06 to 1e+06"),
        ("ac=-1", "ac cannot be -1, but from 1e-06 to 1e+06"),
        ("ac=5", "a multiply-add cannot take less than the addition in it (5 pJ)"),
    ],
)
def test_what_makes_no_sense_is_refused(text: str, what: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse_constants(text, "SNN_TUI_PJ")
    assert (refused.value.what, refused.value.where) == (what, "SNN_TUI_PJ")
    assert "mac=4.6,ac=0.9,byte=12.5" in refused.value.remedy
