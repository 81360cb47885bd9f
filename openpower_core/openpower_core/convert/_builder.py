"""Code that makes frozen records out of wire structs, written for each record class.

A frozen class refuses assignment, and setting its slots by other means takes a slow call for each. So the code
made here fills an object of a twin class, which has the same slots and is not frozen, and then makes it one of
the record's class. CPython turns plain assignments to slots into single instructions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from itertools import count
from typing import Any, get_args, get_origin

import attrs

from openpower_core.convert._unions import tag_of
from openpower_core.convert._wire import NotOnTheWire, is_record, optional_part, wire_of
from openpower_core.records import NO_EXTRAS, data_fields, resolved

__all__ = ["builder"]

Build = Callable[[Sequence[Any]], list[Any]]


def builder(kinds: Sequence[Any]) -> Build:
    """A function from a list of wire structs to the list of their records, each of its own class."""
    code = _Code()
    code.add(1, "out = []", "keep = out.append", "for wire in wires:")
    if len(kinds) == 1:
        code.add(2, f"keep({code.record(kinds[0], 'wire', 2)})")
        return code.function()
    code.add(2, "kind = wire.__class__")
    for word, kind in zip(_words(), kinds, strict=False):
        code.add(2, f"{word} kind is {code.name(wire_of(kind))}:")
        code.add(3, f"keep({code.record(kind, 'wire', 3)})")
    return code.function()


def _words() -> Any:
    yield "if"
    while True:
        yield "elif"


class _Code:
    """The lines of one function, and the objects that they name."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._objects: dict[str, Any] = {"new": object.__new__, "none": NO_EXTRAS}
        self._serial = count()

    def add(self, depth: int, *lines: str) -> None:
        self._lines += ["    " * depth + line for line in lines]

    def name(self, thing: Any) -> str:
        made = f"_{next(self._serial)}"
        self._objects[made] = thing
        return made

    def record(self, cls: Any, source: str, depth: int) -> str:
        """Write the lines that make one record; give the name that holds it."""
        made = f"made{next(self._serial)}"
        self.add(depth, f"{made} = new({self.name(_twin(cls))})")
        tag = tag_of(cls)
        for field in data_fields(resolved(cls)):
            constant = tag is not None and field.name == tag[0].name
            value = (
                self.name(tag[1])
                if tag is not None and constant
                else self._value(field, f"{source}.{field.name}", depth)
            )
            self.add(depth, f"{made}.{field.name} = {value}")
        self.add(depth, f"{made}.extras = none", f"{made}.__class__ = {self.name(cls)}")
        return made

    def _value(self, field: attrs.Attribute[Any], source: str, depth: int) -> str:
        kind = optional_part(field.type)
        plain = not _holds_records(kind) and get_origin(kind) is not tuple
        if plain and field.default in (attrs.NOTHING, None):
            return source
        current = f"held{next(self._serial)}"
        self.add(depth, f"{current} = {source}", f"if {current} is not None:")
        self.add(depth + 1, f"{current} = {self._nested(kind, current, depth + 1)}")
        if field.default not in (attrs.NOTHING, None):
            self.add(depth, "else:", f"    {current} = {self.name(field.default)}")
        return current

    def _nested(self, kind: Any, current: str, depth: int) -> str:
        if is_record(kind):
            return self.record(kind, current, depth)
        if get_origin(kind) is not tuple:
            return current
        item = get_args(kind)[0]
        return f"tuple({self.name(builder([item]))}({current}))" if is_record(item) else f"tuple({current})"

    def function(self) -> Build:
        # The objects are defaults of parameters, since locals are found faster than globals.
        given = ", ".join(f"{name}={name}" for name in self._objects)
        text = "\n".join([f"def build(wires, *, {given}):", *self._lines, "    return out"])
        space = dict(self._objects)
        exec(text, space)  # noqa: S102 – made of attribute names and our own words only
        build: Build = space["build"]
        return build


@cache
def _twin(cls: Any) -> type:
    """A class of the same layout whose attributes can be set."""
    # Both methods, since the frozen one of either would make CPython take the slow way for both.
    mutable = {"__setattr__": object.__setattr__, "__delattr__": object.__delattr__}
    twin = type(cls.__name__, cls.__bases__, {"__slots__": cls.__slots__, **mutable})
    try:
        object.__new__(twin).__class__ = cls
    except TypeError as error:
        raise NotOnTheWire(f"{cls.__name__} adds more than slots to its base") from error
    return twin


def _holds_records(kind: Any) -> bool:
    if is_record(kind):
        return True
    parts = get_args(kind)
    if any(_holds_records(part) for part in parts) and get_origin(kind) is not tuple:
        raise NotOnTheWire(f"{kind} has no fast form")
    return False
