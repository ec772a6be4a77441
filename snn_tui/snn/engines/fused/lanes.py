"""A small language for writing kernels: Python that emits LLVM code for vectors of any length.

What is written here in Python runs once, when a kernel is generated, and leaves behind straight code and
loops with every size and offset as a literal. LLVM splits the vectors into whatever the processor has
(SSE, AVX2, AVX-512, NEON), so the kernels need not know it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from llvmlite import ir

F32 = ir.FloatType()
I8, I16, I32, I64 = (ir.IntType(bits) for bits in (8, 16, 32, 64))
POINTER = ir.PointerType()
_BYTES = {F32: 4, I8: 1, I16: 2, I32: 4, I64: 8}


class Value:
    """A number, or a vector of numbers, that a kernel computes; Python numbers mix in as constants."""

    def __init__(self, code: Code, raw: Any) -> None:
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
        """Where two integers are equal."""
        return Value(self.code, self.code.builder.icmp_unsigned("==", self.raw, self._constant(other)))

    def choose(self, yes: Value | float, no: Value | float) -> Value:
        """Lane by lane, `yes` where this comparison holds and `no` elsewhere; one of them is no constant."""
        model = next(side for side in (yes, no) if isinstance(side, Value))
        sides = (model._constant(yes), model._constant(no))
        return Value(self.code, self.code.builder.select(self.raw, *sides))

    def times_plus(self, factor: Value, addend: Value) -> Value:
        """`self * factor + addend`, in one instruction where the processor has it."""
        return Value(self.code, self.code.intrinsic("llvm.fmuladd", self.raw, factor.raw, addend.raw))

    def magnitude(self) -> Value:
        """The absolute value of floats."""
        return Value(self.code, self.code.intrinsic("llvm.fabs", self.raw))

    def ones(self) -> Value:
        """How many bits of an integer are set."""
        return Value(self.code, self.code.intrinsic("llvm.ctpop", self.raw))

    def total(self) -> Value:
        """The sum of a vector's lanes, in a fixed order of pairs."""
        vector, lanes = self, _lanes(self.raw.type)
        while lanes > 1:
            lanes //= 2
            vector = vector.pick(range(lanes)) + vector.pick(range(lanes, 2 * lanes))
        return Value(self.code, self.code.builder.extract_element(vector.raw, I32(0)))

    def pick(self, lanes: Sequence[int], other: Value | None = None) -> Value:
        """The named lanes in that order; those of `other` are counted on from one's own."""
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
        """The same bits taken as another type."""
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
        return _constant(self.raw.type, other)


class Array:
    """Memory of one element type, read and written by position, one number or a vector at a time."""

    def __init__(self, code: Code, pointer: Any, element: Any) -> None:
        self.code = code
        self.pointer = pointer
        self.element = element

    def get(self, at: Value | int, lanes: int = 0) -> Value:
        """The number at a position, or the vector that starts there."""
        kind = ir.VectorType(self.element, lanes) if lanes else self.element
        address = self.shifted(at).pointer
        return Value(self.code, self.code.builder.load(address, typ=kind, align=_BYTES[self.element]))

    def put(self, at: Value | int, value: Value) -> None:
        """Write a number, or a vector, to a position."""
        self.code.builder.store(value.raw, self.shifted(at).pointer, align=_BYTES[self.element])

    def add(self, at: Value | int, value: Value) -> None:
        """Add to what stands at a position."""
        self.put(at, self.get(at, _lanes(value.raw.type)) + value)

    def shifted(self, by: Value | int) -> Array:
        """The same memory, counted from another position."""
        if isinstance(by, int) and by == 0:
            return self
        step = by.raw if isinstance(by, Value) else I64(by)
        pointer = self.code.builder.gep(self.pointer, [step], inbounds=True, source_etype=self.element)
        return Array(self.code, pointer, self.element)

    def read_as(self, element: Any) -> Array:
        """The same memory taken as another element type."""
        return Array(self.code, self.pointer, element)


class Variable:
    """A value that changes as loops go round."""

    def __init__(self, code: Code, first: Value) -> None:
        self._code = code
        kind = first.raw.type
        with code.builder.goto_entry_block():
            self._slot = code.builder.alloca(kind)
        self._kind = kind
        self.set(first)

    def get(self) -> Value:
        """What it is now."""
        return Value(self._code, self._code.builder.load(self._slot, typ=self._kind))

    def set(self, value: Value) -> None:
        """Change it."""
        self._code.builder.store(value.raw, self._slot)


class Code:
    """A function in the making.

    Args:
        module: The module it belongs to.
        name: Its name there.
        arguments: Its arguments' types.
        shared: Whether it is called from outside the module.
    """

    def __init__(
        self, module: ir.Module, name: str, arguments: Sequence[Any], *, shared: bool = False
    ) -> None:
        self.function = ir.Function(module, ir.FunctionType(ir.VoidType(), list(arguments)), name)
        if not shared:
            self.function.linkage = "internal"
        for argument in self.function.args:
            if argument.type == POINTER:
                argument.add_attribute("noalias")
        self.builder = ir.IRBuilder(self.function.append_basic_block("entry"))
        # What is allocated comes before everything else, so that LLVM can keep it in registers.
        body = self.function.append_basic_block("body")
        self._entry = self.builder.branch(body)
        self.builder.position_at_end(body)

    def argument(self, place: int) -> Value:
        """A number that was passed."""
        return Value(self, self.function.args[place])

    def array(self, place: int, element: Any) -> Array:
        """Memory that was passed."""
        return Array(self, self.function.args[place], element)

    def number(self, kind: Any, value: float) -> Value:
        """A constant."""
        return Value(self, _constant(kind, value))

    def vector(self, element: Any, lanes: int, value: float) -> Value:
        """A constant in every lane."""
        return self.number(ir.VectorType(element, lanes), value)

    def count(self, lanes: int) -> Value:
        """The 32-bit integers 0, 1, 2, ... in a vector."""
        kind = ir.VectorType(I32, lanes)
        return Value(self, ir.Constant(kind, [I32(lane) for lane in range(lanes)]))

    def variable(self, first: Value) -> Variable:
        """A value that is to change."""
        return Variable(self, first)

    @contextmanager
    def loop(self, end: Value | int, *, start: Value | int = 0) -> Iterator[Value]:
        """Go round for every position from `start` to before `end`; there has to be one at least."""
        builder = self.builder
        position = self.variable(self._whole(start))
        body, after = self._blocks("loop", "after")
        builder.branch(body)
        builder.position_at_end(body)
        here = position.get()
        yield here
        ahead = here + 1
        position.set(ahead)
        builder.cbranch(builder.icmp_unsigned("<", ahead.raw, self._whole(end).raw), body, after)
        builder.position_at_end(after)

    @contextmanager
    def down(self, start: Value) -> Iterator[Value]:
        """Go round for every position from before `start` down to 0; there has to be one at least."""
        with self.loop(start) as position:
            yield start - 1 - position

    @contextmanager
    def each_bit(self, bits: Value) -> Iterator[Value]:
        """Go round for the position of every bit that is set in a 64-bit integer, lowest first."""
        builder = self.builder
        left = self.variable(bits)
        test, body, after = self._blocks("bits", "bit", "after")
        builder.branch(test)
        builder.position_at_end(test)
        builder.cbranch(builder.icmp_unsigned("!=", left.get().raw, I64(0)), body, after)
        builder.position_at_end(body)
        now = left.get()
        yield Value(self, self.intrinsic("llvm.cttz", now.raw, ir.IntType(1)(1)))
        left.set(now & (now - 1))
        builder.branch(test)
        builder.position_at_end(after)

    def call(self, other: Code, *arguments: Value | Array) -> None:
        """Run another function of the module."""
        raw = [thing.pointer if isinstance(thing, Array) else thing.raw for thing in arguments]
        self.builder.call(other.function, raw)

    def finish(self) -> None:
        """End the function."""
        self.builder.ret_void()

    def intrinsic(self, name: str, first: Any, *rest: Any) -> Any:
        """Call one of LLVM's own functions on raw values; the first gives it its type."""
        kind = ir.FunctionType(first.type, [first.type, *(value.type for value in rest)])
        found = f"{name}.{_suffix(first.type)}"
        module = self.function.module
        function = module.globals.get(found) or ir.Function(module, kind, found)
        return self.builder.call(function, [first, *rest])

    def _whole(self, number: Value | int) -> Value:
        return number if isinstance(number, Value) else self.number(I64, number)

    def _blocks(self, *names: str) -> list[Any]:
        return [self.function.append_basic_block(name) for name in names]


def _constant(kind: Any, value: float) -> Any:
    if isinstance(kind, ir.VectorType):
        return ir.Constant(kind, [kind.element(value)] * kind.count)
    return kind(value)


def _lanes(kind: Any) -> int:
    return kind.count if isinstance(kind, ir.VectorType) else 0


def _is_float(kind: Any) -> bool:
    return bool((kind.element if isinstance(kind, ir.VectorType) else kind) == F32)


def _with_element(kind: Any, element: Any) -> Any:
    return ir.VectorType(element, kind.count) if isinstance(kind, ir.VectorType) else element


def _suffix(kind: Any) -> str:
    if isinstance(kind, ir.VectorType):
        return f"v{kind.count}{_suffix(kind.element)}"
    return "f32" if kind == F32 else f"i{kind.width}"
