"""A journal of the test's own, and a clock that moves when it is told to."""

from __future__ import annotations

from pathlib import Path

import pytest


class HandClock:
    """Milliseconds that stand still until somebody moves them."""

    def __init__(self, now_ms: int = 1_800_000_000_000) -> None:
        self.ms = now_ms

    def now_ms(self) -> int:
        return self.ms

    def forward(self, seconds: float) -> None:
        self.ms += round(seconds * 1_000)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "tarl.db"
