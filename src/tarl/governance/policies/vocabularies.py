"""The vocabulary of activities: the actions that they need, and the arguments of their calls.

Where several activities take one action, an argument is required if all of them have it, and is
left out if they disagree about its type. What has no type that policies know (anything, a mapping),
or a name that Cedar cannot write, is left out as well: no policy may read it.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import Any

from msgspec import inspect as types

from tarl.kernel.definition import PLAIN, Activity
from tarl.policy.cedar.types import DEPTH_MAX, Field, RecordOf, Scalar, SetOf, Type, is_field
from tarl.policy.cedar.vocabulary import Vocabulary

_SCALARS: Mapping[type, str] = {
    types.IntType: "Long",
    types.StrType: "String",
    types.BoolType: "Bool",
    types.FloatType: "decimal",
    types.DateTimeType: "String",
    types.DateType: "String",
    types.TimeType: "String",
    types.UUIDType: "String",
    types.DecimalType: "String",
    types.BytesType: "String",
}


def activities_in(modules: Iterable[ModuleType]) -> dict[str, Activity[..., Any]]:
    """The activities that modules hold, by wire name."""
    found = [v for module in modules for v in vars(module).values() if isinstance(v, Activity)]
    return {activity.name: activity for activity in found}


def vocabulary_of(activities: Iterable[Activity[..., Any]]) -> Vocabulary:
    """The vocabulary of activities."""
    calls: dict[str, list[dict[str, Field]]] = {}
    for activity in activities:
        for action in activity.needs or (f"call.{activity.name}",):
            if not action.endswith("*"):
                calls.setdefault(action, []).append(_fields(activity))
    return Vocabulary({action: _merged(held) for action, held in sorted(calls.items())})


def _fields(activity: Activity[..., Any]) -> dict[str, Field]:
    fields = {}
    for name, parameter in activity.signature.parameters.items():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        of, may_be_none = _declared(parameter.annotation)
        is_there = parameter.default is inspect.Parameter.empty or type(parameter.default) in PLAIN
        if of is not None and is_field(name):
            fields[name] = Field(of, required=is_there and not may_be_none)
    return fields


def _merged(held: list[dict[str, Field]]) -> dict[str, Field]:
    merged = {}
    for name in {name for fields in held for name in fields}:
        found = [fields[name] for fields in held if name in fields]
        if all(field.type == found[0].type for field in found):
            everywhere = len(found) == len(held) and all(field.required for field in found)
            merged[name] = Field(found[0].type, required=everywhere)
    return dict(sorted(merged.items()))


def _declared(annotation: Any) -> tuple[Type | None, bool]:
    """The type of an annotation, None if policies know none like it; and if it may be None."""
    try:
        info = types.type_info(annotation)
    except (TypeError, NotImplementedError):
        return None, True
    if isinstance(info, types.UnionType):
        rest = [one for one in info.types if not isinstance(one, types.NoneType)]
        of = _type(rest[0]) if len(rest) == 1 else None
        return of, info.includes_none
    return _type(info), isinstance(info, types.NoneType)


def _type(info: types.Type, within: tuple[type, ...] = ()) -> Type | None:
    """The type, None if policies know none like it; ``within`` are the classes that it lies in,
    which it cannot hold once more.
    """
    name = _SCALARS.get(type(info))
    if name is not None:
        return Scalar(name)
    match info:
        case types.LiteralType() | types.EnumType():
            return _of_values(info)
        case types.ListType() | types.SetType() | types.FrozenSetType() | types.VarTupleType():
            of = _type(info.item_type, within)
            return None if of is None else SetOf(of)
        case types.StructType() | types.TypedDictType() | types.DataclassType():
            return _record(info, within)
    return None


def _of_values(info: types.LiteralType | types.EnumType) -> Type | None:
    values = info.values if isinstance(info, types.LiteralType) else [one.value for one in info.cls]
    if all(isinstance(value, str) for value in values):
        return Scalar("String")
    return Scalar("Long") if all(type(value) is int for value in values) else None


def _record(
    info: types.StructType | types.TypedDictType | types.DataclassType, within: tuple[type, ...]
) -> Type | None:
    is_list = isinstance(info, types.StructType) and info.array_like
    if is_list or info.cls in within or len(within) >= DEPTH_MAX // 2:
        return None
    # A default is written with the value, where there is one and the type does not leave it out.
    config = getattr(info.cls, "__struct_config__", None)
    writes_defaults = not (
        isinstance(info, types.TypedDictType) or getattr(config, "omit_defaults", False)
    )
    fields = {}
    for field in info.fields:
        held, may_be_none = field.type, False
        if isinstance(held, types.UnionType):
            rest = [one for one in held.types if not isinstance(one, types.NoneType)]
            may_be_none = held.includes_none
            held = rest[0] if len(rest) == 1 else types.AnyType()
        of = _type(held, (*within, info.cls))
        if of is not None and is_field(field.encode_name):
            is_there = field.required or writes_defaults
            fields[field.encode_name] = Field(of, required=is_there and not may_be_none)
    return RecordOf(fields)
