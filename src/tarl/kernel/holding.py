"""Effects that wait for people: what a gate's Hold asks of them, and for which effect.

The approval's id derives from the effect's key and its subject is what would be done: an answer is
good for this effect with these arguments, and for no other. The gate that held it finds the answer
under that id when it is asked again.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from tarl.kernel.approvals.names import ApprovalId
from tarl.kernel.approvals.request import Request
from tarl.kernel.effect import Effect
from tarl.values.canonical import encode
from tarl.values.verdict import Hold

ARGUMENTS_BYTES_MAX = 16 * 1024
"""Arguments that people are shown; larger ones are named by their digest alone."""

_ABOUT_EFFECT = "effect-"


def approval_of(effect: Effect) -> ApprovalId:
    """The approval that an effect waits for when it is held."""
    return ApprovalId(effect.run.tenant, f"{_ABOUT_EFFECT}{effect.key[:32]}")


def is_about_effect(id: ApprovalId) -> bool:
    """Whether an approval is one that an effect waits for; else the run's code asks for it."""
    return id.id.startswith(_ABOUT_EFFECT)


def subject_of(effect: Effect) -> str:
    """SHA-256 in hex of what would be done, the same in the run that asks for it and in the worker
    that does it.
    """
    said = {
        "activity": effect.activity.name,
        "arguments": dict(effect.arguments),
        "resource": effect.resource,
        "task": None if effect.acting is None else effect.acting.task,
    }
    return sha256(encode(said)).hexdigest()


def request_of(effect: Effect, held: Hold) -> Request | None:
    """What is asked of the approvers whom the verdict names; None when it names nobody.

    A reason's facts may hold ``approvers`` (names of principals), ``needed`` (all of them when left
    out) and ``expires_after_ms``.
    """
    facts: Mapping[str, Any] = next((r.facts for r in held.reasons if r.facts.get("approvers")), {})
    approvers = tuple(facts.get("approvers", ()))
    if not approvers:
        return None
    acting, run = effect.acting, effect.run
    who = "the run" if acting is None else acting.agent
    what = f"{', '.join(effect.actions)} on {effect.resource}"
    arguments = encode(effect.arguments)
    context: dict[str, Any] = {
        "activity": effect.activity.name,
        "intent": effect.intent,
        "reasons": [reason.text for reason in held.reasons],
        "task": None if acting is None else acting.task,
    }
    if len(arguments) <= ARGUMENTS_BYTES_MAX:
        context["arguments"] = effect.arguments
    return Request(
        description=f"{who} wants {what} in {run.ref}, step {effect.step}",
        approvers=approvers,
        needed=int(facts.get("needed", len(approvers))),
        context=context,
        subject=subject_of(effect),
        expires_after_ms=facts.get("expires_after_ms"),
        run=run.stream,
        step=effect.step,
    )
