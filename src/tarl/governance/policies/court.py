"""The court of the organisation's policies: what the editions in force say about an effect.

It fills the kernel's port ``Gate``. What is in force is read again when another process, or this
one, has changed it: before each decision the court asks the store whether anybody has committed
anything, and if so, whether the tenant's generation is still the one that it knows.
"""

from __future__ import annotations

import logging
from typing import NamedTuple

from tarl.errors import TarlError
from tarl.governance.policies.ledger import Clock, Policies
from tarl.governance.policies.notes import Notes
from tarl.governance.policies.questions import TraitsOf, no_traits, questions_of
from tarl.journal.store import Store
from tarl.kernel.effect import Effect
from tarl.policy.cedar.judge import CODES, Judge, unreadable
from tarl.values.metrics import Metrics, Unmeasured
from tarl.values.verdict import Allow, Deny, Reason, Verdict

TENANTS_REMEMBERED = 256
"""Tenants whose editions are kept parsed."""

LENIENT = (CODES["warning"], CODES["audit"])
"""Codes of refusals that are only recorded."""

_LOGGER = logging.getLogger("tarl.policy")


class _Known(NamedTuple):
    """What was read of a tenant at a generation; a refusal where that could not be evaluated."""

    revision: int
    generation: int
    judge: Judge | Deny


class CedarCourt:
    """Decides about effects by the policies that are in force for the run's tenant.

    Args:
        store: The journal, with the projection of policies.
        clock: What time it is, for policies that ask.
        traits_of: An agent's roles and posture; nobody has any when left out.
        metrics: Where decisions are counted.
    """

    def __init__(
        self,
        store: Store,
        *,
        clock: Clock,
        traits_of: TraitsOf = no_traits,
        metrics: Metrics = Unmeasured(),  # noqa: B008
    ) -> None:
        self._store = store
        self._clock = clock
        self._traits_of = traits_of
        self._metrics = metrics
        self._policies = Policies(store, clock=clock)
        self._notes = Notes(store)
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
        return self._counted(self._noted(judge.decide(questions), effect, at_ms=at_ms))

    def judge(self, tenant: str) -> Judge | Deny:
        """What decides for a tenant now."""
        revision = self._store.tables_revision()
        known = self._known.get(tenant)
        if known is not None and known.revision == revision:
            return known.judge
        record = self._store.get("policy_generation", tenant)
        generation = 0 if record is None else record["generation"]
        if known is None or known.generation != generation:
            known = _Known(revision, generation, self._read(tenant))
            if len(self._known) >= TENANTS_REMEMBERED:
                self._known.clear()
        self._known[tenant] = known._replace(revision=revision)
        return known.judge

    def _read(self, tenant: str) -> Judge | Deny:
        """The editions in force, parsed; a refusal if that is not possible: they may forbid."""
        try:
            return Judge(self._policies.in_force(tenant=tenant))
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
