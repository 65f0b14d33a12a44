"""The court of taint: once something untrusted has entered a run, only what was fixed or endorsed
has side effects.

It fills the kernel's port ``Gate``. Which call is made is a choice, and so is that one is made at
all; so an action is judged with all of its arguments, never a value alone.

1. What no mark has entered passes, at the cost of one look.
2. What only looks, computes or records passes; looking at an untrusted source is a side effect
   where the tenant says so, since what is asked for is told to it.
3. A call that the run's code fixed before the mark passes, as often as it was fixed; so does what
   undoes a step that passed, with that step's own arguments.
4. A call that a rule of the tenant endorses, action and every argument, passes as often as the rule
   says; one that people approve passes as they saw it, and nothing else does.
5. What is left is treated by the mode; see ``rules``. Settings that cannot be read deny.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

from tarl.errors import TarlError
from tarl.governance.taint.ledger import TaintSettings
from tarl.governance.taint.record import Record, record_of
from tarl.governance.taint.rules import Mode
from tarl.governance.taint.state import Settings
from tarl.governance.taint.uses import Uses
from tarl.journal.store import Store
from tarl.kernel.approvals.ledger import Approvals
from tarl.kernel.effect import Effect
from tarl.kernel.holding import approval_of, subject_of
from tarl.kernel.taint import Intent, Suspicion
from tarl.values.instants import Clock
from tarl.values.metrics import Metrics, Unmeasured
from tarl.values.verdict import Allow, Deny, Hold, Reason, Verdict

APPROVAL_EXPIRES_MS = 7 * 86_400_000
"""A question that nobody has answered in a week is answered with no."""

RECORDS_REMEMBERED = 256
ARGUMENTS_TOLD_MAX = 50
"""Of one refusal."""

NEXT_STEP = (
    "fix the call before anything untrusted is read (ctx.intend), endorse it with a rule"
    " (tarl taint allow), or name people who may approve it (tarl taint set --mode hold)"
)

_ALLOW = Allow()
_LOGGER = logging.getLogger("tarl.taint")


class TaintCourt:
    """Decides about effects of runs that something untrusted has entered.

    Args:
        store: The journal, for approvals and records.
        seen: The same one, as the loop's courts look at it.
        clock: What events are dated by.
        default: The mode of tenants that have set none.
        approvers: Who may approve for tenants that have named nobody.
        metrics: Where decisions are counted.
    """

    def __init__(
        self,
        store: Store,
        *,
        seen: Store,
        clock: Clock,
        default: Mode | None = None,
        approvers: Sequence[str] = (),
        metrics: Metrics = Unmeasured(),  # noqa: B008
    ) -> None:
        self._store = store
        self._settings = TaintSettings(seen, clock=clock)
        self._approvals = Approvals(store)
        self._default = default
        self._approvers = tuple(approvers)
        self._metrics = metrics
        self._uses = Uses(store)
        self._records: OrderedDict[str, Record] = OrderedDict()

    def decide(self, effect: Effect) -> Verdict:
        """The verdict about an effect, at this moment."""
        suspicion = effect.command.suspicion
        if suspicion is None:
            return _ALLOW
        try:
            verdict = self._decided(effect, suspicion)
        except TarlError as error:
            verdict = _deny(error.code, error.message[:500])
        self._metrics.count("taint.decisions", answer=type(verdict).__name__.lower())
        return verdict

    def is_quiet(self, effect: Effect) -> bool:
        """See ``Quiet.is_quiet``: no mark has entered."""
        return effect.command.suspicion is None

    # --- inside

    def _decided(self, effect: Effect, suspicion: Suspicion) -> Verdict:
        settings = self._settings.of(effect.run.tenant)
        if settings.is_unreadable:
            return _deny("taint.unreadable", "the settings of taint are erased: they may forbid it")
        if not _has_side_effects(effect, settings):
            return _ALLOW
        if suspicion.undoes:
            return _allowed("taint.undoes", "it undoes a step that passed")
        if suspicion.intent is not None:
            return _allowed("taint.intended", "the run fixed this call before anything untrusted")
        mode = self._mode(settings, suspicion)
        if mode == "off":
            return _ALLOW
        refused = self._endorsed(effect, settings)
        if isinstance(refused, Allow):
            return refused
        reasons = self._reasons(effect, suspicion, refused)
        if mode == "hold":
            return self._answered(effect, settings, reasons)
        return self._watched(effect, reasons) if mode == "watch" else Deny(reasons)

    def _mode(self, settings: Settings, suspicion: Suspicion) -> Mode:
        chosen = settings.mode or self._default
        if chosen is not None:
            return chosen
        return "deny" if suspicion.mark.said == "declared" else "watch"

    # --- endorsement

    def _endorsed(self, effect: Effect, settings: Settings) -> Allow | Sequence[Reason]:
        """Leave by a rule, or why the rules about such calls do not give it."""
        near: list[Reason] = []
        for rule in settings.rules.values():
            if not rule.is_about(effect.actions, effect.resource):
                continue
            record = self._record(effect)
            wrong = rule.refused(effect.arguments, effect.activity.defaults, record)
            facts = {"rule": rule.id, "by": settings.by.get(rule.id, "")}
            if wrong:
                text = f"rule {rule.id} does not endorse {', '.join(wrong[:10])}"
                near.append(_reason("taint.rule_unfit", text, arguments=list(wrong), **facts))
            elif self._uses.may(rule, effect, record):
                return _allowed("taint.endorsed", f"rule {rule.id} endorses it", **facts)
            else:
                text = f"the run has used rule {rule.id} {rule.times} times"
                near.append(_reason("taint.used_up", text, times=rule.times, **facts))
        return near

    def _record(self, effect: Effect) -> Record:
        stream = effect.run.stream
        record = self._records.get(stream)
        if record is None:
            record = self._records[stream] = record_of(self._store, effect.run)
            while len(self._records) > RECORDS_REMEMBERED:
                self._records.popitem(last=False)
        return record

    # --- refusal

    def _reasons(
        self, effect: Effect, suspicion: Suspicion, near: Sequence[Reason]
    ) -> tuple[Reason, ...]:
        mark, activity = suspicion.mark, effect.activity
        text = (
            f"{activity.name} has side effects, and {mark.source} ({mark.place}) had brought"
            f" untrusted content into the run before it was called: {NEXT_STEP}"
        )
        action = _reason(
            "taint.action",
            text,
            activity=activity.name,
            actions=list(effect.actions),
            source=mark.source,
            place=mark.place,
            said=mark.said,
            next_step=NEXT_STEP,
        )
        record, told = self._record(effect), []
        for name, value in list(effect.arguments.items())[:ARGUMENTS_TOLD_MAX]:
            on_record = record.has(value)
            how = "was on record before, but not for this call" if on_record else "is tainted"
            text = f"the argument {name} {how}"
            told.append(_reason("taint.argument", text, argument=name, on_record=on_record))
        return (action, *told, *_unlike(suspicion.near, effect), *near)

    def _watched(self, effect: Effect, reasons: tuple[Reason, ...]) -> Allow:
        place = f"{effect.run.ref}, step {effect.step}"
        _LOGGER.warning("%s: %s", place, reasons[0].text, extra={"run": effect.run.ref})
        return Allow((_reason("taint.watched", reasons[0].text, **dict(reasons[0].facts)),))

    # --- people

    def _answered(self, effect: Effect, settings: Settings, reasons: tuple[Reason, ...]) -> Verdict:
        """What people said about exactly this call, or whom to ask."""
        approvers = settings.approvers or self._approvers
        if not approvers:
            text = "suspect effects are held for people, and nobody is named who may approve them"
            return Deny((*reasons, _reason("taint.nobody_to_ask", text)))
        needed = settings.needed or len(approvers)
        id = approval_of(effect)
        if self._store.get("approval", id.tenant, id.id) is None:
            return _held(reasons, id.id, approvers, needed)
        approval = self._approvals.get(id)
        request = approval.request
        fits = request.subject == subject_of(effect) and request.needed >= needed
        if not fits or not set(request.named) <= set(approvers):
            text = f"the approval {id.id} is of another effect, or of others than may approve it"
            return Deny((*reasons, _reason("taint.approval", text, approval=id.id)))
        if approval.is_pending:
            return _held(reasons, id.id, approvers, needed)
        if approval.status != "approved":
            text = f"the approval {id.id} is {approval.status}"
            return Deny((*reasons, _reason("taint.approval", text, approval=id.id)))
        return _allowed("taint.approved", f"approved as it is: {id.id}", approval=id.id)


def _has_side_effects(effect: Effect, settings: Settings) -> bool:
    activity = effect.activity
    if activity.pure or activity.is_record:
        return False
    if activity.access == "read":
        return settings.guards_reads and activity.untrusted is not None
    return True


def _unlike(near: Sequence[Intent], effect: Effect) -> list[Reason]:
    """Why the call is none of those that were fixed for its activity."""
    reasons = []
    for intent in near[:10]:
        wrong = intent.refused(effect.arguments)
        if wrong:
            text = f"the call that was fixed differs in {', '.join(wrong[:10])}"
            reasons.append(_reason("taint.not_as_intended", text, arguments=list(wrong)))
        else:
            text = f"the call was fixed {intent.times} times, and has come as often"
            reasons.append(_reason("taint.used_up", text, times=intent.times))
    return reasons


def _held(reasons: tuple[Reason, ...], id: str, approvers: Sequence[str], needed: int) -> Hold:
    facts = {
        "approval": id,
        "approvers": list(approvers),
        "needed": needed,
        "expires_after_ms": APPROVAL_EXPIRES_MS,
    }
    text = f"waits for an approval of exactly this call by {', '.join(approvers)}"
    return Hold((*reasons, _reason("taint.held", text, **facts)), awaits=f"approval:{id}")


def _allowed(code: str, text: str, **facts: Any) -> Allow:
    return Allow((_reason(code, text, **facts),))


def _deny(code: str, text: str, **facts: Any) -> Deny:
    return Deny((_reason(code, text, **facts),))


def _reason(code: str, text: str, **facts: Any) -> Reason:
    return Reason(code=code, text=text, facts=facts)
