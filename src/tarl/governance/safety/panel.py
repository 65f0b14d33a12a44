"""Asking guardrails, and doing about what they find what its severity asks for.

1. Guardrails are asked in the order in which they were enabled; those after one that stops the
   effect are not asked.
2. A guardrail that this process does not have, that raises, answers no verdict or takes too long
   denies, with its name. Nothing of what it was asked about stands in the reason.
3. What is not allowed counts by its severity: denied from high on, blocked as well at critical,
   recorded below. What cannot be recorded is denied.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from types import MappingProxyType
from typing import Any, NamedTuple

from tarl.errors import TarlError
from tarl.governance.safety.anomalies import Anomalies
from tarl.governance.safety.guardrails import Asked, Guardrail, Guardrails, On
from tarl.governance.safety.lanes import Answered, Hangs, Lanes
from tarl.governance.safety.ledger import Safety
from tarl.governance.safety.state import Settings
from tarl.governance.safety.watch import severity_word
from tarl.governance.severity import Severity, severity
from tarl.journal.store import Store
from tarl.kernel.effect import Effect
from tarl.values.canonical import encode
from tarl.values.instants import Clock
from tarl.values.metrics import Metrics, Unmeasured
from tarl.values.plain import plain
from tarl.values.verdict import Allow, Deny, Hold, Reason, Verdict

NOTED_REMEMBERED = 4_096
QUICK_CHARS_MAX = 16_384
"""Up to so much text guardrails that are bounded by themselves are called at once; beyond, as all
others: within their time.
"""

BY = "tarl"
"""Who blocks what a guardrail or a watch found."""

_LOGGER = logging.getLogger("tarl.safety")
_BROKEN = frozenset(
    {
        "safety.guardrail_crashed",
        "safety.guardrail_hangs",
        "safety.guardrail_missing",
        "safety.guardrail_no_verdict",
    }
)
"""Refusals of a guardrail that does not work, which count whatever its severity is."""


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


class Panel:
    """The guardrails of one process, over one journal.

    Args:
        store: The journal.
        clock: What time it is.
        guardrails: Those that this process has.
        metrics: Where findings are counted.
    """

    def __init__(
        self,
        store: Store,
        *,
        clock: Clock,
        guardrails: Guardrails,
        metrics: Metrics = Unmeasured(),  # noqa: B008
    ) -> None:
        self._guardrails = guardrails
        self._metrics = metrics
        self.safety = Safety(store, clock=clock, metrics=metrics)
        self._anomalies = Anomalies(store, clock=clock, metrics=metrics)
        self._lanes = Lanes()
        self._noted: OrderedDict[tuple[str, str, tuple[str, int]], None] = OrderedDict()

    def ask(self, effect: Effect, asked: Asked, settings: Settings, *, on: On) -> Verdict:
        """What the enabled guardrails say about a call, or about what came of it."""
        for name, enabled in settings.guardrails.items():
            guardrail = self._guardrails.get(name)
            if guardrail is not None and guardrail.on != on:
                continue
            verdict = self.answer(name, asked)
            if isinstance(verdict, Allow):
                continue
            if guardrail is None or isinstance(verdict, Hold) or is_broken(verdict):
                return verdict
            level = severity(enabled.severity) if enabled.severity else guardrail.severity
            refused = self.found(effect, Hit(_kind(verdict), name, level, verdict.reasons[0]))
            if refused is not None:
                return refused
        return Allow()

    def answer(self, name: str, asked: Asked) -> Verdict:
        """What one guardrail says; a denial where this process does not have it, or where it says
        nothing that can be used.
        """
        guardrail = self._guardrails.get(name)
        if guardrail is None:
            text = f"the guardrail {name} is enabled, and this process does not have it"
            return denial("safety.guardrail_missing", text, guardrail=name)
        return self._answer(guardrail, asked)

    def has_any(self, settings: Settings, *, on: On) -> bool:
        """Whether a guardrail that is asked about that is enabled; one that this process does not
        have may be.
        """
        held = (self._guardrails.get(name) for name in settings.guardrails)
        return any(each is None or each.on == on for each in held)

    def found(self, effect: Effect, hit: Hit) -> Deny | None:
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

    def close(self) -> None:
        """Let the thread of the guardrails end."""
        self._lanes.close()

    # --- inside

    def _answer(self, guardrail: Guardrail, asked: Asked) -> Verdict:
        """What a guardrail says; a denial where it says nothing that can be used."""
        name = guardrail.name
        try:
            answered = self._called(guardrail, asked)
        except Hangs:
            text = f"the guardrail {name} took more than {guardrail.timeout_ms} ms"
            return denial("safety.guardrail_hangs", text, guardrail=name)
        if answered.error is not None:
            kind = type(answered.error).__name__
            _LOGGER.error("the guardrail %s crashed: %s", name, kind)
            text = f"the guardrail {name} crashed: {kind}"
            return denial("safety.guardrail_crashed", text, guardrail=name)
        verdict = answered.value
        if not _is_verdict(verdict):
            text = f"the guardrail {name} answered {type(verdict).__name__}, which is no verdict"
            return denial("safety.guardrail_no_verdict", text, guardrail=name)
        if isinstance(verdict, Deny) and not verdict.reasons:
            text = f"the guardrail {name} denies it"
            return denial("safety.guardrail", text, guardrail=name)
        answer: Verdict = verdict
        return answer

    def _called(self, guardrail: Guardrail, asked: Asked) -> Answered:
        try:
            if guardrail.is_quick and sum(map(len, asked.texts())) <= QUICK_CHARS_MAX:
                return Answered(guardrail.check(asked), None)
        except Exception as error:
            return Answered(None, error)
        return self._lanes.run(
            guardrail.name, lambda: guardrail.check(asked), timeout_ms=guardrail.timeout_ms
        )

    def _block(self, effect: Effect, hit: Hit) -> None:
        self.safety.block_action(
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
        score = facts.get("score")
        confidence = score if isinstance(score, float) and 0 <= score <= 1 else 1.0
        self._anomalies.record(
            hit.kind,
            description=hit.reason.text,
            by=hit.found_by,
            run=effect.run.ref,
            subject=effect.activity.name,
            confidence=confidence,
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
        arguments=MappingProxyType(effect.arguments),  # the courts after this one read them too
        agent="" if effect.acting is None else effect.acting.agent,
        tenant=effect.run.tenant,
        run=effect.run.ref,
        step=effect.step,
    )


def _is_verdict(answer: object) -> bool:
    """Whether an answer is one of the three, with reasons that can be recorded."""
    if not isinstance(answer, Allow | Hold | Deny):
        return False
    try:
        return all(
            isinstance(reason, Reason) and bool(encode(plain(reason.as_data())))
            for reason in answer.reasons
        )
    except (TarlError, TypeError, ValueError):
        return False


def _kind(verdict: Verdict) -> str:
    """The kind of anomaly that a guardrail's refusal is: what its reason's code says of it."""
    code = verdict.reasons[0].code
    return code.removeprefix("safety.found_") if code.startswith("safety.found_") else "guardrail"


def is_broken(verdict: Verdict) -> bool:
    """Whether it is the denial of a guardrail that does not work or is not there."""
    return isinstance(verdict, Deny) and verdict.reasons[0].code in _BROKEN


def denial(code: str, text: str, **facts: Any) -> Deny:
    """A denial with one reason."""
    return Deny((Reason(code=code, text=text, facts=facts),))
