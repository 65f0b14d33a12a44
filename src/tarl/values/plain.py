"""Structs, dataclasses, enums and the like as the JSON values that they are written as."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from typing import Any

import msgspec

from tarl.values.canonical import encode

_ATOMS = (str, bytes, int, float, type(None))


def plain(value: Any) -> Any:
    """A value made of None, bool, int, float, str, list and dict alone; tuples become lists.

    Sets become lists in the order of their members' canonical bytes: a set's own order is another
    one in the next process, and one value must be written in one way.

    Raises:
        TypeError: the value has no JSON form.
        Invalid: a member of a set has none (``value.*``).
    """
    return _lists(msgspec.to_builtins(_settled(value)))


def _lists(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _lists(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_lists(item) for item in value]
    return value


def _settled(value: Any) -> Any:
    """The value with lists in place of its sets; itself where it has none."""
    if isinstance(value, _ATOMS):
        return value
    if isinstance(value, set | frozenset):
        return sorted((plain(member) for member in value), key=encode)
    if isinstance(value, list | tuple):
        items = [_settled(item) for item in value]
        return value if _same(items, value) else items
    if isinstance(value, dict):
        named = {name: _settled(item) for name, item in value.items()}
        return value if _same(named.values(), value.values()) else named
    return _settled_fields(value)


def _settled_fields(value: Any) -> Any:
    """An object with lists in the fields that hold sets; its class is not asked, so that nothing
    that runs when one is made runs here.
    """
    changed = {}
    for name in _fields(value):
        field = getattr(value, name, None)
        settled = _settled(field)
        if settled is not field:
            changed[name] = settled
    if not changed:
        return value
    other = copy(value)
    write = msgspec.structs.force_setattr if isinstance(value, msgspec.Struct) else _write
    for name, settled in changed.items():
        write(other, name, settled)
    return other


def _fields(value: Any) -> Iterator[str]:
    """The names of the fields that a struct, a dataclass or an attrs object is written with."""
    kind = type(value)
    yield from getattr(kind, "__struct_fields__", ())
    yield from getattr(kind, "__dataclass_fields__", ())
    yield from (field.name for field in getattr(kind, "__attrs_attrs__", ()))


def _same(ours: Any, theirs: Any) -> bool:
    return all(a is b for a, b in zip(ours, theirs, strict=True))


def _write(value: object, name: str, field: Any) -> None:
    object.__setattr__(value, name, field)
