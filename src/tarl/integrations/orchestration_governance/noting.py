"""Anomalies as the classes of this face record them: few in a minute, whatever happens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tarl.governance.safety.anomalies import Anomalies
from tarl.governance.safety.watch import Word
from tarl.integrations.orchestration_extended.place import Place
from tarl.integrations.orchestration_governance.rooms import BY

NOTED_PER_MINUTE = 60
"""Of one kind; what comes beyond is counted, and the next one that is recorded says how many."""

_MINUTE_MS = 60_000


class Notes:
    """Records what was noticed: the same once a minute, and no more than so many.

    Args:
        place: The journal.
    """

    def __init__(self, place: Place) -> None:
        self._place = place
        self._minute = 0
        self._seen: dict[str, set[str]] = {}
        self._left_out: dict[str, int] = {}

    def note(
        self,
        kind: str,
        what: str,
        *,
        description: str,
        confidence: float = 1.0,
        action: str = "recorded",
        severity: Word = "medium",
        run: str = "",
        facts: Mapping[str, Any],
    ) -> None:
        """Record something; ``what`` is the same for what is the same."""
        minute = self._place.now_ms() // _MINUTE_MS
        if minute != self._minute:
            self._minute, self._seen = minute, {}
        seen = self._seen.setdefault(kind, set())
        if what in seen or len(seen) >= NOTED_PER_MINUTE:
            self._left_out[kind] = self._left_out.get(kind, 0) + 1
            return
        seen.add(what)
        left_out = self._left_out.pop(kind, 0)
        with self._place.store() as store:
            Anomalies(store, clock=self._place.clock, metrics=self._place.metrics).record(
                kind,
                description=description,
                by=BY,
                run=run or None,
                confidence=confidence,
                action=action,
                severity=severity,
                facts={**facts, "left_out": left_out} if left_out else facts,
            )
