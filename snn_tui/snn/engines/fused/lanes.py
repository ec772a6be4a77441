"""The values of kernels: numbers, vectors of any length, memory, and variables.

Every operation on them emits LLVM code into the function that `code.Code` writes. LLVM splits the vectors
into whatever the processor has (SSE, AVX2, AVX-512, NEON), so the kernels need not know it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from llvmlite import ir

F32 = ir.FloatType()
I8, I16, I32, I64 = (ir.IntType(bits) for bits in (8, 16, 32, 64))
POINTER = ir.PointerType()
_BYTES = {F32: 4, I8: 1, I16: 2, I32: 4, I64: 8}


class Writer(Protocol):
    """The function that a value's operations are written into; `code.Code` is one."""

    builder: ir.IRBuilder

    def intrinsic(self, name: str, first: Any, *others: Any) -> Any:
        """Call a function that LLVM has of its own, on values of one type."""


class Value:
    """A number, or a vector of numbers, that a kernel computes; Python numbers mix in as constants."""

    def __init__(self, code: Writer, raw: Any) -> None:
        self.code = code
        self.raw = raw

    def __add__(self, other: Value | float) -> Value:
        return self._both(other, "add", "fadd")

    def __sub__(self, other: Value | float) -> Value:
        return self._both(other, "sub", "fsub")

    def __mul__(self, other: Value | float) -> Value:
        return self._both(other, "mul", "fmul")

    def __truediv__(self, other: Value) -> Value:
        return self._both(other, "", "fdiv")

    def __and__(self, other: Value | int) -> Value:
        return self._both(other, "and_", "")

    def __or__(self, other: Value | int) -> Value:
        return self._both(other, "or_", "")

    def __xor__(self, other: Value | int) -> Value:
        return self._both(other, "xor", "")

    def __rshift__(self, other: Value | int) -> Value:
        return self._both(other, "lshr", "")

    def __lshift__(self, other: Value | int) -> Value:
        return self._both(other, "shl", "")

    def __gt__(self, other: Value | float) -> Value:
        builder, right = self.code.builder, self._constant(other)
        if _is_float(self.raw.type):
            return Value(self.code, builder.fcmp_ordered(">", self.raw, right))
        return Value(self.code, builder.icmp_unsigned(">", self.raw, right))

    def same(self, other: Value | int) -> Value:
        """Lane by lane, whether two integers are equal."""
        return Value(self.code, self.code.builder.icmp_unsigned("==", self.raw, self._constant(other)))

    def choose(self, yes: Value | float, no: Value | float) -> Value:
        """Lane by lane, `yes` where this comparison holds and `no` elsewhere; not both may be constants."""
        model = next(side for side in (yes, no) if isinstance(side, Value))
        sides = (model._constant(yes), model._constant(no))
        return Value(self.code, self.code.builder.select(self.raw, *sides))

    def times_plus(self, factor: Value, addend: Value) -> Value:
        """`self * factor + addend`, in one instruction where the processor has it."""
        return Value(self.code, self.code.intrinsic("llvm.fmuladd", self.raw, factor.raw, addend.raw))

    def magnitude(self) -> Value:
        """The absolute value of floats."""
        return Value(self.code, self.code.intrinsic("llvm.fabs", self.raw))

    def exp(self) -> Value:
        """The exponential of floats."""
        return Value(self.code, self.code.intrinsic("llvm.exp", self.raw))

    def log(self) -> Value:
        """The natural logarithm of floats."""
        return Value(self.code, self.code.intrinsic("llvm.log", self.raw))

    def as_float(self) -> Value:
        """An unsigned integer as a float."""
        return Value(self.code, self.code.builder.uitofp(self.raw, F32))

    def ones(self) -> Value:
        """The number of bits of an integer that are set."""
        return Value(self.code, self.code.intrinsic("llvm.ctpop", self.raw))

    def total(self) -> Value:
        """The sum of a vector's lanes, in a fixed order of pairs."""
        vector, lanes = self, _lanes(self.raw.type)
        while lanes > 1:
            lanes //= 2
            vector = vector.pick(range(lanes)) + vector.pick(range(lanes, 2 * lanes))
        return Value(self.code, self.code.builder.extract_element(vector.raw, I32(0)))

    def pick(self, lanes: Sequence[int], other: Value | None = None) -> Value:
        """The lanes of these indices, in that order; indices past the last lane are those of `other`."""
        index = ir.Constant(ir.VectorType(I32, len(lanes)), [I32(lane) for lane in lanes])
        second = other.raw if other else ir.Constant(self.raw.type, ir.Undefined)
        return Value(self.code, self.code.builder.shuffle_vector(self.raw, second, index))

    def spread(self, lanes: int) -> Value:
        """A single number in every lane of a vector."""
        vector = ir.VectorType(self.raw.type, lanes)
        first = self.code.builder.insert_element(ir.Constant(vector, ir.Undefined), self.raw, I32(0))
        return Value(self.code, first).pick([0] * lanes)

    def bits(self) -> Value:
        """A comparison's lanes as the bits of a 64-bit integer, first lane lowest."""
        return self.reread(ir.IntType(_lanes(self.raw.type))).widened(I64)

    def reread(self, kind: Any) -> Value:
        """The same bits as another type."""
        return Value(self.code, self.code.builder.bitcast(self.raw, kind))

    def widened(self, element: Any) -> Value:
        """Unsigned integers in a wider type."""
        if self.raw.type == element:
            return self
        return Value(self.code, self.code.builder.zext(self.raw, _with_element(self.raw.type, element)))

    def narrowed(self, element: Any) -> Value:
        """The low bits of integers in a narrower type."""
        return Value(self.code, self.code.builder.trunc(self.raw, _with_element(self.raw.type, element)))

    def _both(self, other: Value | float, whole: str, real: str) -> Value:
        operation = getattr(self.code.builder, real if _is_float(self.raw.type) else whole)
        return Value(self.code, operation(self.raw, self._constant(other)))

    def _constant(self, other: Value | float) -> Any:
        if isinstance(other, Value):
            return other.raw
        return constant(self.raw.type, other)


class Array:
    """Memory of one element type, read and written by index, one number or a vector at a time."""

    def __init__(self, code: Writer, pointer: Any, element: Any) -> None:
        self.code = code
        self.pointer = pointer
        self.element = element

    def get(self, at: Value | int, lanes: int = 0) -> Value:
        """The number at an index, or the vector of `lanes` numbers that begins there."""
        kind = ir.VectorType(self.element, lanes) if lanes else self.element
        address = self.shifted(at).pointer
        return Value(self.code, self.code.builder.load(address, typ=kind, align=_BYTES[self.element]))

    def word(self, byte: Value | int) -> Value:
        """The 64-bit integer that begins at a byte, wherever that is."""
        address = self.read_as(I8).shifted(byte).pointer
        return Value(self.code, self.code.builder.load(address, typ=I64, align=1))

    def put(self, at: Value | int, value: Value) -> None:
        """Write a number, or a vector, to an index."""
        self.code.builder.store(value.raw, self.shifted(at).pointer, align=_BYTES[self.element])

    def add(self, at: Value | int, value: Value) -> None:
        """Add a number, or a vector, to the one at an index."""
        self.put(at, self.get(at, _lanes(value.raw.type)) + value)

    def shifted(self, by: Value | int) -> Array:
        """The same memory with indices counted from another element."""
        if isinstance(by, int) and by == 0:
            return self
        step = by.raw if isinstance(by, Value) else I64(by)
        pointer = self.code.builder.gep(self.pointer, [step], inbounds=True, source_etype=self.element)
        return Array(self.code, pointer, self.element)

    def read_as(self, element: Any) -> Array:
        """The same memory as another element type."""
        return Array(self.code, self.pointer, element)


class Variable:
    """A value that changes from one turn of a loop to the next."""

    def __init__(self, code: Writer, first: Value) -> None:
        self._code = code
        kind = first.raw.type
        with code.builder.goto_entry_block():
            self._slot = code.builder.alloca(kind)
        self._kind = kind
        self.set(first)

    def get(self) -> Value:
        """The current value."""
        return Value(self._code, self._code.builder.load(self._slot, typ=self._kind))

    def set(self, value: Value) -> None:
        """Replace the value."""
        self._code.builder.store(value.raw, self._slot)


def constant(kind: Any, value: float) -> Any:
    """A number of a type, or a vector that has it in every lane."""
    if isinstance(kind, ir.VectorType):
        return ir.Constant(kind, [kind.element(value)] * kind.count)
    return kind(value)


def _lanes(kind: Any) -> int:
    """Lanes of a vector type, 0 of a single number."""
    return kind.count if isinstance(kind, ir.VectorType) else 0


def _is_float(kind: Any) -> bool:
    return bool((kind.element if isinstance(kind, ir.VectorType) else kind) == F32)


def _with_element(kind: Any, element: Any) -> Any:
    return ir.VectorType(element, kind.count) if isinstance(kind, ir.VectorType) else element
