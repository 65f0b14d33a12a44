"""Where code changes what outlives the run: its module's variables, and what a closure holds."""

from __future__ import annotations

import ast
import collections

from tarl.kernel.analysis.names import resolve
from tarl.kernel.analysis.scopes import MISSING, Scope

_CONTAINERS = (list, dict, set, bytearray, collections.deque)
_MUTATORS = frozenset(
    {
        "add",
        "append",
        "appendleft",
        "clear",
        "difference_update",
        "discard",
        "extend",
        "extendleft",
        "insert",
        "intersection_update",
        "pop",
        "popitem",
        "popleft",
        "remove",
        "reverse",
        "rotate",
        "setdefault",
        "sort",
        "subtract",
        "symmetric_difference_update",
        "update",
    }
)


def changed_by_call(node: ast.Call, scope: Scope) -> ast.expr | None:
    """What lives outside the run and this call changes: ``CACHE.append(x)``, ``next(IDS)``."""
    function = node.func
    if isinstance(function, ast.Attribute) and function.attr in _MUTATORS:
        holder = resolve(function.value, scope)
        if holder is not None and holder.is_outside:
            return function.value if issubclass(type(holder.value), _CONTAINERS) else None
    reader = resolve(function, scope)
    if reader is not None and "builtins.next" in reader.names and node.args:
        source = resolve(node.args[0], scope)
        if source is not None and source.is_outside and source.value is not MISSING:
            return node.args[0]
    return None


def changed_by_target(node: ast.Subscript | ast.Attribute, scope: Scope) -> ast.expr | None:
    """What lives outside the run and is changed by assigning to this: ``CACHE[k]``, ``mod.x``."""
    root: ast.expr = node
    while isinstance(root, ast.Subscript | ast.Attribute):
        root = root.value
    holder = resolve(root, scope)
    return root if holder is not None and holder.is_outside else None
