"""The types of arguments that policies may read, and JSON values as Cedar reads them.

Written as JSON: ``"Long"``, ``"String"``, ``"Bool"``, ``"decimal"``, ``"Set<T>"`` with one of those
as T, ``[T]`` for a set of any type, and an object of fields for a record, whose optional fields end
in ``?``. Cedar has no floating point: a ``decimal`` has at most four digits after the point, and a
value with more does not fit.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

from tarl.errors import Invalid

LONG_MAX = 2**63 - 1
DECIMAL_PLACES = 4
DEPTH_MAX = 8
FIELDS_MAX = 256

_FIELD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_SET = re.compile(r"Set<(.+)>\Z")


class Scalar(msgspec.Struct, frozen=True):
    """``Long``, ``String``, ``Bool`` or ``decimal``."""

    name: str


class SetOf(msgspec.Struct, frozen=True):
    """A set of values of one type."""

    of: Type


class Field(msgspec.Struct, frozen=True):
    """A field of a record."""

    type: Type
    required: bool


class RecordOf(msgspec.Struct, frozen=True):
    """A record of named fields; what it does not name is not seen by policies."""

    fields: Mapping[str, Field]


Type = Scalar | SetOf | RecordOf

SCALARS = ("Long", "String", "Bool", "decimal")
_SCHEMA = {"Long": "Long", "String": "String", "Bool": "Boolean"}


class Misfit(Exception):
    """A value is not of the declared type."""


def is_field(name: str) -> bool:
    """Whether a policy can name a field so."""
    return bool(_FIELD.match(name)) and not name.startswith("__")


def read_type(data: Any, place: str, depth: int = 0) -> Type:
    """The type that JSON writes.

    Raises:
        Invalid: it is none (``policy.type``), naming the place.
    """
    if depth > DEPTH_MAX:
        raise _no_type(place, f"more than {DEPTH_MAX} levels deep")
    if isinstance(data, str):
        if data in SCALARS:
            return Scalar(data)
        found = _SET.match(data)
        if found:
            return SetOf(read_type(found[1], place, depth + 1))
    if isinstance(data, list) and len(data) == 1:
        return SetOf(read_type(data[0], place, depth + 1))
    if isinstance(data, dict):
        return RecordOf(read_fields(data, place, depth))
    raise _no_type(place, f"{data!r} is not a type")


def read_fields(data: Mapping[str, Any], place: str, depth: int = 0) -> dict[str, Field]:
    """The fields that a JSON object names; a name that ends in ``?`` is optional.

    Raises:
        Invalid: a name or a type that is none (``policy.type``).
    """
    if len(data) > FIELDS_MAX:
        raise _no_type(place, f"more than {FIELDS_MAX} fields")
    fields = {}
    for key, value in data.items():
        name = key.removesuffix("?")
        if not is_field(name):
            raise _no_type(f"{place}.{key}", f"{name!r} is no name of a field")
        of = read_type(value, f"{place}.{name}", depth + 1)
        fields[name] = Field(of, required=not key.endswith("?"))
    return fields


def type_data(of: Type) -> Any:
    """The JSON that ``read_type`` reads."""
    match of:
        case Scalar():
            return of.name
        case SetOf():
            inner = type_data(of.of)
            return f"Set<{inner}>" if isinstance(inner, str) else [inner]
        case RecordOf():
            return fields_data(of.fields)


def fields_data(fields: Mapping[str, Field]) -> dict[str, Any]:
    """The JSON that ``read_fields`` reads."""
    return {
        name if field.required else f"{name}?": type_data(field.type)
        for name, field in fields.items()
    }


def schema_type(of: Type) -> dict[str, Any]:
    """The type in Cedar's JSON schema."""
    match of:
        case Scalar():
            if of.name == "decimal":
                return {"type": "Extension", "name": "decimal"}
            return {"type": _SCHEMA[of.name]}
        case SetOf():
            return {"type": "Set", "element": schema_type(of.of)}
        case RecordOf():
            return schema_record(of.fields)


def schema_record(fields: Mapping[str, Field]) -> dict[str, Any]:
    """A record in Cedar's JSON schema."""
    attributes = {
        name: {**schema_type(field.type), "required": field.required}
        for name, field in fields.items()
    }
    return {"type": "Record", "attributes": attributes}


def cedar_value(value: Any, of: Type) -> Any:
    """A JSON value as Cedar's JSON writes a value of the type.

    Only what the type names passes, so that no value can pose as an entity or an extension.

    Raises:
        Misfit: it is not of the type.
    """
    match of:
        case Scalar():
            return _scalar(value, of.name)
        case SetOf():
            if not isinstance(value, list | tuple):
                raise Misfit(f"a {_name(value)} is no set")
            return [cedar_value(one, of.of) for one in value]
        case RecordOf():
            if not isinstance(value, dict):
                raise Misfit(f"a {_name(value)} is no record")
            return cedar_record(value, of.fields)


def cedar_record(value: Mapping[str, Any], fields: Mapping[str, Field]) -> dict[str, Any]:
    """The fields of a record that its type names; null is as if it were left out.

    Raises:
        Misfit: a field is not of its type, or a required one is left out.
    """
    record = {}
    for name, field in fields.items():
        held = value.get(name)
        if held is not None:
            try:
                record[name] = cedar_value(held, field.type)
            except Misfit as misfit:
                raise Misfit(f"{name}: {misfit}") from None
        elif field.required:
            raise Misfit(f"{name} is left out")
    return record


def _scalar(value: Any, name: str) -> Any:
    match name:
        case "Long" if type(value) is int and -LONG_MAX - 1 <= value <= LONG_MAX:
            return value
        case "String" if isinstance(value, str):
            return value
        case "Bool" if isinstance(value, bool):
            return value
        case "decimal" if type(value) is int or type(value) is float:
            return _decimal(value)
    raise Misfit(f"a {_name(value)} is no {name}")


def _decimal(value: float) -> dict[str, Any]:
    exact = Decimal(repr(value))
    scaled = exact.scaleb(DECIMAL_PLACES)
    if scaled != scaled.to_integral_value() or abs(scaled) > LONG_MAX:
        raise Misfit(f"{value!r} is no decimal of {DECIMAL_PLACES} places")
    text = f"{exact:.{DECIMAL_PLACES}f}"
    return {"__extn": {"fn": "decimal", "arg": text}}


def _name(value: Any) -> str:
    names = {bool: "boolean", int: "number", float: "number", str: "string", list: "list"}
    return names.get(type(value), "null" if value is None else "object")


def _no_type(place: str, why: str) -> Invalid:
    return Invalid(
        f"{place}: {why}",
        code="policy.type",
        next_step=f"one of {', '.join(SCALARS)}, Set<...>, or an object of fields",
        place=place,
    )
