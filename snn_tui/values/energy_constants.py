"""Energy of an operation and of a byte of memory, as published for 45 nm, or as set.

The constants are those of Horowitz ("Computing's energy problem", ISSCC 2014): 3.7 pJ a multiplication and
0.9 pJ an addition of 32-bit floats; 100 pJ for 64 bits of a memory of 1 MB on the chip. Smaller memories take
less (32 KB: 2.5 pJ a byte, 8 KB: 1.25), DRAM takes 160 or more.
"""

from __future__ import annotations

import os

import msgspec

from snn_tui.errors import UsageError

VARIABLE = "SNN_TUI_PJ"
"""The variable of the environment that sets constants."""

FLOAT_BITS = 32

_LEAST, _MOST = 1e-6, 1e6  # pJ
_REMEDY = "give, for example, mac=4.6,ac=0.9,byte=12.5"


class EnergyConstants(msgspec.Struct, frozen=True, kw_only=True):
    """What arithmetic and memory take, in pJ.

    Args:
        mac: A multiplication and an addition of 32 bits.
        ac: An addition of 32 bits.
        byte: A byte read from memory, or written to it.
    """

    mac: float = 4.6
    ac: float = 0.9
    byte: float = 12.5

    def multiply_add(self, input_bits: int) -> float:
        """Energy of multiplying an input by a weight of 32 bits and adding the product, in pJ.

        A multiplier adds a row of the weight's width for each bit of the input, so that it grows with the
        product of both.
        """
        return (self.mac - self.ac) * input_bits / FLOAT_BITS + self.ac


def parse_constants(text: str, where: str) -> EnergyConstants:
    """Constants from `mac=4.6,ac=0.9,byte=12.5`; those that it leaves out keep their default.

    Args:
        text: Names and values in pJ.
        where: The option or variable that it comes from, for the error.

    Raises:
        UsageError: A name is unknown or there twice, or a value is not a number that makes sense.
    """
    values: dict[str, float] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, equals, value = (word.strip() for word in part.partition("="))
        if name not in EnergyConstants.__struct_fields__:
            raise UsageError(f"there is no energy of {name!r}", where=where, remedy=_REMEDY)
        if not equals:
            raise UsageError(f"{name} has no value", where=where, remedy=_REMEDY)
        if name in values:
            raise UsageError(f"{name} is there twice", where=where, remedy=_REMEDY)
        try:
            values[name] = float(value)
        except ValueError:
            raise UsageError(f"{value!r} is not a number", where=where, remedy=_REMEDY) from None
        # Arithmetic that costs nothing would make every comparison one of nothing with nothing.
        low = 0.0 if name == "byte" else _LEAST
        if not low <= values[name] <= _MOST:
            what = f"{name} cannot be {value}, but from {low:g} to {_MOST:g}"
            raise UsageError(what, where=where, remedy=_REMEDY)
    constants = EnergyConstants(**values)
    if constants.mac < constants.ac:
        raise UsageError(
            f"a multiply-add cannot take less than the addition in it ({constants.ac:g} pJ)",
            where=where,
            remedy=_REMEDY,
        )
    return constants


def constants_here(option: str | None) -> EnergyConstants:
    """The constants that an option sets, or else the environment.

    Args:
        option: What was given with `--pj`; None where it was not.

    Raises:
        UsageError: As for `parse_constants`; it names which of both is wrong.
    """
    if option is not None:
        return parse_constants(option, "--pj")
    return parse_constants(os.environ.get(VARIABLE, ""), VARIABLE)
