"""Which activities an expression may stand for."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import Any

from tarl.kernel.analysis.names import ALIASES_MAX, loaded, resolve
from tarl.kernel.analysis.scopes import Binding, Scope
from tarl.kernel.definition import Activity

Activities = list[Activity[..., Any]]


def activities_of(node: ast.expr, scope: Scope, *, depth: int = 0) -> Activities | None:
    """The activities that an expression may stand for, or None if the source does not tell."""
    if depth > ALIASES_MAX:
        return None
    match node:
        case ast.Call(func=ast.Attribute(value=value, attr="options")):
            return activities_of(value, scope, depth=depth + 1)
        case ast.NamedExpr(value=value):
            return activities_of(value, scope, depth=depth + 1)
        case ast.IfExp(body=one, orelse=other):
            return _all_of([one, other], scope, depth)
        case ast.Name(id=name) if (holder := scope.holder(name)) is not None:
            return _bound(holder.bindings[name], holder, depth)
    target = resolve(node, scope)
    if target is not None and issubclass(type(target.value), Activity):
        return [target.value]
    return None


def _bound(bindings: list[Binding], scope: Scope, depth: int) -> Activities | None:
    """The activities of a name in all the ways in which its scope binds it."""
    found: Activities = []
    for binding in bindings:
        activities = _of_binding(binding, scope, depth)
        if activities is None:
            return None
        found += activities
    return found


def _of_binding(binding: Binding, scope: Scope, depth: int) -> Activities | None:
    if binding.imported is not None:
        value = loaded(binding.imported)
        return [value] if issubclass(type(value), Activity) else None
    if binding.value is not None:
        return activities_of(binding.value, scope, depth=depth + 1)
    if isinstance(binding.members, ast.Tuple | ast.List):
        return _all_of(binding.members.elts, scope, depth)
    return None


def _all_of(nodes: Iterable[ast.expr], scope: Scope, depth: int) -> Activities | None:
    found: Activities = []
    for node in nodes:
        activities = activities_of(node, scope, depth=depth + 1)
        if activities is None:
            return None
        found += activities
    return found
