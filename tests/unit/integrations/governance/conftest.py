"""A journal of the test's own, and a clock that moves when it is told to."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.integrations.extended.conftest import HandClock


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "tarl.db"
