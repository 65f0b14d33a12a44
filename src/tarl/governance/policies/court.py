"""The court of the organisation's policies: what the editions in force say about an effect.

It fills the kernel's port ``Gate``. What is in force is read again when another process, or this
one, has changed it: before each decision the court asks the store whether anybody has committed
anything, and if so, whether the tenant's generation is still the one that it knows.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Mapping
from typing import NamedTuple

from tarl.errors import TarlError
from tarl.governance.environment import Environment
from tarl.governance.policies.ledger import Policies
from tarl.governance.policies.notes import Notes
from tarl.governance.policies.questions import TraitsOf, no_traits, questions_of
from tarl.governance.severity import Severity, severity
from tarl.governance.violations.ledger import DESCRIPTION_CHARS_MAX, Violations
from tarl.journal.store import Store
from tarl.kernel.effect import Effect
from tarl.policy.cedar.judge import CODES, Judge, unreadable
from tarl.values.instants import Clock
from tarl.values.metrics import Metrics, Unmeasured
from tarl.values.verdict import Allow, Deny, Reason, Verdict

TENANTS_REMEMBERED = 256
"""Tenants whose editions are kept parsed."""

VIOLATIONS_REMEMBERED = 4_096
"""Refusals that are known to be recorded as violations."""

REFUSALS = frozenset(CODES.values())
"""Codes of refusals of any level."""

LENIENT = (CODES["warning"], CODES["audit"])
"""Codes of refusals that are only recorded."""

_LOGGER = logging.getLogger("tarl.policy")


class _Known(NamedTuple):
    """What was read of a tenant at a generation; a refusal where that could not be evaluated."""

    revision: int
    generation: int
    judge: Judge | Deny
    watched: Mapping[tuple[str, int], Severity]
    """As how severe a violation the refusals of an edition are recorded."""


class CedarCourt:
    """Decides about effects by the policies that are in force for the run's tenant.

    Args:
        store: The journal, with the projection of policies.
        clock: What time it is, for policies that ask.
        traits_of: An agent's roles and posture; nobody has any when left out.
        metrics: Where decisions are counted.
        environment: Where it decides; editions of every environment count when left out.
    """

    def __init__(
        self,
        store: Store,
        *,
        clock: Clock,
        traits_of: TraitsOf = no_traits,
        metrics: Metrics = Unmeasured(),  # noqa: B008
        environment: Environment | None = None,
    ) -> None:
        self._store = store
        self._environment = environment
        self._clock = clock
        self._traits_of = traits_of
        self._metrics = metrics
        self._policies = Policies(store, clock=clock)
        self._notes = Notes(store)
        self._violations = Violations(store, clock=clock, metrics=metrics)
        self._recorded: OrderedDict[str, None] = OrderedDict()
        self._known: dict[str, _Known] = {}

    def decide(self, effect: Effect) -> Verdict:
        """The verdict about an effect, at this moment."""
        judge = self.judge(effect.run.tenant)
        if isinstance(judge, Deny):
            return self._counted(judge)
        if not judge.editions:
            return Allow()
        traits_of = self._traits_of if judge.reads_traits else no_traits
        at_ms = self._clock.now_ms()
        try:
            questions = questions_of(effect, at_ms=at_ms, traits_of=traits_of)
        except TarlError as error:
            return self._counted(Deny((Reason(code=error.code, text=error.message),)))
        verdict = self._noted(judge.decide(questions), effect, at_ms=at_ms)
        watched = self._known[effect.run.tenant].watched
        return self._counted(self._watched(verdict, effect, watched) if watched else verdict)

    def is_quiet(self, effect: Effect) -> bool:
        """See ``Quiet.is_quiet``: no edition is in force."""
        judge = self.judge(effect.run.tenant)
        return not isinstance(judge, Deny) and not judge.editions

    def judge(self, tenant: str) -> Judge | Deny:
        """What decides for a tenant now."""
        revision = self._store.tables_revision()
        known = self._known.get(tenant)
        if known is not None and known.revision == revision:
            return known.judge
        record = self._store.get("policy_generation", tenant)
        generation = 0 if record is None else record["generation"]
        if known is None or known.generation != generation:
            judge = self._read(tenant)
            known = _Known(revision, generation, judge, _watched(judge))
            if len(self._known) >= TENANTS_REMEMBERED:
                self._known.clear()
        self._known[tenant] = known._replace(revision=revision)
        return known.judge

    def _read(self, tenant: str) -> Judge | Deny:
        """The editions in force, parsed; a refusal if that is not possible: they may forbid."""
        try:
            environment = self._environment
            return Judge(self._policies.in_force(tenant=tenant, environment=environment))
        except TarlError as error:
            _LOGGER.error("policies of tenant %s cannot be evaluated: %s", tenant, error.message)
            return unreadable(error)

    def _counted(self, verdict: Verdict) -> Verdict:
        answer = "deny" if isinstance(verdict, Deny) else "allow"
        self._metrics.count("policy.decisions", answer=answer)
        return verdict

    def _noted(self, verdict: Verdict, effect: Effect, *, at_ms: int) -> Verdict:
        """The verdict, once what it lets pass against a policy is recorded; a denial if it cannot
        be.
        """
        notes = [reason for reason in verdict.reasons if reason.code in LENIENT]
        if not notes or not isinstance(verdict, Allow):
            return verdict
        try:
            is_new = self._notes.write(effect, notes, at_ms=at_ms)
        except TarlError as error:
            text = f"a policy's refusal cannot be recorded: {error.message}"
            facts = {"error": error.code}
            return Deny((Reason(code="policy.unrecorded", text=text, facts=facts),))
        for reason in notes if is_new else ():
            self._metrics.count("policy.noted", level=str(reason.facts["level"]))
            if reason.code == CODES["warning"]:
                place = f"{effect.run.ref}, step {effect.step}"
                _LOGGER.warning("%s: %s", place, reason.text, extra={"run": effect.run.ref})
        return verdict

    def _watched(
        self, verdict: Verdict, effect: Effect, watched: Mapping[tuple[str, int], Severity]
    ) -> Verdict:
        """The verdict, once the refusals of editions that are watched are recorded as violations; a
        denial if they cannot be.
        """
        for reason in verdict.reasons:
            facts = reason.facts
            if reason.code not in REFUSALS:
                continue
            severity = watched.get((facts["policy"], facts["version"]))
            if severity is None:
                continue
            key = f"{effect.key}/{facts['version']}/{facts.get('rule', facts['why'])}"
            if key in self._recorded:
                continue
            try:
                self._record(reason, effect, severity, key)
            except TarlError as error:
                text = f"a violation cannot be recorded: {error.message}"
                told = Reason(code="policy.unrecorded", text=text, facts={"error": error.code})
                return Deny((*(verdict.reasons if isinstance(verdict, Deny) else ()), told))
            self._recorded[key] = None
            if len(self._recorded) > VIOLATIONS_REMEMBERED:
                self._recorded.popitem(last=False)
        return verdict

    def _record(self, reason: Reason, effect: Effect, severity: Severity, key: str) -> None:
        names = ("rule", "version", "semver", "environment", "level", "why")
        facts = {name: reason.facts[name] for name in names if name in reason.facts}
        of = {"step": effect.step, "activity": effect.activity.name}
        acting = effect.acting
        self._violations.record(
            reason.facts["policy"],
            run=effect.run.ref,
            severity=severity,
            description=reason.text[:DESCRIPTION_CHARS_MAX],
            facts={**facts, **of, "agent": None if acting is None else acting.agent},
            by="tarl",
            key=key,
            tenant=effect.run.tenant,
        )


def _watched(judge: Judge | Deny) -> dict[tuple[str, int], Severity]:
    editions = () if isinstance(judge, Deny) else judge.editions
    return {(e.policy, e.version): severity(e.violation) for e in editions if e.violation}
