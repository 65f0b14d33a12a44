"""Where code reads the order of a set.

Members of sets hash by a seed that differs from process to process, or by address. Sets of tasks
are left alone: the deterministic loop numbers its tasks, and they hash by their number.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tarl.kernel.analysis.names import ALIASES_MAX, resolve
from tarl.kernel.analysis.scopes import Scope

_MAKERS = frozenset({"builtins.set", "builtins.frozenset"})
_SET_METHODS = frozenset(
    {"copy", "difference", "intersection", "symmetric_difference", "union", "__or__", "__and__"}
)
_OPERATORS = (ast.BitOr, ast.BitAnd, ast.BitXor, ast.Sub)
_TASK_MAKERS = frozenset({"create_task", "ensure_future"})

_READERS = frozenset(
    f"builtins.{name}"
    for name in [
        "dict",
        "enumerate",
        "filter",
        "iter",
        "list",
        "map",
        "next",
        "repr",
        "reversed",
        "str",
        "sum",
        "tuple",
        "zip",
    ]
) | {"builtins.dict.fromkeys", "collections.deque", "collections.OrderedDict", "functools.reduce"}
_READING_METHODS = frozenset({"join", "extend", "extendleft", "fromkeys", "writelines"})
_ORDERING = frozenset({"builtins.sorted", "builtins.min", "builtins.max"})
_INDIFFERENT = (
    _MAKERS
    | _ORDERING
    | {"builtins.all", "builtins.any", "builtins.len", "builtins.bool", "math.fsum"}
)
_PASSING_ON = (ast.GeneratorExp, ast.ListComp, ast.Call)


class SetReads:
    """Tells which expressions of one function hold a set's order up to view.

    ``forgive`` is told about expressions whose order does not matter to what consumes them.
    """

    def __init__(self) -> None:
        self._forgiven: set[ast.AST] = set()

    def forgive(self, node: ast.Call, scope: Scope) -> None:
        """Note what a call takes in without regard for order, as ``sorted(x for x in s)`` does."""
        if _names(node.func, scope) & _INDIFFERENT and not _has_key(node):
            self._forgiven.update(arg for arg in node.args if isinstance(arg, _PASSING_ON))

    def in_call(self, node: ast.Call, scope: Scope) -> Iterator[ast.expr]:
        """The sets whose order a call reads."""
        function = node.func
        names = _names(function, scope)
        method = function.attr if isinstance(function, ast.Attribute) else ""
        reads = (
            bool(names & _READERS)
            or any(name.startswith("itertools.") for name in names)
            or (method in _READING_METHODS)
        )
        if reads and node not in self._forgiven:
            yield from (arg for arg in node.args if is_set(arg, scope))
        yield from starred(node.args, scope)
        match node:
            case ast.Call(func=ast.Attribute(value=value, attr="pop"), args=[]):
                yield from (each for each in (value,) if is_set(each, scope))

    def in_comprehension(
        self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp, scope: Scope
    ) -> Iterator[ast.expr]:
        """The sets whose order a comprehension reads; making a set of them does not."""
        has_effects = any(isinstance(part, ast.Await) for part in ast.walk(node))
        is_indifferent = isinstance(node, ast.SetComp) or node in self._forgiven
        if has_effects or not is_indifferent:
            yield from (g.iter for g in node.generators if is_set(g.iter, scope))


def ties(node: ast.Call, scope: Scope) -> Iterator[ast.expr]:
    """The sets among whose members a ``sorted``, ``min`` or ``max`` with a key leaves ties."""
    if _has_key(node) and _names(node.func, scope) & _ORDERING:
        yield from (arg for arg in node.args if is_set(arg, scope))


def starred(nodes: list[ast.expr], scope: Scope) -> Iterator[ast.expr]:
    """The sets that are spread out among these expressions."""
    for node in nodes:
        if isinstance(node, ast.Starred) and is_set(node.value, scope):
            yield node.value


def is_set(node: ast.expr, scope: Scope, *, depth: int = 0) -> bool:
    """Whether an expression is a set, as far as the source tells."""
    if depth > ALIASES_MAX:
        return False
    deeper = depth + 1
    match node:
        case ast.Set(elts=members):
            return not all(_is_task(member) for member in members)
        case ast.SetComp(elt=member):
            return not _is_task(member)
        case ast.NamedExpr(value=value):
            return is_set(value, scope, depth=deeper)
        case ast.IfExp(body=one, orelse=other):
            return is_set(one, scope, depth=deeper) or is_set(other, scope, depth=deeper)
        case ast.BinOp(left=left, right=right, op=op) if isinstance(op, _OPERATORS):
            return _is_operand(left, scope, deeper) or _is_operand(right, scope, deeper)
        case ast.Call():
            return _is_set_call(node, scope, deeper)
        case ast.Name(id=name) if scope.holder(name) is not None:
            return _is_set_name(name, scope, deeper)
    target = resolve(node, scope)
    return target is not None and issubclass(type(target.value), set | frozenset)


def _is_set_call(node: ast.Call, scope: Scope, depth: int) -> bool:
    if _names(node.func, scope) & _MAKERS:
        return not (len(node.args) == 1 and _makes_tasks(node.args[0]))
    function = node.func
    return (
        isinstance(function, ast.Attribute)
        and function.attr in _SET_METHODS
        and is_set(function.value, scope, depth=depth)
    )


def _is_set_name(name: str, scope: Scope, depth: int) -> bool:
    holder = scope.holder(name)
    assert holder is not None
    for binding in holder.bindings[name]:
        if binding.value is not None:
            if not is_set(binding.value, holder, depth=depth):
                return False
        elif binding.annotation is None or not _is_set_type(binding.annotation, holder):
            return False
    return True


def _is_set_type(annotation: ast.expr, scope: Scope) -> bool:
    whole = annotation.value if isinstance(annotation, ast.Subscript) else annotation
    return bool(_names(whole, scope) & _MAKERS)


def _is_operand(node: ast.expr, scope: Scope, depth: int) -> bool:
    """Whether ``|``, ``&``, ``^`` or ``-`` on this makes a set: sets and views of keys."""
    match node:
        case ast.Call(func=ast.Attribute(attr="keys"), args=[]):
            return True
    return is_set(node, scope, depth=depth)


def _makes_tasks(node: ast.expr) -> bool:
    return isinstance(node, ast.GeneratorExp | ast.ListComp) and _is_task(node.elt)


def _is_task(node: ast.expr) -> bool:
    if not isinstance(node, ast.Call):
        return False
    function = node.func
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return name in _TASK_MAKERS


def _has_key(node: ast.Call) -> bool:
    return any(keyword.arg == "key" for keyword in node.keywords)


def _names(node: ast.expr, scope: Scope) -> frozenset[str]:
    target = resolve(node, scope)
    return frozenset() if target is None else frozenset(target.names)
