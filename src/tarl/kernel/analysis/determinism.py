"""What one function uses that would not be the same on replay."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from tarl.kernel.analysis import rules
from tarl.kernel.analysis.finding import Finding
from tarl.kernel.analysis.names import Target, resolve
from tarl.kernel.analysis.rules import Rule
from tarl.kernel.analysis.scopes import (
    MISSING,
    Scope,
    comprehension_scope,
    function_scope,
)
from tarl.kernel.analysis.sets import SetReads, is_set, starred, ties
from tarl.kernel.analysis.source import FunctionNode, Source, shown
from tarl.kernel.analysis.state import changed_by_call, changed_by_target
from tarl.kernel.definition import Activity

Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


class DeterminismWalk(ast.NodeVisitor):
    """Walks through one function and the functions inside it.

    Attributes:
        findings: What it found, in the order of the code.
        named: Objects that the function names, for whoever follows them.
    """

    def __init__(self, source: Source) -> None:
        self.findings: list[Finding] = []
        self.named: list[object] = []
        function, node, self._file = source
        self._sets = SetReads()
        self._scope = function_scope(node, function)
        for statement in node.body:
            self.visit(statement)

    # --- names

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self._check_use(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if self._check_use(node):
            return
        if not isinstance(node.ctx, ast.Load):
            self._check_target(node)
        self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        before = len(self.findings)
        self.generic_visit(node)
        if not isinstance(node.ctx, ast.Load) and len(self.findings) == before:
            self._check_target(node)

    def visit_Global(self, node: ast.Global) -> None:
        self._report(node, rules.STATE, f"{', '.join(node.names)}: {rules.STATE.what}")

    def visit_Nonlocal(self, node: ast.Nonlocal) -> None:
        outside = [name for name in node.names if self._scope.holder(name) is None]
        if outside:
            self._report(node, rules.STATE, f"{', '.join(outside)}: {rules.STATE.what}")

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self.visit(node.target)
        if node.value is not None:
            self.visit(node.value)

    # --- calls

    def visit_Call(self, node: ast.Call) -> None:
        self._sets.forgive(node, self._scope)
        is_refused = self._check_call(node)
        for place in self._sets.in_call(node, self._scope):
            self._report_set(place)
        for place in ties(node, self._scope):
            self._report(place, rules.TIES, f"{shown(node)} {rules.TIES.what}")
        changed = changed_by_call(node, self._scope)
        if changed is not None:
            self._report(node, rules.STATE, f"{shown(node)} {rules.STATE.what}")
        if not is_refused:
            self.visit(node.func)
        for argument in (*node.args, *node.keywords):
            self.visit(argument)

    def _check_call(self, node: ast.Call) -> bool:
        method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        rule = rules.rule_for_method(method)
        target = resolve(node.func, self._scope)
        if rule is None and target is not None:
            rule = self._rule_for_target(node, target)
        if rule is not None:
            self._report(node, rule, f"{shown(node.func)}() {rule.what}")
        return rule is not None

    def _rule_for_target(self, node: ast.Call, target: Target) -> Rule | None:
        kind = type(target.value)
        if issubclass(kind, Activity):
            return None if target.value.pure else rules.UNRECORDED
        if issubclass(kind, type) and issubclass(target.value, BaseException):
            return None
        count = len(node.args) + len(node.keywords)
        return rules.rule_for_call(target.names, arguments_count=count)

    # --- the order of sets

    def visit_For(self, node: ast.For) -> None:
        self._check_iterated(node.iter)
        self.generic_visit(node)

    def visit_YieldFrom(self, node: ast.YieldFrom) -> None:
        self._check_iterated(node.value)
        self.generic_visit(node)

    def visit_FormattedValue(self, node: ast.FormattedValue) -> None:
        self._check_iterated(node.value)
        self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        if any(isinstance(target, ast.Tuple | ast.List) for target in node.targets):
            self._check_iterated(node.value)
        self.generic_visit(node)

    def visit_List(self, node: ast.List) -> None:
        self._check_starred(node.elts)
        self.generic_visit(node)

    def visit_Tuple(self, node: ast.Tuple) -> None:
        self._check_starred(node.elts)
        self.generic_visit(node)

    def _check_iterated(self, node: ast.expr) -> None:
        if is_set(node, self._scope):
            self._report_set(node)

    def _check_starred(self, nodes: list[ast.expr]) -> None:
        for place in starred(nodes, self._scope):
            self._report_set(place)

    # --- scopes inside

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._visit_function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self._visit_function(node)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._visit_defaults(node.args)
        self._visit_inside(function_scope(node, self._scope.function, self._scope), [node.body])

    def visit_ListComp(self, node: ast.ListComp) -> None:
        self._visit_comprehension(node, [node.elt])

    def visit_SetComp(self, node: ast.SetComp) -> None:
        self._visit_comprehension(node, [node.elt])

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> None:
        self._visit_comprehension(node, [node.elt])

    def visit_DictComp(self, node: ast.DictComp) -> None:
        self._visit_comprehension(node, [node.key, node.value])

    def _visit_function(self, node: FunctionNode) -> None:
        for decorator in node.decorator_list:
            self.visit(decorator)
        self._visit_defaults(node.args)
        self._visit_inside(function_scope(node, self._scope.function, self._scope), node.body)

    def _visit_defaults(self, arguments: ast.arguments) -> None:
        for default in (*arguments.defaults, *arguments.kw_defaults):
            if default is not None:
                self.visit(default)

    def _visit_comprehension(self, node: Comprehension, results: list[ast.expr]) -> None:
        for place in self._sets.in_comprehension(node, self._scope):
            self._report_set(place)
        conditions = (c for generator in node.generators for c in generator.ifs)
        scope = comprehension_scope(node.generators, self._scope)
        inside = [g.iter for g in node.generators]
        self._visit_inside(scope, [*inside, *conditions, *results])

    def _visit_inside(self, scope: Scope, nodes: Iterable[ast.AST]) -> None:
        outer, self._scope = self._scope, scope
        for node in nodes:
            self.visit(node)
        self._scope = outer

    # --- findings

    def _check_use(self, node: ast.Name | ast.Attribute) -> bool:
        target = resolve(node, self._scope)
        if target is None:
            return False
        if target.value is not MISSING:
            self.named.append(target.value)
        rule = rules.rule_for_use(target.names)
        if rule is not None:
            self._report(node, rule, f"{shown(node)} {rule.what}")
        return rule is not None

    def _check_target(self, node: ast.Subscript | ast.Attribute) -> None:
        if changed_by_target(node, self._scope) is not None:
            self._report(node, rules.STATE, f"{shown(node)}: {rules.STATE.what}")

    def _report_set(self, node: ast.expr) -> None:
        self._report(node, rules.SETS, f"{shown(node)} {rules.SETS.what}")

    def _report(self, node: ast.expr | ast.stmt, rule: Rule, message: str) -> None:
        self.findings.append(rule.finding(message, file=self._file, line=node.lineno))
