"""What the tests of notices stand on: a notice, and a notifier that says what it was told."""

from __future__ import annotations

from typing import Any

from tarl.errors import Unavailable
from tarl.planning.notices.notice import Notice, NoticeKind

START_MS = 1_750_000_000_000
MINUTE_MS = 60_000
HOUR_MS = 3_600_000


def notice(text: str = "Prices rose.", **changes: Any) -> Notice:
    given: dict[str, Any] = {
        "kind": NoticeKind.DRIFT,
        "about": "plan-1",
        "title": "Planned anew: run the dishwasher",
        "text": text,
        "created_ms": START_MS,
    }
    return Notice(**{**given, **changes})


class Told:
    """Keeps what it is told, after it has failed as often as it is to."""

    def __init__(self, name: str = "told", *, failures: int = 0) -> None:
        self.name = name
        self.failures = failures
        self.notices: list[Notice] = []

    async def notify(self, notice: Notice) -> None:
        if self.failures:
            self.failures -= 1
            raise Unavailable("nobody listens", code="notice.undelivered")
        self.notices.append(notice)

    @property
    def texts(self) -> list[str]:
        return [notice.text for notice in self.notices]
