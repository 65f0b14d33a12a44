"""The gate of planning: privacy class, trust tier and operation, decided by policies in Cedar.

1. The shipped policy (``gate/default.cedar``) always counts; an organisation's own about the same
   questions add to it.
2. What a device cannot do, or not there, is refused before any policy is asked.
3. A policy that cannot be evaluated refuses, wants approval and consent, and isolates.
4. An organisation's policies about effects (``device.run``) are asked as well, so that nothing is
   planned which the gateway will refuse.
5. A consent is counted only if it is live, and covers the scope, the data and the device.
6. What is in force is read again when it has changed.

Of a task as a whole, and by the token of a consent, it is asked as seed 003 does.
"""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NamedTuple, overload

from tarl.errors import Invalid, Missing
from tarl.governance.policies.ledger import Policies
from tarl.planning.consent.ledger import Consents
from tarl.planning.consent.scopes import Want, parse, scope_of
from tarl.planning.consent.state import Consent
from tarl.planning.formulation.jobs import Ruling
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
from tarl.planning.plan import ConsentReference
from tarl.planning.task import TaskSpec
from tarl.policy.cedar.edition import Edition
from tarl.policy.cedar.judge import Judge, Refusal, reason_of
from tarl.policy.cedar.request import Question
from tarl.values.canonical import encode
from tarl.values.ids import DEFAULT_TENANT
from tarl.values.verdict import Reason

if TYPE_CHECKING:
    from tarl.planning.gate.whole import PolicyCheckResult

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


class _Judges(NamedTuple):
    """Who answers, by the editions of one generation."""

    generation: int
    editions: tuple[Edition, ...]
    about_plans: Judge
    about_effects: Judge | None
    policy_hash: str
    known: dict[Facts, _Answers]


class PolicyGate:
    """Decides what may be planned, and what that takes. Fills ``Permits``.

    Args:
        policies: The organisation's policies, or the editions that are in force.
        consents: What users consented to; nothing when left out.
        tenant: Whose plans it decides about.
        household: The home that tasks as a whole are asked about for.

    Raises:
        Invalid, Exceeded: an edition is unsound (``policy.*``).
        Unavailable: there is no engine (``policy.no_engine``).
    """

    def __init__(
        self,
        policies: Policies | Sequence[Edition] = (),
        *,
        consents: Consents | None = None,
        tenant: str = DEFAULT_TENANT,
        household: Household | None = None,
    ) -> None:
        self._policies = policies
        self._consents = consents
        self._tenant = tenant
        self._household = household
        self._judges: _Judges | None = None
        self._now()

    @property
    def policy_hash(self) -> str:
        """SHA-256 in hex over the digests of all editions that it decides by."""
        return self._now().policy_hash

    @property
    def editions(self) -> tuple[Edition, ...]:
        """What it decides by now: the shipped policy, and the organisation's in force."""
        return self._now().editions

    @overload
    def evaluate(self, task: TaskSpec, /) -> Awaitable[PolicyCheckResult]: ...

    @overload
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
    ) -> Decision: ...

    def evaluate(self, task: TaskSpec, *about: Any, **options: Any) -> Any:
        """What it says to a device doing something for a task, computed somewhere; of a task alone,
        as ``await gate.evaluate(task)``, what it says to the task as a whole (``check_task``).

        Args:
            task: For which task.
            about: The home; which of its devices; what it is to do (``run``, ``turn_on``,
                ``measure``); where what that takes is computed; the user's consents, of which those
                are counted that are live; the instant.
            options: ``plan_id``: the plan, for consents that are for one alone.

        Raises:
            Invalid: ``gate.no_household``: a task alone, and no home.
            Missing, Invalid, Unavailable: the policies in force cannot be evaluated.
        """
        if about or options:
            return self._of_device(task, *about, **options)
        return self._of_task(task)

    def _of_device(
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
        if all(known.id != device.id for known in household.devices):
            why = _impossible("gate.device", f"{device.id} is no device of this home", device.id)
            return self._refused((why,))
        return self._decided(task, device, operation, placement, consents, now_ms, plan_id)

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

    def ruling(
        self,
        task: TaskSpec,
        device: Device,
        action: str,
        placement: PlacementTarget,
        *,
        now_ms: int,
    ) -> Ruling:
        """What it says, as far as planning needs it, with the consents that the task's user has
        given for any plan.

        Raises:
            Missing, Invalid, Unavailable: the policies in force, or the consents, cannot be read.
        """
        held: Sequence[Consent] = ()
        if self._consents is not None and task.user_id is not None:
            book = self._consents.book(task.user_id, tenant=self._tenant)
            held, now_ms = book.live(now_ms), book.now_ms(now_ms)
        said = self._decided(task, device, action, placement, held, now_ms, "")
        given = said.stands_on[0] if said.stands_on else None
        return Ruling(
            is_allowed=said.approved,
            reason=said.reason,
            scope=said.scope or None,
            token=None if given is None else given.consent_token,
            expires_at=_until(said, given, now_ms),
            requires_approval=said.requires_approval,
            is_dynamic=said.is_dynamic,
        )

    def nowhere(self, device: Device) -> Decision:
        """What it says of a device for which nothing can be computed anywhere."""
        why = _impossible("gate.placement", f"{device.id} is used from nowhere", device.id)
        return self._refused((why,))

    # --- as seed 003 asks it

    async def _of_task(self, task: TaskSpec) -> PolicyCheckResult:
        from tarl.planning.gate.whole import check_task

        if self._household is None:
            raise Invalid(
                "whether a task may be planned depends on the home",
                code="gate.no_household",
                next_step="PolicyGate(household=...)",
            )
        held: Sequence[Consent] = ()
        now_ms = task.created_at
        if self._consents is not None:
            now_ms = self._consents.clock.now_ms()
            if task.user_id is not None:
                book = self._consents.book(task.user_id, tenant=self._tenant)
                held, now_ms = book.live(now_ms), book.now_ms(now_ms)
        return check_task(self, task, self._household, held, now_ms)

    async def validate_consent(self, consent_token: str, required_scopes: Sequence[str]) -> bool:
        """Whether a consent is live now and covers all of these scopes.

        Raises:
            Invalid: a scope that is none (``consent.scope``).
        """
        wanted = [parse(scope) for scope in required_scopes]
        consent = self._consent(consent_token)
        if consent is None or self._consents is None:
            return False
        book = self._consents.book(consent.user_id, tenant=self._tenant)
        given = [parse(scope) for scope in consent.said.scopes]
        return consent.is_live(book.now_ms(self._consents.clock.now_ms())) and all(
            any(scope.covers(want) for scope in given) for want in wanted
        )

    async def revoke_consent(self, consent_token: str, *, by: str = "") -> bool:
        """Take a consent back, by its user's own word when nobody is named; whether it was live
        until now. The next step that stands on it does not run.
        """
        consent = self._consent(consent_token)
        if consent is None or self._consents is None:
            return False
        taken = self._consents.revoke(
            consent.user_id, by=by or consent.user_id, token=consent_token, tenant=self._tenant
        )
        return bool(taken)

    def _consent(self, token: str) -> Consent | None:
        if self._consents is None:
            return None
        try:
            return self._consents.find(token, tenant=self._tenant)
        except Missing as error:
            if error.code != "consent.missing":
                raise
            return None

    def get_policy_summary(self) -> dict[str, Any]:
        """What it decides by, as JSON values: see ``gate.whole.summary``."""
        from tarl.planning.gate.whole import summary

        return summary(self)

    # --- deciding

    def _decided(
        self,
        task: TaskSpec,
        device: Device,
        operation: str,
        placement: PlacementTarget,
        consents: Sequence[Consent],
        now_ms: int,
        plan_id: str,
    ) -> Decision:
        impossible = _cannot(device, operation, placement)
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
        needs = (*answers.unapproved, *(answers.unasked if given is None else ()))
        return Decision(
            approved=True,
            reason=_sentence(answers, want, given),
            requires_approval=bool(answers.unapproved),
            scope=scope,
            wants=(want,) if scope and given is None else (),
            stands_on=() if given is None else (given.reference(),),
            redacted_fields=ruling.redacted_fields(placement, facts.privacy),
            routing=ruling.routing_of(placement, is_isolated=bool(answers.unsandboxed)),
            policy_hash=self.policy_hash,
            reasons=(*needs, *answers.unsandboxed),
            privacy_class=facts.privacy,
            longest_ms=ruling.longest_ms(want),
        )

    # --- asking policies

    def _now(self) -> _Judges:
        """Who answers now."""
        policies, known, generation = self._policies, self._judges, 0
        if isinstance(policies, Policies):
            record = policies.store.get("policy_generation", self._tenant)
            generation = 0 if record is None else record["generation"]
        if known is None or known.generation != generation:
            editions: Sequence[Edition] = (
                policies.in_force(tenant=self._tenant)
                if isinstance(policies, Policies)
                else policies
            )
            known = self._judges = _judges(generation, editions)
        return known

    def _answers(self, facts: Facts, at_ms: int) -> _Answers:
        judges = self._now()
        # An organisation's policies may ask what time it is; the shipped one does not.
        if judges.about_effects is not None:
            return self._asked(judges, facts, at_ms)
        known = judges.known.get(facts)
        if known is None:
            if len(judges.known) >= REMEMBERED_MAX:
                judges.known.clear()
            known = judges.known[facts] = self._asked(judges, facts, at_ms)
        return known

    def _asked(self, judges: _Judges, facts: Facts, at_ms: int) -> _Answers:
        def ask(asked: Asked) -> tuple[Reason, ...]:
            question = about_plan(facts, asked, tenant=self._tenant, at_ms=at_ms)
            return _refusals(judges.about_plans, question)

        place, unsandboxed = ask("plan.place"), ask("plan.unsandboxed")
        if judges.about_effects is not None:
            isolated = bool(unsandboxed)
            effect = about_effect(facts, isolated=isolated, tenant=self._tenant, at_ms=at_ms)
            place = (*place, *_refusals(judges.about_effects, effect))
        return _Answers(place, ask("plan.unapproved"), ask("plan.unasked"), unsandboxed)

    def _refused(self, reasons: tuple[Reason, ...]) -> Decision:
        return Decision(
            approved=False,
            reason=reasons[0].text,
            policy_hash=self.policy_hash,
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


def _judges(generation: int, editions: Sequence[Edition]) -> _Judges:
    own = [edition for edition in editions if _is_about_plans(edition)]
    digests = sorted(edition.digest for edition in (shipped(), *editions))
    return _Judges(
        generation,
        (shipped(), *editions),
        Judge((shipped(), *own)),
        Judge(editions) if editions else None,
        sha256(encode(digests)).hexdigest(),
        {},
    )


def _is_about_plans(edition: Edition) -> bool:
    """Whether an edition names one of the gate's questions. Others are about effects, whatever
    their rules take; a closed one would refuse what it never heard of.
    """
    asked = VOCABULARY.actions or {}
    named = {action for rule in edition.parsed() for action in rule.scope or ()}
    named |= set(edition.vocabulary.actions or ())
    return not edition.closed and bool(named & {*asked, "plan.*"})


def _cannot(device: Device, operation: str, placement: PlacementTarget) -> Reason | None:
    """Why a device cannot do something there, whoever permits it."""
    able = [each for each in device.capabilities if each.capability_type == operation]
    if not able:
        return _impossible("gate.capability", f"{device.id} cannot {operation}", device.id)
    if placement not in device.placements:
        text = f"{device.id} is not used from {placement.value}"
        return _impossible("gate.placement", text, device.id)
    if placement in IN_THE_HOUSE and any(each.cloud_required for each in able):
        text = f"{operation} of {device.id} needs its maker's cloud"
        return _impossible("gate.cloud_required", text, device.id)
    return None


def _impossible(code: str, text: str, device: str) -> Reason:
    return Reason(code=code, text=text, facts={"device": device})


def _until(said: Decision, given: ConsentReference | None, now_ms: int) -> int:
    """Until when the consent lasts that it stands on, or may be given for; 0 where none is."""
    if given is not None:
        return given.expires_at
    return now_ms + said.longest_ms if said.scope else 0


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
