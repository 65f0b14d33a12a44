"""The gate of planning: privacy class, trust tier and operation, decided by policies in Cedar.

1. The shipped policy (``gate/default.cedar``) always counts; an organisation's own add to it.
2. What a device cannot do, or not there, is refused before any policy is asked.
3. A policy that cannot be evaluated refuses, wants approval and consent, and isolates.
4. An organisation's policies about effects (``device.run``) are asked as well, so that nothing is
   planned which the gateway will refuse.
5. A consent is counted only if it is live, and covers the scope, the data and the device.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import NamedTuple

from tarl.planning.consent.scopes import Want, scope_of
from tarl.planning.consent.state import Consent
from tarl.planning.gate import ruling
from tarl.planning.gate.questions import (
    VOCABULARY,
    Asked,
    Facts,
    about_effect,
    about_plan,
    facts_of,
)
from tarl.planning.gate.ruling import Decision
from tarl.planning.household import IN_THE_HOUSE, Device, Household, PlacementTarget
from tarl.planning.task import TaskSpec
from tarl.policy.cedar.edition import Edition
from tarl.policy.cedar.judge import Judge, Refusal, reason_of
from tarl.policy.cedar.request import Question
from tarl.values.canonical import encode
from tarl.values.ids import DEFAULT_TENANT
from tarl.values.verdict import Reason

POLICY = "tarl.plans"
"""The id of the shipped policy."""

REMEMBERED_MAX = 4_096
"""Combinations of facts whose answers are kept; the shipped policy asks nothing else."""


class _Answers(NamedTuple):
    """What policies said: why not, for each of the gate's questions."""

    place: tuple[Reason, ...]
    unapproved: tuple[Reason, ...]
    unasked: tuple[Reason, ...]
    unsandboxed: tuple[Reason, ...]


@cache
def shipped() -> Edition:
    """The policy that is shipped."""
    text = files("tarl.planning.gate").joinpath("default.cedar").read_text(encoding="utf-8")
    return Edition(policy=POLICY, version=1, text=text, vocabulary=VOCABULARY)


class PolicyGate:
    """Decides what may be planned, and what that takes.

    Args:
        policies: The organisation's editions in force (``Policies.in_force``).
        tenant: Whose plans it decides about.

    Raises:
        Invalid, Exceeded: an edition is unsound (``policy.*``).
        Unavailable: there is no engine (``policy.no_engine``).
    """

    def __init__(self, policies: Iterable[Edition] = (), *, tenant: str = DEFAULT_TENANT) -> None:
        own = tuple(policies)
        self._tenant = tenant
        # A closed edition is about the effects that it permits; of plans it knows nothing.
        self._about_plans = Judge((shipped(), *(e for e in own if not e.closed)))
        self._about_effects = Judge(own) if own else None
        self._known: dict[Facts, _Answers] = {}
        digests = sorted(edition.digest for edition in (shipped(), *own))
        self._policy_hash = sha256(encode(digests)).hexdigest()

    @property
    def policy_hash(self) -> str:
        """SHA-256 in hex over the digests of all editions that it decides by."""
        return self._policy_hash

    def evaluate(
        self,
        task: TaskSpec,
        household: Household,
        device: Device,
        operation: str,
        placement: PlacementTarget,
        consents: Sequence[Consent],
        now_ms: int,
        *,
        plan_id: str = "",
    ) -> Decision:
        """What it says to a device doing something for a task, computed somewhere.

        Args:
            task: For which task.
            household: The home.
            device: Which of its devices.
            operation: What it is to do (``run``, ``turn_on``, ``measure``).
            placement: Where what that takes is computed.
            consents: Those of the user; what is not live is not counted.
            now_ms: The instant.
            plan_id: The plan, for consents that are for one alone.
        """
        impossible = _impossible(household, device, operation, placement)
        if impossible is not None:
            return self._refused((impossible,))
        facts = facts_of(task, device, operation, placement)
        answers = self._answers(facts, now_ms)
        if answers.place:
            return self._refused(answers.place)
        scope = scope_of(operation, device, placement) if answers.unasked else ""
        why = "; ".join(reason.text for reason in answers.unasked)
        want = Want(scope, facts.privacy, facts.device_trust, why)
        given = _given(want, consents, now_ms, plan_id) if scope else None
        is_isolated = bool(answers.unsandboxed)
        needs = (*answers.unapproved, *(answers.unasked if given is None else ()))
        return Decision(
            approved=True,
            reason=_sentence(answers, want, given),
            requires_approval=bool(answers.unapproved),
            scope=scope,
            wants=(want,) if scope and given is None else (),
            stands_on=() if given is None else (given.reference(),),
            redacted_fields=ruling.redacted_fields(placement, facts.privacy),
            routing=ruling.routing_of(placement, is_isolated=is_isolated),
            policy_hash=self._policy_hash,
            reasons=(*needs, *answers.unsandboxed),
            privacy_class=facts.privacy,
            longest_ms=ruling.longest_ms(want),
        )

    def allowed(
        self,
        task: TaskSpec,
        household: Household,
        device: Device,
        operation: str,
        placement: PlacementTarget,
        consents: Sequence[Consent],
        now_ms: int,
        *,
        plan_id: str = "",
    ) -> bool:
        """Whether it may be planned, be it with an approval or a consent that is still wanted; see
        ``evaluate``.
        """
        return self.evaluate(
            task, household, device, operation, placement, consents, now_ms, plan_id=plan_id
        ).approved

    # --- asking policies

    def _answers(self, facts: Facts, at_ms: int) -> _Answers:
        # An organisation's policies may ask what time it is; the shipped one does not.
        if self._about_effects is not None:
            return self._asked(facts, at_ms)
        known = self._known.get(facts)
        if known is None:
            if len(self._known) >= REMEMBERED_MAX:
                self._known.clear()
            known = self._known[facts] = self._asked(facts, at_ms)
        return known

    def _asked(self, facts: Facts, at_ms: int) -> _Answers:
        def ask(asked: Asked) -> tuple[Reason, ...]:
            question = about_plan(facts, asked, tenant=self._tenant, at_ms=at_ms)
            return _refusals(self._about_plans, question)

        place = ask("plan.place")
        if self._about_effects is not None:
            effect = about_effect(facts, tenant=self._tenant, at_ms=at_ms)
            place = (*place, *_refusals(self._about_effects, effect))
        return _Answers(place, ask("plan.unapproved"), ask("plan.unasked"), ask("plan.unsandboxed"))

    def _refused(self, reasons: tuple[Reason, ...]) -> Decision:
        return Decision(
            approved=False,
            reason=reasons[0].text,
            policy_hash=self._policy_hash,
            reasons=reasons,
        )


def _refusals(judge: Judge, question: Question) -> tuple[Reason, ...]:
    """Why a question is answered with no; nothing where it is not, or only noted."""
    found = [r for r in judge.refusals(question) if r.edition.level == "required"]
    return tuple(_reason(refusal) for refusal in found)


def _reason(refusal: Refusal) -> Reason:
    """A refusal; in the rule's own words where the shipped policy has them."""
    reason = reason_of(refusal)
    rule = refusal.rule
    if refusal.edition.policy != POLICY or rule is None or rule.reason is None:
        return reason
    if refusal.why != "forbid":
        return reason
    return Reason(code=reason.code, text=rule.reason, facts=reason.facts)


def _impossible(
    household: Household, device: Device, operation: str, placement: PlacementTarget
) -> Reason | None:
    """Why a device cannot do something there, whoever permits it."""
    able = [each for each in device.capabilities if each.capability_type == operation]
    code, text = "", ""
    if not any(known.id == device.id for known in household.devices):
        code, text = "gate.device", f"{device.id} is no device of this home"
    elif not able:
        code, text = "gate.capability", f"{device.id} cannot {operation}"
    elif placement not in device.placements:
        code, text = "gate.placement", f"{device.id} is not used from {placement.value}"
    elif placement in IN_THE_HOUSE and any(each.cloud_required for each in able):
        code, text = "gate.cloud_required", f"{operation} of {device.id} needs its maker's cloud"
    if not code:
        return None
    return Reason(code=code, text=text, facts={"device": device.id, "operation": operation})


def _given(want: Want, consents: Sequence[Consent], now_ms: int, plan_id: str) -> Consent | None:
    """The consent that it stands on: one that asks no further question if there is one."""
    found = [each for each in consents if each.is_live(now_ms) and each.is_about(want, plan_id)]
    return min(found, key=lambda each: (each.said.dynamic, -each.ends_at_ms), default=None)


def _sentence(answers: _Answers, want: Want, given: Consent | None) -> str:
    parts = [f"a person has to approve it: {reason.text}" for reason in answers.unapproved]
    if want.scope and given is None:
        parts.append(f"it needs the consent {want.scope}: {want.why}")
    elif given is not None:
        parts.append(f"it stands on the consent {given.token}")
    return "; ".join(parts) or "it needs nothing further"
