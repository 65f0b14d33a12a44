"""Structs, dataclasses, enums and the like as the JSON values that they are written as."""

from __future__ import annotations

from typing import Any

import msgspec


def plain(value: Any) -> Any:
    """A value made of None, bool, int, float, str, list and dict alone; tuples become lists.

    Raises:
        TypeError: the value has no JSON form.
    """
    return _lists(msgspec.to_builtins(value))


def _lists(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _lists(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_lists(item) for item in value]
    return value
