"""Taking sensitive values out of what is recorded and shown.

A value becomes a mark such as ``[redacted:email:k3f9q2ma]``. What stands at the end is a keyed
digest of the value (HMAC-SHA256, 40 bits) under a key of the run, derived from one that lies beside
the operator's keys and never in the journal: equal values have equal marks within a run, whoever
goes on with it, and nobody who reads the journal alone can try values until one fits.

1. What the workflow sees is what is recorded, live and replayed alike.
2. Of the value nothing is recorded: not in events, blobs, logs, metrics or reasons.
3. What cannot be screened (settings that cannot be read, a class that is none) is not recorded.
4. Taking out twice gives what taking out once gave.
"""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Callable, Collection, Mapping
from hashlib import sha256
from typing import Any

import msgspec

from tarl.errors import Denied, Exceeded, TarlError
from tarl.governance.safety.guardrails import TEXT_DEPTH_MAX, Asked
from tarl.governance.safety.panel import Panel, asked_about
from tarl.governance.safety.sensitive.classes import expand, find
from tarl.governance.safety.sensitive.personal import is_card
from tarl.governance.safety.sensitive.secrets import is_secret, names_secret
from tarl.governance.safety.state import Settings
from tarl.governance.safety.watch import matches
from tarl.kernel.definition import Activity
from tarl.kernel.effect import Effect
from tarl.values.canonical import encode
from tarl.values.ids import RunId
from tarl.values.metrics import Metrics, Unmeasured
from tarl.values.verdict import Allow

MARK_BYTES = 5
"""Of the digest: 40 bits, eight letters; a million different values of a run, and two of them share
a mark with even odds.
"""

WITHHELD = "the error's text is withheld: the safety settings cannot be read"

Mark = Callable[[str, str], str]
"""What stands for a value of a class."""

_MARKED = re.compile(r"(\[redacted:[a-z_]{1,20}:[a-z2-7]{8}\])")
_SPACING = str.maketrans("", "", " -./()")


def marks(key: bytes, run: str) -> Mark:
    """The marks of a run."""
    run_key = hmac.digest(key, b"tarl.redaction/1\0" + run.encode(), sha256)

    def mark(kind: str, value: str) -> str:
        same = value.lower() if kind == "email" else value
        same = value.translate(_SPACING).upper() if kind in ("iban", "card", "phone") else same
        told = f"{kind}\0{same}".encode("utf-8", "surrogatepass")
        digest = hmac.digest(run_key, told, sha256)[:MARK_BYTES]
        return f"[redacted:{kind}:{base64.b32encode(digest).decode().lower()}]"

    return mark


def redact_text(text: str, classes: Collection[str], mark: Mark) -> str:
    """A text without the values of some classes; marks in it stay."""
    if "[redacted:" in text:
        parts = _MARKED.split(text)
        parts[::2] = [_redacted(part, classes, mark) for part in parts[::2]]
        return "".join(parts)
    return _redacted(text, classes, mark)


def _redacted(text: str, classes: Collection[str], mark: Mark) -> str:
    found = find(text, classes)
    if not found:
        return text
    parts, at = [], 0
    for each in found:
        parts += [text[at : each.start], mark(each.kind, each.value)]
        at = each.end
    return "".join([*parts, text[at:]])


def redact_value(value: Any, classes: Collection[str], mark: Mark, depth: int = 0) -> Any:
    """A JSON value without the values of some classes: in texts, in names of members, in numbers
    that are cards', and under names of secrets.

    Raises:
        Exceeded: it is nested deeper than anything is read (``safety.too_deep``).
    """
    if depth > TEXT_DEPTH_MAX:
        raise Exceeded(
            f"a value is nested deeper than {TEXT_DEPTH_MAX}, and cannot be screened",
            code="safety.too_deep",
            next_step="return flatter values",
        )
    if isinstance(value, str):
        return redact_text(value, classes, mark)
    if isinstance(value, dict):
        return {
            redact_text(name, classes, mark): _member(name, held, classes, mark, depth + 1)
            for name, held in value.items()
        }
    if isinstance(value, list):
        return [redact_value(held, classes, mark, depth + 1) for held in value]
    if type(value) is int and "card" in classes and value >= 10**13 and is_card(str(value)):
        return mark("card", str(value))
    return value


def redact_json(data: bytes, classes: Collection[str], mark: Mark) -> bytes:
    """Canonical JSON without the values of some classes; the same bytes where there are none."""
    value = msgspec.json.decode(data)
    shown = redact_value(value, classes, mark)
    return data if shown == value else encode(shown)


def _member(name: str, held: Any, classes: Collection[str], mark: Mark, depth: int) -> Any:
    if isinstance(held, str) and "password" in classes and "[redacted:" not in held:
        kind = names_secret(name)
        if kind and is_secret(kind, held, is_quoted=True):
            return mark("password", held)
    return redact_value(held, classes, mark, depth)


class Redactor:
    """Fills the kernel's port ``Screen`` by the safety settings of a run's tenant, and asks the
    guardrails that are about results.

    Args:
        panel: The guardrails, and the settings.
        key: The key of marks, read when it is first needed.
        metrics: Where what is taken out is counted.
    """

    def __init__(
        self,
        panel: Panel,
        *,
        key: Callable[[], bytes],
        metrics: Metrics = Unmeasured(),  # noqa: B008
    ) -> None:
        self._panel = panel
        self._read_key = key
        self._key: bytes | None = None
        self._metrics = metrics

    def screens(self, effect: Effect) -> bool:
        """See ``Screen.screens``."""
        settings, activity = self._panel.safety.settings(tenant=effect.run.tenant), effect.activity
        if settings.is_unreadable:
            return True
        if settings.guardrails and self._panel.has_any(settings, on="result"):
            return True
        if not (settings.redactions or activity.redact):
            return False  # as nearly always: nothing is set
        return bool(_classes(settings, activity.name, activity.redact))

    def input(self, run: RunId, workflow: str, data: bytes) -> bytes:
        """See ``Screen.input``."""
        return self._shown(run, data, _classes(self._settings(run.tenant), workflow))

    def arguments(self, run: RunId, activity: Activity[..., object], data: bytes) -> bytes:
        """See ``Screen.arguments``."""
        return self._shown(run, data, expand(activity.redact))

    def result(self, effect: Effect, data: bytes) -> bytes:
        """See ``Screen.result``.

        Raises:
            Denied: a guardrail does not let it pass (``safety.result``), or the settings are erased
                (``safety.unreadable``).
            Invalid: the activity declares a class that is none (``safety.class``).
        """
        settings, activity = self._settings(effect.run.tenant), effect.activity
        if not (settings.redactions or settings.guardrails or activity.redact):
            return data  # as nearly always: nothing is set
        if settings.guardrails and self._panel.has_any(settings, on="result"):
            self._guarded(effect, data, settings)
        return self._shown(effect.run, data, _classes(settings, activity.name, activity.redact))

    def message(self, effect: Effect, text: str) -> str:
        """See ``Screen.message``."""
        activity = effect.activity
        try:
            settings = self._settings(effect.run.tenant)
            classes = _classes(settings, activity.name, activity.redact)
            return redact_text(text, classes, self._mark(effect.run)) if classes else text
        except TarlError:  # why it failed is told; what it said may be what is to be kept back
            return WITHHELD

    # --- inside

    def _settings(self, tenant: str) -> Settings:
        settings = self._panel.safety.settings(tenant=tenant)
        if settings.is_unreadable:
            raise Denied(
                "the safety settings are erased: they may say that it is not to be recorded",
                code="safety.unreadable",
                next_step="work for another tenant: this one was erased",
                tenant=tenant,
            )
        return settings

    def _shown(self, run: RunId, data: bytes, classes: Collection[str]) -> bytes:
        return redact_json(data, classes, self._mark(run)) if classes else data

    def _mark(self, run: RunId) -> Mark:
        if self._key is None:
            self._key = self._read_key()
        mark = marks(self._key, run.stream)

        def counted(kind: str, value: str) -> str:
            self._metrics.count("safety.redacted", kind=kind)
            return mark(kind, value)

        return counted

    def _guarded(self, effect: Effect, data: bytes, settings: Settings) -> None:
        asked: Asked = msgspec.structs.replace(
            asked_about(effect), result=msgspec.json.decode(data)
        )
        verdict = self._panel.ask(effect, asked, settings, on="result")
        if not isinstance(verdict, Allow):
            reason = verdict.reasons[0]
            raise Denied(
                f"what {effect.activity.name} answered is withheld: {reason.text}",
                code="safety.result",
                next_step="tarl safety anomalies says what was found",
                reasons=[each.as_data() for each in verdict.reasons],
            )


def _classes(settings: Settings, name: str, declared: tuple[str, ...] = ()) -> frozenset[str]:
    """The classes that are taken out of what a tool of that name answers."""
    found: set[str] = set(expand(declared)) if declared else set()
    rules: Mapping[str, tuple[str, ...]] = settings.redactions
    if name in rules:
        found.update(rules[name])
    for pattern, classes in rules.items():
        if pattern.endswith("*") and matches(pattern, name):
            found.update(classes)
    return frozenset(found)
