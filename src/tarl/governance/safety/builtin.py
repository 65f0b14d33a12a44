"""Guardrails that tarl brings. They guard nothing until they are enabled for a tenant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from msgspec.structs import replace

from tarl.governance.safety.guardrails import DECLARED, TIMEOUT_MS_MAX, Asked, Guardrails
from tarl.governance.severity import Severity
from tarl.values.verdict import Allow, Deny, Reason, Verdict

if TYPE_CHECKING:
    from tarl.governance.safety.injection.detector import Channel, Detection

SECRETS, PERSONAL_DATA = "secrets", "personal_data"
PROMPT_INJECTION, INJECTED_RESULT = "prompt_injection", "injected_result"

PART_CHARS = 12_000
"""The detector reads so much of a text whole, and of a longer one the most conspicuous parts."""

PART_OVERLAP_CHARS = 1_000
"""What gives other orders lies whole in one part."""


def secrets(asked: Asked) -> Verdict:
    """Deny calls whose arguments hold keys, tokens or passwords."""
    return _sensitive(asked, "secrets", code="safety.found_secret")


def personal_data(asked: Asked) -> Verdict:
    """Deny calls whose arguments hold personal data."""
    return _sensitive(asked, "personal", code="safety.found_personal_data")


def prompt_injection(asked: Asked) -> Verdict:
    """Deny calls whose arguments try to give a model other orders."""
    return _injected(asked, channel="user")


def injected_result(asked: Asked) -> Verdict:
    """Deny what tools answer if it tries to give a model orders."""
    return _injected(asked, channel="tool_output")


def declared_guardrails() -> Guardrails:
    """Every guardrail of this process, tarl's own among them."""
    for name, check in ((SECRETS, secrets), (PERSONAL_DATA, personal_data)):
        DECLARED.register(check, name=name, timeout_ms=TIMEOUT_MS_MAX, is_quick=True)
    DECLARED.register(
        prompt_injection, name=PROMPT_INJECTION, severity=Severity.HIGH, timeout_ms=TIMEOUT_MS_MAX
    )
    DECLARED.register(injected_result, name=INJECTED_RESULT, timeout_ms=TIMEOUT_MS_MAX, on="result")
    return DECLARED


def _sensitive(asked: Asked, group: str, *, code: str) -> Verdict:
    from tarl.governance.safety.sensitive.classes import expand, find

    classes: Collection[str] = expand([group])
    counted = Counter(found.kind for text in asked.texts() for found in find(text, classes))
    if not counted:
        return Allow()
    listed = ", ".join(f"{kind} ({count})" for kind, count in sorted(counted.items()))
    text = f"the call of {asked.activity} holds what is sensitive: {listed}"
    return Deny((Reason(code=code, text=text, facts={"classes": dict(sorted(counted.items()))}),))


def _parts(text: str) -> Iterator[str]:
    """A text in parts that the detector reads whole; a text too long for the time limit is denied
    for that.
    """
    for start in range(0, max(1, len(text) - PART_OVERLAP_CHARS), PART_CHARS - PART_OVERLAP_CHARS):
        yield text[start : start + PART_CHARS]


def detections(text: str, *, channel: Channel) -> Iterator[Detection]:
    """What the injection detector says of each part of a text, which it reads whole; the spans are
    places in the text.
    """
    from tarl.governance.safety.injection.detector import detect

    for number, part in enumerate(_parts(text)):
        found = detect(part, channel=channel)
        before = number * (PART_CHARS - PART_OVERLAP_CHARS)
        spans = tuple(
            replace(span, start=span.start + before, end=span.end + before) for span in found.spans
        )
        yield replace(found, spans=spans)


def _injected(asked: Asked, *, channel: Channel) -> Verdict:
    for found in (found for text in asked.texts() for found in detections(text, channel=channel)):
        if found.flagged:
            told = f"a text of {asked.activity} tries to give a model other orders"
            facts = {"score": round(found.score, 4), "channel": channel, "model": found.model}
            reason = Reason(code="safety.found_prompt_injection", text=told, facts=facts)
            return Deny((reason,))
        if found.unread:
            text = f"a text of {asked.activity} hides more than can be read"
            return Deny((Reason(code="safety.found_unreadable_text", text=text),))
    return Allow()
