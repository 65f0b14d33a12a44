"""A machine and a stack with their data in the test's own directory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tarl.integrations.orchestration import DeterministicVM, TarlStackBox


@pytest.fixture
def open_vm(tmp_path: Path) -> Callable[[], DeterministicVM]:
    """Opens a machine over the test's journal, as another process would."""
    return lambda: DeterministicVM(tmp_path / "vm")


@pytest.fixture
def vm(open_vm: Callable[[], DeterministicVM]) -> DeterministicVM:
    return open_vm()


@pytest.fixture
def open_stack(tmp_path: Path) -> Callable[[], TarlStackBox]:
    """Opens a stack over the test's journal, as another process would."""
    names = ("vm_data_dir", "recording_dir", "provenance_dir")
    return lambda: TarlStackBox({name: tmp_path / name for name in names})


@pytest.fixture
def stack(open_stack: Callable[[], TarlStackBox]) -> TarlStackBox:
    return open_stack()
