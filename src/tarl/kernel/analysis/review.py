"""A whole workflow looked through: its own code, its helpers, and its manifest."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from tarl.errors import Invalid
from tarl.kernel.analysis import rules
from tarl.kernel.analysis.capabilities import CapabilityUse, calls_of
from tarl.kernel.analysis.determinism import DeterminismWalk
from tarl.kernel.analysis.finding import Finding
from tarl.kernel.analysis.source import FUNCTIONS_MAX, Sources, plain_function
from tarl.kernel.definition import Workflow
from tarl.policy.manifest import Manifest

Analysable = Workflow[..., Any] | Callable[..., Any]


def analyse(workflow: Analysable, *, allow: Iterable[str] = ()) -> tuple[Finding, ...]:
    """Every finding in a workflow's code, without those of the codes that are allowed.

    A definition brings its own ``allow`` along, and its manifest, which is checked too.
    """
    allowed = frozenset(allow)
    found = _determinism_findings(_function(workflow))
    if isinstance(workflow, Workflow):
        allowed |= workflow.allow
        if workflow.capabilities is not None:
            found += check_manifest(workflow, workflow.capabilities)
    return tuple(finding for finding in found if finding.code not in allowed)


def required_capabilities(workflow: Analysable) -> CapabilityUse:
    """What a workflow's calls need, and the calls that its source does not explain."""
    use, _ = calls_of(_function(workflow), Sources())
    return use


def check_manifest(workflow: Analysable, manifest: frozenset[str]) -> tuple[Finding, ...]:
    """The needs that a manifest does not hold (C201), and what only running will tell (C202)."""
    use = required_capabilities(workflow)
    held = Manifest(manifest)
    outside = [
        rules.OUTSIDE_MANIFEST.finding(
            f"{need.activity} needs {need.capability}, which {rules.OUTSIDE_MANIFEST.what}",
            file=need.file,
            line=need.line,
        )
        for need in use.needs
        if not held.holds(need.capability)
    ]
    later = [
        rules.CHECKED_LATER.finding(
            f"{call.text} {rules.CHECKED_LATER.what}", file=call.file, line=call.line
        )
        for call in use.dynamic
    ]
    return (*outside, *later)


def refuse_nondeterminism(workflow: Workflow[..., Any]) -> None:
    """Refuse a workflow that has findings which are errors.

    Raises:
        Invalid: naming each line and what to use instead (``workflow.nondeterministic``, or
            ``workflow.manifest`` when only its manifest is exceeded).
    """
    findings = [f for f in analyse(workflow) if f.severity == "error"]
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


def _determinism_findings(start: types.FunctionType) -> list[Finding]:
    """The findings of a function, of those that receive its context, and of those they name."""
    sources = Sources()
    _, receivers = calls_of(start, sources)
    functions = list(dict.fromkeys(function for function, _ in receivers))
    found: list[Finding] = []
    for function in functions:  # grows while it is walked through
        source = sources.find(function)
        if source is None:
            code = function.__code__
            message = f"{function.__qualname__} {rules.UNSEEN.what}"
            file, line = code.co_filename, code.co_firstlineno
            found.append(rules.UNSEEN.finding(message, file=file, line=line))
            continue
        walk = DeterminismWalk(source)
        found += walk.findings
        for value in walk.named:
            other = plain_function(value)
            if other is None or other.__module__ != function.__module__:
                continue
            if other not in functions and len(functions) < FUNCTIONS_MAX:
                functions.append(other)
    return found


def _function(workflow: Analysable) -> types.FunctionType:
    function = plain_function(workflow)
    if function is None:
        raise Invalid(
            f"{workflow!r} is not a Python function",
            code="workflow.not_a_workflow",
            next_step="hand over a workflow, or the function of one",
        )
    return function
