"""Which activities a workflow calls, and what they need, read from its source."""

from __future__ import annotations

import ast
import inspect
import types
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from tarl.kernel.analysis.activities import activities_of
from tarl.kernel.analysis.names import ALIASES_MAX, resolve
from tarl.kernel.analysis.scopes import comprehension_scope, function_scope
from tarl.kernel.analysis.source import FUNCTIONS_MAX, FunctionNode, Sources, plain_function, shown


class Need(msgspec.Struct, frozen=True, kw_only=True):
    """A capability that a call takes, and where the call is."""

    capability: str
    activity: str
    file: str
    line: int


class DynamicCall(msgspec.Struct, frozen=True, kw_only=True):
    """A use of the context that the source does not explain, and where it is."""

    text: str
    file: str
    line: int


class CapabilityUse(msgspec.Struct, frozen=True, kw_only=True):
    """What a workflow's calls need, as far as the source tells; ``dynamic`` is the rest."""

    needs: tuple[Need, ...]
    dynamic: tuple[DynamicCall, ...]

    @property
    def capabilities(self) -> frozenset[str]:
        """Every capability that is needed somewhere."""
        return frozenset(need.capability for need in self.needs)


class Receiver(NamedTuple):
    """A function, and the name of the parameter through which it receives the context."""

    function: types.FunctionType
    parameter: str


def calls_of(
    function: types.FunctionType, sources: Sources
) -> tuple[CapabilityUse, list[Receiver]]:
    """The needs of a workflow function and of those it hands its context to, which come along."""
    first = next(iter(inspect.signature(function).parameters), "")
    receivers = [Receiver(function, first)]
    needs: list[Need] = []
    dynamic: list[DynamicCall] = []
    for function, parameter in receivers:  # grows while it is walked through
        source = sources.find(function)
        if source is None:
            code = function.__code__
            text, line = function.__qualname__, code.co_firstlineno
            dynamic.append(DynamicCall(text=text, file=code.co_filename, line=line))
            continue
        walk = _CallWalk(function, parameter, node=source.node)
        needs += walk.needs
        dynamic += walk.dynamic
        for other in walk.handed_to:
            if other not in receivers and len(receivers) < FUNCTIONS_MAX:
                receivers.append(other)
    use = CapabilityUse(needs=tuple(dict.fromkeys(needs)), dynamic=tuple(dict.fromkeys(dynamic)))
    return use, receivers


class _CallWalk(ast.NodeVisitor):
    """Walks through one function after its context."""

    def __init__(self, function: types.FunctionType, parameter: str, *, node: FunctionNode) -> None:
        self.needs: list[Need] = []
        self.dynamic: list[DynamicCall] = []
        self.handed_to: list[Receiver] = []
        self._parameter = parameter
        self._scope = function_scope(node, function)
        self._contexts = {(self._scope, parameter)}
        for statement in node.body:
            self.visit(statement)

    def visit_Call(self, node: ast.Call) -> None:
        function = node.func
        if isinstance(function, ast.Attribute) and self._is_context(function.value):
            if function.attr == "call":
                self._note_call(node)
        else:
            self.visit(function)
            self._note_handed_on(node)
        for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
            if not self._is_context(argument):
                self.visit(argument)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if not self._is_context(node.value):
            self.generic_visit(node)
        elif node.attr == "call":
            self._note_dynamic(node)

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load) and self._is_context(node):
            self._note_dynamic(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        is_alias = self._is_context(node.value)
        if not is_alias or not all(isinstance(target, ast.Name) for target in node.targets):
            self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._visit_inside(node, node.body)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self._visit_inside(node, node.body)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._visit_inside(node, [node.body])

    def generic_visit(self, node: ast.AST) -> None:
        """Enter a node; comprehensions have a scope of their own."""
        generators = getattr(node, "generators", None)
        if generators is None:
            super().generic_visit(node)
            return
        outer, self._scope = self._scope, comprehension_scope(generators, self._scope)
        super().generic_visit(node)
        self._scope = outer

    def _visit_inside(self, node: FunctionNode | ast.Lambda, body: Sequence[ast.AST]) -> None:
        outer, self._scope = self._scope, function_scope(node, self._scope.function, self._scope)
        if self._parameter in self._scope.bindings:  # handed down under the same name
            self._contexts.add((self._scope, self._parameter))
        for statement in body:
            self.visit(statement)
        self._scope = outer

    def _is_context(self, node: ast.expr, depth: int = 0) -> bool:
        if not isinstance(node, ast.Name) or depth > ALIASES_MAX:
            return False
        holder = self._scope.holder(node.id)
        if holder is None:
            return False
        if (holder, node.id) in self._contexts:
            return True
        values = [binding.value for binding in holder.bindings[node.id]]
        return all(v is not None and self._is_context(v, depth + 1) for v in values)

    def _note_call(self, node: ast.Call) -> None:
        called = activities_of(node.args[0], self._scope) if node.args else None
        if called is None:
            self._note_dynamic(node)
            return
        for activity in called:
            for capability in sorted(activity.needs):
                self.needs.append(
                    Need(
                        capability=capability,
                        activity=activity.name,
                        file=self._scope.function.__code__.co_filename,
                        line=node.lineno,
                    )
                )

    def _note_handed_on(self, node: ast.Call) -> None:
        """The context is among a call's arguments: follow it, or say that it was lost."""
        places: list[int | str | None] = [
            i for i, argument in enumerate(node.args) if self._is_context(argument)
        ]
        places += [k.arg for k in node.keywords if self._is_context(k.value)]
        if not places:
            return
        inner = self._inner_parameters(node.func)
        target = resolve(node.func, self._scope)
        function = plain_function(target.value) if target is not None else None
        parameters = list(inspect.signature(function).parameters) if function else []
        for place in places:
            name = _parameter_at(inner or parameters, place)
            if name is None or (inner and name != self._parameter):
                self._note_dynamic(node)
            elif function is not None:
                self.handed_to.append(Receiver(function, name))

    def _inner_parameters(self, node: ast.expr) -> list[str]:
        """The parameters of a function that is defined inside this one."""
        holder = self._scope.holder(node.id) if isinstance(node, ast.Name) else None
        if holder is None or not isinstance(node, ast.Name):
            return []
        for binding in holder.bindings[node.id]:
            if binding.defined is not None:
                arguments = binding.defined.args
                return [a.arg for a in (*arguments.posonlyargs, *arguments.args)]
        return []

    def _note_dynamic(self, node: ast.expr) -> None:
        file = self._scope.function.__code__.co_filename
        self.dynamic.append(DynamicCall(text=shown(node), file=file, line=node.lineno))


def _parameter_at(parameters: list[str], place: int | str | None) -> str | None:
    """The name of the parameter that an argument's position or keyword fills."""
    if isinstance(place, int):
        return parameters[place] if place < len(parameters) else None
    return place if place in parameters else None
