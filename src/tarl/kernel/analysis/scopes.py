"""Which names a function's own code binds, and how: the scopes of functions and comprehensions."""

from __future__ import annotations

import ast
import builtins
import types
from collections.abc import Iterator
from typing import Any, NamedTuple

from tarl.kernel.analysis.source import FunctionNode

MISSING = object()
"""No object is known."""


class Binding(NamedTuple):
    """One way in which a scope gives a name its value; what is neither is not followed."""

    imported: str | None = None
    value: ast.expr | None = None
    annotation: ast.expr | None = None
    members: ast.expr | None = None
    defined: FunctionNode | None = None


OPAQUE = Binding()


class Scope:
    """The names that a function, lambda or comprehension binds, inside those around it."""

    def __init__(self, function: types.FunctionType, parent: Scope | None = None) -> None:
        self.function = function
        self.parent = parent
        self.bindings: dict[str, list[Binding]] = {}

    def bind(self, name: str, binding: Binding) -> None:
        """Note one more way in which a name gets its value."""
        self.bindings.setdefault(name, []).append(binding)

    def holder(self, name: str) -> Scope | None:
        """The scope that binds a name, or None if it comes from outside the function."""
        scope: Scope | None = self
        while scope is not None and name not in scope.bindings:
            scope = scope.parent
        return scope

    def outside(self, name: str) -> Any:
        """The object of a name that no scope binds, or MISSING."""
        function = self.function
        if name in function.__code__.co_freevars and function.__closure__:
            cell = function.__closure__[function.__code__.co_freevars.index(name)]
            try:
                return cell.cell_contents
            except ValueError:  # not assigned yet
                return MISSING
        return function.__globals__.get(name, getattr(builtins, name, MISSING))


def function_scope(
    node: FunctionNode | ast.Lambda, function: types.FunctionType, parent: Scope | None = None
) -> Scope:
    """The scope of a function: its parameters, and whatever its own statements bind."""
    scope = Scope(function, parent)
    arguments = node.args
    for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
        scope.bind(argument.arg, Binding(annotation=argument.annotation))
    for rest in (arguments.vararg, arguments.kwarg):
        if rest is not None:
            scope.bind(rest.arg, OPAQUE)
    if not isinstance(node, ast.Lambda):
        elsewhere: set[str] = set()
        for statement in _own_nodes(node.body):
            if isinstance(statement, ast.Global | ast.Nonlocal):
                elsewhere.update(statement.names)
            _bind_node(scope, statement)
        for name in elsewhere:
            scope.bindings.pop(name, None)
    return scope


def comprehension_scope(generators: list[ast.comprehension], parent: Scope) -> Scope:
    """The scope of a comprehension: the names of its loops."""
    scope = Scope(parent.function, parent)
    for generator in generators:
        _bind_target(scope, generator.target, Binding(members=generator.iter))
    return scope


def _own_nodes(body: list[ast.stmt]) -> Iterator[ast.AST]:
    """Every node of a function's own code: nested functions are named, not entered."""
    waiting: list[ast.AST] = list(reversed(body))
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, FunctionNode | ast.Lambda | ast.ClassDef):
            waiting.extend(reversed(list(ast.iter_child_nodes(node))))


def _bind_node(scope: Scope, node: ast.AST) -> None:
    match node:
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                _bind_target(scope, target, Binding(value=value))
        case ast.AnnAssign(target=target, annotation=annotation, value=value):
            _bind_target(scope, target, Binding(value=value, annotation=annotation))
        case ast.NamedExpr(target=target, value=value):
            _bind_target(scope, target, Binding(value=value))
        case ast.For(target=target, iter=members) | ast.AsyncFor(target=target, iter=members):
            _bind_target(scope, target, Binding(members=members))
        case ast.With(items=items) | ast.AsyncWith(items=items):
            for item in items:
                if item.optional_vars is not None:
                    _bind_target(scope, item.optional_vars, OPAQUE)
        case ast.Import(names=aliases):
            for alias in aliases:
                whole = alias.name if alias.asname else alias.name.partition(".")[0]
                scope.bind(alias.asname or whole, Binding(imported=whole))
        case ast.ImportFrom(names=aliases, module=module, level=0):
            for alias in aliases:
                scope.bind(alias.asname or alias.name, Binding(imported=f"{module}.{alias.name}"))
        case ast.ImportFrom(names=aliases):
            for alias in aliases:
                scope.bind(alias.asname or alias.name, OPAQUE)
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            scope.bind(name, Binding(defined=node))
        case ast.ClassDef(name=name):
            scope.bind(name, OPAQUE)
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
            scope.bind(name, OPAQUE)
        case ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
            scope.bind(name, OPAQUE)


def _bind_target(scope: Scope, target: ast.expr, binding: Binding) -> None:
    if isinstance(target, ast.Name):
        scope.bind(target.id, binding)
    elif isinstance(target, ast.Starred):
        _bind_target(scope, target.value, OPAQUE)
    elif isinstance(target, ast.Tuple | ast.List):
        for part in target.elts:
            _bind_target(scope, part, OPAQUE)
