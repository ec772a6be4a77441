"""A small language for writing kernels: Python that emits LLVM code.

What is written in it runs once, when a kernel is generated, and leaves behind straight code and loops with
every size and offset as a literal.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from llvmlite import ir

from snn_tui.snn.engines.fused.lanes import F32, I32, I64, POINTER, Array, Value, Variable, constant


class Code:
    """A function that is being written.

    Args:
        module: The module it belongs to.
        name: Its name in the module.
        arguments: Types of its arguments.
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

    def argument(self, index: int) -> Value:
        """The argument at an index, a number."""
        return Value(self, self.function.args[index])

    def array(self, index: int, element: Any) -> Array:
        """The argument at an index, memory of an element type."""
        return Array(self, self.function.args[index], element)

    def number(self, kind: Any, value: float) -> Value:
        """A constant."""
        return Value(self, constant(kind, value))

    def vector(self, element: Any, lanes: int, value: float) -> Value:
        """A constant in every lane."""
        return self.number(ir.VectorType(element, lanes), value)

    def count(self, lanes: int) -> Value:
        """The 32-bit integers 0, 1, 2, ... in a vector."""
        kind = ir.VectorType(I32, lanes)
        return Value(self, ir.Constant(kind, [I32(lane) for lane in range(lanes)]))

    def first_lanes(self, lanes: int, number: int) -> Value:
        """A comparison that holds in so many of a vector's lanes, the first ones."""
        kind = ir.VectorType(ir.IntType(1), lanes)
        return Value(self, ir.Constant(kind, [ir.IntType(1)(lane < number) for lane in range(lanes)]))

    def variable(self, first: Value) -> Variable:
        """A value that will change, and its first value."""
        return Variable(self, first)

    @contextmanager
    def loop(self, end: Value | int, *, start: Value | int = 0) -> Iterator[Value]:
        """Repeat for every index from `start` to before `end`; there has to be at least one."""
        builder = self.builder
        variable = self.variable(self._whole(start))
        body, after = self._blocks("loop", "after")
        builder.branch(body)
        builder.position_at_end(body)
        index = variable.get()
        yield index
        following = index + 1
        variable.set(following)
        builder.cbranch(builder.icmp_unsigned("<", following.raw, self._whole(end).raw), body, after)
        builder.position_at_end(after)

    @contextmanager
    def each(self, start: Value, end: Value) -> Iterator[Value]:
        """Repeat for every index from `start` to before `end`, if there is one."""
        builder = self.builder
        body, after = self._blocks("some", "none")
        builder.cbranch(builder.icmp_unsigned("<", start.raw, end.raw), body, after)
        builder.position_at_end(body)
        with self.loop(end, start=start) as index:
            yield index
        builder.branch(after)
        builder.position_at_end(after)

    @contextmanager
    def down(self, start: Value) -> Iterator[Value]:
        """Repeat for every index from before `start` down to 0; there has to be at least one."""
        with self.loop(start) as index:
            yield start - 1 - index

    @contextmanager
    def each_bit(self, bits: Value) -> Iterator[Value]:
        """Repeat for the index of every bit that is set in a 64-bit integer, lowest first."""
        builder = self.builder
        remaining = self.variable(bits)
        test, body, after = self._blocks("bits", "bit", "after")
        builder.branch(test)
        builder.position_at_end(test)
        builder.cbranch(builder.icmp_unsigned("!=", remaining.get().raw, I64(0)), body, after)
        builder.position_at_end(body)
        now = remaining.get()
        yield Value(self, self.intrinsic("llvm.cttz", now.raw, ir.IntType(1)(1)))
        remaining.set(now & (now - 1))
        builder.branch(test)
        builder.position_at_end(after)

    def call(self, other: Code, *arguments: Value | Array) -> None:
        """Run another function of the module."""
        raw = [value.pointer if isinstance(value, Array) else value.raw for value in arguments]
        self.builder.call(other.function, raw)

    def finish(self) -> None:
        """End the function."""
        self.builder.ret_void()

    def intrinsic(self, name: str, first: Any, *others: Any) -> Any:
        """Call one of LLVM's own functions on raw values; the type of the first is that of the result."""
        kind = ir.FunctionType(first.type, [first.type, *(value.type for value in others)])
        full_name = f"{name}.{_suffix(first.type)}"
        module = self.function.module
        function = module.globals.get(full_name) or ir.Function(module, kind, full_name)
        return self.builder.call(function, [first, *others])

    def _whole(self, number: Value | int) -> Value:
        return number if isinstance(number, Value) else self.number(I64, number)

    def _blocks(self, *names: str) -> list[Any]:
        return [self.function.append_basic_block(name) for name in names]


def _suffix(kind: Any) -> str:
    """The type as LLVM appends it to the names of its functions, such as `v8f32`."""
    if isinstance(kind, ir.VectorType):
        return f"v{kind.count}{_suffix(kind.element)}"
    return "f32" if kind == F32 else f"i{kind.width}"
