"""Static analysis of workflow code: what would not replay, and what its manifest does not hold.

Works on the source of the workflow and, through names, of the plain functions of the same module
that it uses. Names are resolved to objects, so that aliases are seen. It cannot see what is
reached through attributes of values at run time; the runtime guard covers part of that.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import textwrap
import types
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from tarl.errors import Invalid
from tarl.kernel import rules
from tarl.kernel.definition import Activity, Workflow
from tarl.kernel.execution import covers
from tarl.kernel.rules import Rule

FUNCTIONS_MAX = 200
"""Functions followed from one workflow: more is not a workflow's own code."""

_SET_READERS = frozenset({"list", "tuple", "iter", "enumerate", "map", "filter", "zip", "next"})


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """Something in the code, and what to use instead. ``line`` counts in the file."""

    code: str
    message: str
    file: str
    line: int
    instead: str


def analyse(workflow: Workflow[..., Any]) -> tuple[Finding, ...]:
    """Every finding in a workflow's code, in the order of its lines, without those it allows."""
    findings: list[Finding] = []
    for function in _functions(workflow.fn):
        walker = _Walker(function, workflow.capabilities)
        walker.walk()
        findings += walker.findings
    return tuple(f for f in dict.fromkeys(findings) if f.code not in workflow.allow)


def refuse_nondeterminism(workflow: Workflow[..., Any]) -> None:
    """Refuse a workflow that has findings.

    Raises:
        Invalid: naming each line and what to use instead (``workflow.nondeterministic``, or
            ``workflow.manifest`` when only its manifest is exceeded).
    """
    findings = analyse(workflow)
    if not findings:
        return
    lines = "\n".join(
        f"  {f.file}:{f.line}: {f.code} {f.message}; use {f.instead}" for f in findings
    )
    only_manifest = all(f.code.startswith("C") for f in findings)
    raise Invalid(
        f"workflow {workflow.name!r} is refused:\n{lines}",
        code="workflow.manifest" if only_manifest else "workflow.nondeterministic",
        next_step="change these lines, or accept a code with @workflow(allow={...})",
        findings=[msgspec.to_builtins(f) for f in findings],
    )


def _functions(start: Callable[..., Any]) -> Iterator[types.FunctionType]:
    """The function and, transitively, the functions of its module that it names."""
    seen: list[Any] = []
    waiting: list[Any] = [start]
    while waiting and len(seen) < FUNCTIONS_MAX:
        function = waiting.pop(0)
        if not isinstance(function, types.FunctionType) or function in seen:
            continue
        seen.append(function)
        yield function
        names = _all_names(function.__code__)
        for name in names:
            value = function.__globals__.get(name)
            if isinstance(value, types.FunctionType) and value.__module__ == start.__module__:
                waiting.append(value)


def _all_names(code: types.CodeType) -> list[str]:
    names = list(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            names += _all_names(constant)
    return names


class _Walker(ast.NodeVisitor):
    """Looks through one function."""

    def __init__(self, function: types.FunctionType, manifest: frozenset[str] | None) -> None:
        self.findings: list[Finding] = []
        self._function = function
        self._manifest = manifest
        self._closure = inspect.getclosurevars(function).nonlocals if function.__closure__ else {}
        self._locals = set(function.__code__.co_varnames) | set(function.__code__.co_cellvars)
        self._sets: set[str] = set()
        self._offset = 0

    def walk(self) -> None:
        """Visit the function's source, if it has one."""
        try:
            lines, first = inspect.getsourcelines(self._function)
        except (OSError, TypeError):
            return  # typed in at a prompt: the runtime guard alone watches it
        self._offset = first - 1
        try:
            tree = ast.parse(textwrap.dedent("".join(lines)))
        except SyntaxError:
            return  # a fragment of an expression cannot be a workflow's own statement
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign | ast.AnnAssign) and _is_set(node.value, self._sets):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                self._sets |= {t.id for t in targets if isinstance(t, ast.Name)}
        for node in tree.body:
            for statement in getattr(node, "body", [node]):
                self.visit(statement)

    def visit_Name(self, node: ast.Name) -> None:
        """A bare name: a built-in or something imported by name."""
        if isinstance(node.ctx, ast.Load):
            self._check_name(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        """A dotted name, or an attribute of a value."""
        if not self._check_name(node):
            self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        """A call: of an activity, or of something that reads a set's order."""
        self._check_manifest(node)
        function = node.func
        reads = isinstance(function, ast.Name) and function.id in _SET_READERS
        joins = isinstance(function, ast.Attribute) and function.attr == "join"
        if (reads or joins) and any(_is_set(arg, self._sets) for arg in node.args):
            self._report_set(node)
        self.generic_visit(node)

    def visit_For(self, node: ast.For) -> None:
        """A loop, which may be over a set."""
        if _is_set(node.iter, self._sets):
            self._report_set(node.iter)
        self.generic_visit(node)

    def visit_comprehension(self, node: ast.comprehension) -> None:
        """A comprehension, which may be over a set."""
        if _is_set(node.iter, self._sets):
            self._report_set(node.iter)
        self.generic_visit(node)

    def visit_SetComp(self, node: ast.SetComp) -> None:
        """A set made from something: its own order does not matter, nor does that of a set
        within.
        """
        self.visit(node.elt)

    def visit_Global(self, node: ast.Global) -> None:
        """State of the module."""
        self._report(node, rules.STATE, f"{rules.STATE.what}: {', '.join(node.names)}")

    def _report_set(self, node: ast.expr) -> None:
        self._report(node, rules.SETS, f"{ast.unparse(node)} {rules.SETS.what}")

    def _check_name(self, node: ast.Name | ast.Attribute) -> bool:
        dotted = self._resolved(node)
        rule = rules.rule_for(dotted) if dotted else None
        if rule is not None:
            self._report(node, rule, f"{ast.unparse(node)} {rule.what}")
        return rule is not None

    def _resolved(self, node: ast.expr) -> str | None:
        """The real dotted name behind an expression of names, or None."""
        if isinstance(node, ast.Call):
            inner = self._resolved(node.func)
            return inner if inner == "pathlib.Path" else None
        if isinstance(node, ast.Attribute):
            holder = self._resolved(node.value)
            return f"{holder}.{node.attr}" if holder else None
        if not isinstance(node, ast.Name) or node.id in self._locals:
            return None
        missing = object()
        value = self._closure.get(node.id, self._function.__globals__.get(node.id, missing))
        if value is missing:
            return node.id if hasattr(builtins, node.id) else None
        return _dotted_name(value)

    def _check_manifest(self, node: ast.Call) -> None:
        is_call = isinstance(node.func, ast.Attribute) and node.func.attr == "call"
        if self._manifest is None or not is_call or not node.args:
            return
        activity = self._value(node.args[0])
        if isinstance(activity, Activity):
            outside = sorted(n for n in activity.needs if not covers(self._manifest, n))
            if outside:
                what = f"{activity.name} needs {', '.join(outside)}, which is not in the manifest"
                self._report(node, rules.OUTSIDE_MANIFEST, what)

    def _value(self, node: ast.expr) -> Any:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            return self._value(node.func.value) if node.func.attr == "options" else None
        if isinstance(node, ast.Attribute):
            return getattr(self._value(node.value), node.attr, None)
        if isinstance(node, ast.Name) and node.id not in self._locals:
            return self._closure.get(node.id, self._function.__globals__.get(node.id))
        return None

    def _report(self, node: ast.AST, rule: Rule, message: str) -> None:
        self.findings.append(
            Finding(
                code=rule.code,
                message=message,
                file=self._function.__code__.co_filename,
                line=getattr(node, "lineno", 0) + self._offset,
                instead=rule.instead,
            )
        )


def _dotted_name(value: Any) -> str | None:
    """The name under which the rules know a module, class or function."""
    if isinstance(value, types.ModuleType):
        return value.__name__
    owner = getattr(value, "__self__", None)
    if isinstance(value, types.BuiltinMethodType) and isinstance(owner, type):
        return f"{owner.__module__}.{owner.__qualname__}.{value.__name__}"
    if isinstance(owner, object) and type(owner).__module__ == "random" and callable(value):
        return f"random.{getattr(value, '__name__', '')}"
    module = getattr(value, "__module__", None)
    name = getattr(value, "__qualname__", None)
    if module in (None, "builtins", "_io"):
        return name
    return f"{module}.{name}" if name else None


def _is_set(node: ast.expr | None, known: set[str]) -> bool:
    if isinstance(node, ast.Set | ast.SetComp):
        return True
    if isinstance(node, ast.Name):
        return node.id in known
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return node.func.id in ("set", "frozenset")
    return False
