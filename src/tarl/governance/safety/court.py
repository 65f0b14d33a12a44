"""The court of safety: what is blocked, watched and guarded, at the moment of the effect.

It fills the kernel's port ``Gate``. Where a tenant has no safety settings it allows at once; what
is set is read again when anybody, in any process, has changed it.

1. Every call counts for the watches, whatever comes of it.
2. What is blocked is denied first; then the watches speak, then the guardrails in the order in
   which they were enabled, and those after one that stops the effect are not asked.
3. A guardrail that this process does not have, that raises, answers no verdict or takes too long
   denies, with its name. Nothing of what it was asked about stands in the reason.
4. What is not allowed counts by its severity: denied from high on, blocked as well at critical,
   recorded below. What cannot be recorded is denied.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from tarl.errors import TarlError
from tarl.governance.safety.anomalies import Anomalies
from tarl.governance.safety.calls import Calls
from tarl.governance.safety.guardrails import Asked, Guardrail, Guardrails
from tarl.governance.safety.lanes import Answered, Hangs, Lanes
from tarl.governance.safety.ledger import Clock, Safety
from tarl.governance.safety.state import Block, Settings
from tarl.governance.safety.watch import KEYS_MAX, Full, Over, Watch, matches, severity_word
from tarl.governance.severity import Severity, severity
from tarl.journal.store import Store
from tarl.kernel.effect import Effect
from tarl.values.metrics import Metrics, Unmeasured
from tarl.values.verdict import Allow, Deny, Hold, Reason, Verdict

NOTED_REMEMBERED = 4_096
TENANTS_REMEMBERED = 256
BY = "tarl"
"""Who blocks and notes what a guardrail or a watch found."""

KINDS: Mapping[str, str] = {"calls": "tool_abuse", "loop": "loop", "spend": "cost_spike"}
"""Kinds of anomalies, by kinds of watches."""

_LOGGER = logging.getLogger("tarl.safety")


class Hit(NamedTuple):
    """Something that is not in order with an effect.

    ``agent`` is whose action is blocked if it comes to that. ``seen`` is what tells one finding of
    a watch from the next; those of guardrails are told by the step.
    """

    kind: str
    found_by: str
    severity: Severity
    reason: Reason
    agent: str = "*"
    seen: tuple[str, int] | None = None


class SafetyCourt:
    """Decides about effects by the safety settings of the run's tenant.

    Args:
        store: The journal, as the loop's courts look at it.
        clock: What time it is.
        guardrails: Those that this process has.
        metrics: Where decisions are counted.
    """

    def __init__(
        self,
        store: Store,
        *,
        clock: Clock,
        guardrails: Guardrails,
        metrics: Metrics = Unmeasured(),  # noqa: B008
    ) -> None:
        self._store = store
        self._clock = clock
        self._guardrails = guardrails
        self._metrics = metrics
        self._safety = Safety(store, clock=clock, metrics=metrics)
        self._anomalies = Anomalies(store, clock=clock, metrics=metrics)
        self._lanes = Lanes()
        self._calls: dict[str, tuple[dict[str, Watch], Calls]] = {}
        self._blocks: dict[str, _Blocks] = {}
        self._noted: OrderedDict[tuple[str, str, tuple[str, int]], None] = OrderedDict()

    def decide(self, effect: Effect) -> Verdict:
        """The verdict about an effect, at this moment."""
        tenant = effect.run.tenant
        try:
            settings = self._safety.settings(tenant=tenant)
            if settings.guards_nothing:
                return Allow()
            verdict = self._decided(effect, settings)
        except TarlError as error:
            verdict = _deny(error.code, error.message[:500])
        answer = type(verdict).__name__.lower()
        self._metrics.count("safety.decisions", answer=answer)
        return verdict

    def close(self) -> None:
        """Let the thread of the guardrails end."""
        self._lanes.close()

    # --- inside

    def _decided(self, effect: Effect, settings: Settings) -> Verdict:
        if settings.is_unreadable:
            return _deny("safety.unreadable", "the safety settings are erased: they may forbid it")
        overs = self._over(effect, settings) if settings.watches else ()
        if isinstance(overs, Deny):
            return overs
        blocked = self._blocked(effect, settings.blocks) if settings.blocks else None
        if blocked is not None:
            return blocked
        for over in overs:
            refused = self._found(effect, _hit(over, effect.command.at_ms))
            if refused is not None:
                return refused
        return self._guarded(effect, settings) if settings.guardrails else Allow()

    def _blocked(self, effect: Effect, blocks: Mapping[str, Block]) -> Deny | None:
        """The denial of what is blocked."""
        known = self._blocks.get(effect.run.tenant)
        if known is None or known.blocks is not blocks:
            if len(self._blocks) >= TENANTS_REMEMBERED:
                self._blocks.clear()
            known = self._blocks[effect.run.tenant] = _Blocks(blocks)
        block = known.about(effect)
        if block is None:
            return None
        said = block.said
        text = f"{said.action} is blocked ({block.id}): {said.reason or 'no reason is given'}"
        facts = {"block": block.id, "by": said.by, "found_by": said.found_by}
        return _deny("safety.blocked", text, **facts)

    def _over(self, effect: Effect, settings: Settings) -> Sequence[Over] | Deny:
        tenant = effect.run.tenant
        known, calls = self._calls.get(tenant, (None, None))
        now_ms = self._clock.now_ms()
        if calls is None or known is not settings.watches:
            if calls is None or known != settings.watches:
                if len(self._calls) >= TENANTS_REMEMBERED:
                    self._calls.clear()
                calls = Calls(self._store, tenant, settings.watches.values(), now_ms)
            self._calls[tenant] = settings.watches, calls
        try:
            return calls.over(effect, now_ms)
        except Full:
            text = f"more than {KEYS_MAX} runs or agents at once: the watches cannot count them"
            return _deny("safety.watch_full", text)

    def _guarded(self, effect: Effect, settings: Settings) -> Verdict:
        asked = asked_about(effect)
        for name, enabled in settings.guardrails.items():
            guardrail = self._guardrails.get(name)
            if guardrail is None:
                text = f"the guardrail {name} is enabled, and this process does not have it"
                return _deny("safety.guardrail_missing", text, guardrail=name)
            verdict = self._answer(guardrail, asked)
            if isinstance(verdict, Allow):
                continue
            if isinstance(verdict, Hold) or verdict.reasons[0].code in _BROKEN:
                return verdict
            level = severity(enabled.severity) if enabled.severity else guardrail.severity
            hit = Hit(guardrail_kind(verdict), name, level, verdict.reasons[0])
            refused = self._found(effect, hit)
            if refused is not None:
                return refused
        return Allow()

    def _answer(self, guardrail: Guardrail, asked: Asked) -> Verdict:
        """What a guardrail says; a denial where it says nothing that can be used."""
        name = guardrail.name
        try:
            answered = self._called(guardrail, asked)
        except Hangs:
            text = f"the guardrail {name} took more than {guardrail.timeout_ms} ms"
            return _deny("safety.guardrail_hangs", text, guardrail=name)
        if answered.error is not None:
            kind = type(answered.error).__name__
            _LOGGER.error("the guardrail %s crashed: %s", name, kind)
            text = f"the guardrail {name} crashed: {kind}"
            return _deny("safety.guardrail_crashed", text, guardrail=name)
        verdict = answered.value
        if not isinstance(verdict, Verdict) or type(verdict) is Verdict:
            text = f"the guardrail {name} answered {type(verdict).__name__}, which is no verdict"
            return _deny("safety.guardrail_no_verdict", text, guardrail=name)
        if isinstance(verdict, Deny) and not verdict.reasons:
            text = f"the guardrail {name} denies it"
            return _deny("safety.guardrail", text, guardrail=name)
        return verdict

    def _called(self, guardrail: Guardrail, asked: Asked) -> Answered:
        if guardrail.is_quick:
            try:
                return Answered(guardrail.check(asked), None)
            except Exception as error:
                return Answered(None, error)
        return self._lanes.run(
            guardrail.name, lambda: guardrail.check(asked), timeout_ms=guardrail.timeout_ms
        )

    def _found(self, effect: Effect, hit: Hit) -> Verdict | None:
        """Do about a hit what its severity asks for; the denial, if it comes to one."""
        stops = hit.severity >= Severity.HIGH
        blocks = hit.severity is Severity.CRITICAL
        action = "blocked" if blocks else "denied" if stops else "recorded"
        self._metrics.count("safety.hits", found_by=hit.found_by, severity=hit.severity.word)
        if blocks:
            self._block(effect, hit)
        key = (effect.run.tenant, hit.found_by, hit.seen or (effect.run.stream, effect.step))
        if key not in self._noted:
            self._note(effect, hit, action=action)
            self._noted[key] = None
            if len(self._noted) > NOTED_REMEMBERED:
                self._noted.popitem(last=False)
        if not stops:
            return None
        reason, word = hit.reason, hit.severity.word
        facts = {**reason.facts, "found_by": hit.found_by, "severity": word}
        return Deny((Reason(code=reason.code, text=reason.text, facts=facts),))

    def _block(self, effect: Effect, hit: Hit) -> None:
        self._safety.block_action(
            effect.activity.name,
            by=BY,
            agent=hit.agent,
            severity=hit.severity.word,
            reason=hit.reason.text[:500],
            found_by=hit.found_by,
            tenant=effect.run.tenant,
        )

    def _note(self, effect: Effect, hit: Hit, *, action: str) -> None:
        facts: dict[str, Any] = {**hit.reason.facts, "step": effect.step}
        confidence = facts.get("score", 1.0)
        self._anomalies.record(
            hit.kind,
            description=hit.reason.text,
            by=hit.found_by,
            run=effect.run.ref,
            subject=effect.activity.name,
            confidence=confidence if isinstance(confidence, float) else 1.0,
            action=action,
            severity=severity_word(hit.severity.word),
            facts=facts,
            tenant=effect.run.tenant,
        )


def asked_about(effect: Effect) -> Asked:
    """An effect as guardrails see it."""
    return Asked(
        activity=effect.activity.name,
        actions=effect.actions,
        arguments=effect.arguments,
        agent="" if effect.acting is None else effect.acting.agent,
        tenant=effect.run.tenant,
        run=effect.run.ref,
        step=effect.step,
    )


def guardrail_kind(verdict: Verdict) -> str:
    """The kind of anomaly that a guardrail's refusal is: what its reason's code says of it."""
    code = verdict.reasons[0].code
    return code.removeprefix("safety.found_") if code.startswith("safety.found_") else "guardrail"


class _Blocks:
    """Blocks by what they are about, for those that name it whole; the others in a row."""

    def __init__(self, blocks: Mapping[str, Block]) -> None:
        self.blocks = blocks
        self._named: dict[str, list[Block]] = {}
        self._starred: list[Block] = []
        for block in blocks.values():
            if block.said.action.endswith("*"):
                self._starred.append(block)
            else:
                self._named.setdefault(block.said.action, []).append(block)

    def about(self, effect: Effect) -> Block | None:
        """A block of an effect."""
        agent = "" if effect.acting is None else effect.acting.agent
        for name in (effect.activity.name, *effect.actions):
            for block in self._named.get(name, ()):
                if matches(block.said.agent, agent):
                    return block
            for block in self._starred:
                if matches(block.said.action, name) and matches(block.said.agent, agent):
                    return block
        return None


def _hit(over: Over, at_ms: int) -> Hit:
    """What a watch found; noted once in each of its windows."""
    watch, kind = over.watch, KINDS[over.watch.kind]
    agent = over.key if watch.per == "agent" and over.key else "*"
    reason = Reason(code=f"safety.{kind}", text=over.text, facts=dict(over.facts))
    level, seen = severity(watch.severity), (over.key, at_ms // watch.window_ms)
    return Hit(kind, f"watch:{watch.name}", level, reason, agent, seen)


_BROKEN = frozenset(
    {"safety.guardrail_hangs", "safety.guardrail_crashed", "safety.guardrail_no_verdict"}
)
"""Refusals of a guardrail that does not work, which count whatever its severity is."""


def _deny(code: str, text: str, **facts: Any) -> Deny:
    return Deny((Reason(code=code, text=text, facts=facts),))
