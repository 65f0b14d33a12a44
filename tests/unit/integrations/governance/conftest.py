"""A journal of the test's own, and a clock that moves when it is told to.

Where a test asks for nothing that opens the journal once more, it is in memory.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import pytest
from tests.unit.integrations.extended.conftest import HandClock

M = TypeVar("M")


def made(cls: type[M], request: pytest.FixtureRequest) -> M:
    """An object over the test's journal, with the test's clock."""
    on_disk = "journal" in request.fixturenames
    journal: Any = request.getfixturevalue("journal") if on_disk else None
    make: Any = cls
    manager: M = make(None, journal=journal, clock=request.getfixturevalue("clock"))
    return manager


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "tarl.db"
