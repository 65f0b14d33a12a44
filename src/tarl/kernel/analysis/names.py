"""Names in a function resolved to the objects behind them, without running anything.

An alias is seen for what it is: ``from time import time as t``, ``import datetime as dt``,
``clock = time.time``. Values are looked up in the function's closure, its module and the built-ins;
attributes are read statically, so that no property or lazy proxy runs.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import pathlib
import sys
import types
from collections.abc import Iterator
from typing import Any, NamedTuple

from tarl.kernel.analysis.scopes import MISSING, Binding, Scope
from tarl.kernel.analysis.source import unwrapped

ALIASES_MAX = 20
"""Names of names that are followed: more is a cycle."""

_PUBLIC_NAMES = (
    ("posix.", "os."),
    ("nt.", "os."),
    ("posixpath.", "os.path."),
    ("ntpath.", "os.path."),
    ("genericpath.", "os.path."),
    ("_io.", "io."),
    ("_random.", "random."),
    ("_socket.", "socket."),
    ("_sqlite3.", "sqlite3."),
    ("pathlib._local.", "pathlib."),
    ("_pydatetime.", "datetime."),
)

_PATH = ("pathlib.Path",)
_MAKES_PATHS = frozenset({"pathlib.Path", "pathlib.PosixPath", "pathlib.WindowsPath"})
_PATHS_OF_PATHS = frozenset({"joinpath", "parent", "with_name", "with_stem", "with_suffix"})


class Target(NamedTuple):
    """What an expression stands for: names that rules may know it by, and the object if known.

    ``is_outside`` says that it lives longer than the function: in its module or closure.
    """

    names: tuple[str, ...]
    value: Any = MISSING
    is_outside: bool = False


def resolve(node: ast.expr, scope: Scope, *, depth: int = 0) -> Target | None:
    """What an expression stands for, as far as the source tells."""
    if depth > ALIASES_MAX:
        return None
    if isinstance(node, ast.Name):
        return _resolve_name(node.id, scope, depth)
    if isinstance(node, ast.Attribute):
        return _resolve_attribute(node, scope, depth)
    if isinstance(node, ast.Call):
        return _resolve_call(node, scope, depth)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        holder = resolve(node.left, scope, depth=depth + 1)
        return holder if holder is not None and holder.names == _PATH else None
    if isinstance(node, ast.NamedExpr):
        return resolve(node.value, scope, depth=depth + 1)
    return None


def known_as(value: Any) -> tuple[str, ...]:
    """The public dotted names of a module, class or function, and of a few well-known objects."""
    kind = type(value)
    if issubclass(kind, types.ModuleType):
        return (value.__name__,)
    value = unwrapped(value)
    kind = type(value)
    if issubclass(kind, pathlib.Path):
        return _PATH
    if value is sys.modules["os"].environ:
        return ("os.environ",)
    return tuple(_public(name) for name in _dotted_names(value, kind))


def _dotted_names(value: Any, kind: type) -> Iterator[str]:
    if issubclass(kind, type) or issubclass(kind, types.FunctionType):
        yield f"{value.__module__}.{value.__qualname__}"
    elif issubclass(kind, types.MethodType | types.BuiltinMethodType):
        owner = value.__self__
        if issubclass(type(owner), types.ModuleType) or owner is None:
            yield f"{value.__module__}.{value.__name__}"
        else:
            for base in (owner if issubclass(type(owner), type) else type(owner)).__mro__:
                yield f"{base.__module__}.{base.__qualname__}.{value.__name__}"
    elif issubclass(
        kind,
        types.MethodDescriptorType | types.ClassMethodDescriptorType | types.WrapperDescriptorType,
    ):
        base = value.__objclass__
        yield f"{base.__module__}.{base.__qualname__}.{value.__name__}"


def _public(name: str) -> str:
    for private, public in _PUBLIC_NAMES:
        if name.startswith(private):
            return public + name.removeprefix(private)
    return name


def _resolve_name(name: str, scope: Scope, depth: int) -> Target | None:
    holder = scope.holder(name)
    if holder is None:
        value = scope.outside(name)
        if value is MISSING:
            return None
        spelled = (f"builtins.{name}",) if getattr(builtins, name, MISSING) is value else ()
        return Target((*spelled, *known_as(value)), value, is_outside=True)
    targets = [_resolve_binding(b, holder, depth) for b in holder.bindings[name]]
    first = targets[0]
    same = all(t is not None and first is not None and t.names == first.names for t in targets)
    return first if same else None


def _resolve_binding(binding: Binding, scope: Scope, depth: int) -> Target | None:
    if binding.imported is not None:
        value = loaded(binding.imported)
        known = () if value is MISSING else known_as(value)
        return Target((binding.imported, *known), value, is_outside=True)
    if binding.value is not None:
        return resolve(binding.value, scope, depth=depth + 1)
    if binding.annotation is not None:
        kind = resolve(binding.annotation, scope, depth=depth + 1)
        if kind is not None and _MAKES_PATHS.intersection(kind.names):
            return Target(_PATH)
    return None


def _resolve_attribute(node: ast.Attribute, scope: Scope, depth: int) -> Target | None:
    holder = resolve(node.value, scope, depth=depth + 1)
    if holder is None:
        return None
    if holder.names == _PATH and node.attr in _PATHS_OF_PATHS:
        return holder
    value = _static_attribute(holder.value, node.attr)
    known = () if value is MISSING else known_as(value)
    spelled = (_public(f"{name}.{node.attr}") for name in holder.names)
    return Target(tuple(dict.fromkeys((*spelled, *known))), value, is_outside=holder.is_outside)


def _resolve_call(node: ast.Call, scope: Scope, depth: int) -> Target | None:
    made_by = resolve(node.func, scope, depth=depth + 1)
    if made_by is None:
        return None
    makes_path = _MAKES_PATHS.intersection(made_by.names) or made_by.names == _PATH
    return Target(_PATH) if makes_path else None


def _static_attribute(value: Any, name: str) -> Any:
    if value is MISSING:
        return MISSING
    if issubclass(type(value), types.ModuleType):
        return vars(value).get(name, MISSING)
    found = inspect.getattr_static(value, name, MISSING)
    return found.__func__ if issubclass(type(found), staticmethod | classmethod) else found


def loaded(dotted: str) -> Any:
    """The object of a dotted name, if its module is loaded already."""
    if dotted in sys.modules:
        return sys.modules[dotted]
    module, _, name = dotted.rpartition(".")
    return _static_attribute(sys.modules[module], name) if module in sys.modules else MISSING
