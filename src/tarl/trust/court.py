"""The court of trust: an effect passes if the agent it is done for may do it now.

1. An effect of nobody in particular passes, unless the court is told that agents alone act.
2. Of several capabilities that an effect takes each must be permitted by what the agent holds.
3. What an agent does is signed, so one whose key cannot be reached from here does nothing.
4. Whatever budgets bound is set aside, on disk, before the effect runs; once for each key.
5. A posture that holds an effect is answered by people: the humans behind the agent, whose signed
   approval is for this effect with these arguments.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from tarl.errors import TarlError
from tarl.journal.store import Store
from tarl.kernel.approvals.ledger import Approvals
from tarl.kernel.effect import Effect
from tarl.kernel.holding import approval_of, subject_of
from tarl.policy.facts import Facts
from tarl.policy.grant import Grants
from tarl.trust.accounts import CALLS
from tarl.trust.budget import Budgets
from tarl.trust.chain import origin_of
from tarl.trust.charging import charges_of
from tarl.trust.decision import Decision, Level
from tarl.trust.kms import SigningService
from tarl.trust.ledger import TrustLedger
from tarl.trust.notary import RESERVED
from tarl.trust.verify import Asked
from tarl.values.verdict import Allow, Deny, Hold, Reason, Verdict, join

_ALLOW = Allow()
_ONE_CALL = {CALLS: 1}
_new_asked = tuple.__new__

APPROVAL_EXPIRES_MS = 7 * 86_400_000
"""A question that nobody has answered in a week is answered with no."""


GRANTS_REMEMBERED_MAX = 65_536
"""Grants of which it is known whether they bound spending; beyond it all are dropped."""


class Judged(msgspec.Struct, frozen=True, eq=False):
    """One capability of an effect, and what came of asking about it."""

    action: str
    decision: Decision


class TrustCourt:
    """Fills ``Gate`` with what agents hold.

    Args:
        store: The journal.
        ledger: Answers what an agent may do.
        budgets: What bounds spending.
        signer: Finds who signs for an agent of a tenant, at a generation of its records; raises
            where nobody here does.
        now_ms: The clock.
        requires_agent: Whether an effect of nobody in particular is refused.
        approvers: Humans who may approve what a posture holds, besides those behind the agent.
        level: How thoroughly each effect is looked at.
    """

    def __init__(
        self,
        store: Store,
        ledger: TrustLedger,
        budgets: Budgets,
        *,
        signer: Callable[[str, str, int], SigningService],
        now_ms: Callable[[], int],
        requires_agent: bool = False,
        approvers: Sequence[str] = (),
        level: Level = "QUICK",
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._budgets = budgets
        self._approvals = Approvals(store)
        self._signer = signer
        self._now_ms = now_ms
        self._requires_agent = requires_agent
        self._approvers = tuple(approvers)
        self._level: Level = level
        self._bounded: dict[str, bool] = {}

    def decide(self, effect: Effect) -> Verdict:
        """The verdict about an effect, at this moment."""
        if effect.acting is None:
            return _nobody(effect) if self._requires_agent else _ALLOW
        try:
            judged = [self._judged(effect, action) for action in effect.actions]
            tenant = effect.run.tenant
            self._signer(tenant, effect.acting.agent, self._ledger.generation_seen(tenant))
            verdict = judged[0].decision.verdict
            if len(judged) > 1:
                verdict = join(*(each.decision.verdict for each in judged))
            if isinstance(verdict, Hold):
                verdict = self._answered(effect, verdict, judged)
            if isinstance(verdict, Allow):
                verdict = self._reserved(effect, verdict, judged)
        except TarlError as error:
            return Deny((Reason(code=error.code, text=error.message[:500]),))
        return verdict

    def is_quiet(self, effect: Effect) -> bool:
        """See ``Quiet.is_quiet``: nobody's agent acts, and none has to."""
        return effect.acting is None and not self._requires_agent

    def _judged(self, effect: Effect, action: str) -> Judged:
        acting, at_ms = effect.acting, self._now_ms()
        assert acting is not None
        grant = acting.lent or None
        decision = None
        if self._level == "QUICK":
            aim = effect.resource, acting.task, effect.activity.access, effect.output
            asked = _new_asked(Asked, (acting.agent, action, *aim, grant))
            decision = self._ledger.recall(effect.run.tenant, asked, at_ms)
        if decision is None:
            facts = facts_of(effect, action, at_ms=at_ms)
            decision = self._ledger.verify(acting.agent, facts, level=self._level, grant=grant)
        return Judged(action, decision)

    # --- people

    def _answered(self, effect: Effect, held: Hold, judged: Sequence[Judged]) -> Verdict:
        """What people have said about a held effect, or whom to ask."""
        id = approval_of(effect)
        approvers = self._humans(effect.run.tenant, judged)
        if not approvers:
            text = "it needs a human's approval, and no human who could give it is registered"
            return Deny((*held.reasons, Reason(code="trust.nobody_to_ask", text=text)))
        if self._store.get("approval", id.tenant, id.id) is None:
            return _held(held, id.id, approvers)
        approval = self._approvals.get(id)
        request = approval.request
        if request.subject != subject_of(effect) or not set(request.named) <= set(approvers):
            text = f"the approval {id.id} is of another effect, or of others than may approve it"
            return Deny((Reason(code="trust.approval", text=text),))
        if approval.is_pending:
            return _held(held, id.id, approvers)
        facts = {"approval": id.id, "status": approval.status}
        text = f"the approval {id.id} is {approval.status}"
        if approval.status != "approved":
            return Deny((Reason(code="trust.approval", text=text, facts=facts),))
        grounds = [ground for each in judged for ground in _grounds(each.decision)]
        return Allow((*grounds, Reason(code="trust.approved", text=text, facts=facts)))

    def _humans(self, tenant: str, judged: Sequence[Judged]) -> tuple[str, ...]:
        """Who may approve: the humans behind the agent, its authorities, and whom the runtime was
        told; all of them registered, human and not revoked.
        """
        names: dict[str, None] = {}
        book = self._ledger.book(tenant)
        for each in judged:
            if each.decision.grant is None:
                continue
            leaf = book.get(each.decision.grant)
            origin = origin_of(leaf)
            if origin is not None:
                names[origin.human] = None
            names.update((link.subject, None) for link in leaf.up() if link.kind == "authority")
        names.update(dict.fromkeys(self._approvers))
        found = [(name, book.holders.find(name)) for name in names]
        return tuple(
            name for name, who in found if who is not None and who.kind == "human" and who.is_live
        )

    # --- budgets

    def _reserved(self, effect: Effect, allowed: Allow, judged: Sequence[Judged]) -> Verdict:
        """The verdict once what it spends is set aside."""
        for each in judged:
            if self._has_budget(effect.run.tenant, each.decision):
                break
        else:
            return allowed
        book = self._ledger.book(effect.run.tenant)
        permitted = [
            (
                book.get(each.decision.grant or ""),
                facts_of(effect, each.action, at_ms=each.decision.at_ms),
            )
            for each in judged
        ]
        charges = [charge for charge in charges_of(permitted) if charge.accounts]
        if not charges:
            return allowed
        assert effect.acting is not None
        self._budgets.reserve(
            effect.run.tenant,
            effect.acting.agent,
            effect.key,
            charges,
            at_ms=self._now_ms(),
        )
        units = {charge.unit: charge.amount for charge in charges}
        text = ", ".join(f"{amount} {unit}" for unit, amount in units.items())
        ground = Reason(code=RESERVED, text=f"{text} set aside", facts={"units": units})
        return Allow((*allowed.reasons, ground))

    def _has_budget(self, tenant: str, decision: Decision) -> bool:
        """Whether any record of the chain that permits it bounds what may be spent."""
        digest = decision.grant or ""
        known = self._bounded.get(digest)
        if known is None:
            if len(self._bounded) >= GRANTS_REMEMBERED_MAX:
                self._bounded.clear()
            links = self._ledger.book(tenant).get(digest).up()
            known = self._bounded[digest] = any(_bounds(link.terms) for link in links)
        return known


def _bounds(terms: Grants) -> bool:
    envelopes = (terms.envelope, *(grant.constraints for grant in terms.grants))
    return any(envelope.budgets for envelope in envelopes)


def facts_of(effect: Effect, action: str, *, at_ms: int) -> Facts:
    """What a decision sees of an effect of which it takes one capability.

    Raises:
        Invalid: an argument that names no resource, or no amount.
    """
    acting = effect.acting
    return Facts(
        action=action,
        resource=effect.resource,
        access=effect.activity.access,
        output=effect.output,
        tenant=effect.run.tenant,
        agent=None if acting is None else acting.agent,
        task=None if acting is None else acting.task,
        args=effect.arguments,
        at_ms=at_ms,
        spends={CALLS: 1, **effect.spends} if effect.activity.spends else _ONE_CALL,
    )


def _grounds(decision: Decision) -> tuple[Reason, ...]:
    """What an agent acts on when people have approved what its posture held."""
    text = f"it holds {(decision.grant or '')[:12]}"
    facts = {"grant": decision.grant, "chain": decision.chain}
    return (Reason(code="trust.allowed", text=text, facts=facts),)


def _held(held: Hold, approval: str, approvers: Sequence[str]) -> Hold:
    facts = {"approvers": list(approvers), "needed": 1, "expires_after_ms": APPROVAL_EXPIRES_MS}
    text = f"waits for the approval {approval} of {' or '.join(approvers)}"
    reason = Reason(code="trust.held", text=text, facts=facts)
    return Hold((*held.reasons, reason), awaits=approval)


def _nobody(effect: Effect) -> Deny:
    text = f"{effect.activity.name} is done for nobody, and this runtime lets agents alone act"
    return Deny((Reason(code="trust.no_agent", text=text),))
