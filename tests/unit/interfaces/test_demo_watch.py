"""The demonstration watches a run that goes on while it is read."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tarl.interfaces.demo import command
from tarl.interfaces.demo.command import _Demo

STEPS = 12


def history() -> list[tuple[Any, dict[str, Any]]]:
    told: list[tuple[str, dict[str, Any]]] = [("run.started/1", {})]
    for step in range(1, STEPS + 1):
        told.append(("step.scheduled/1", {"step": step, "activity": "weigh"}))
        told.append(("step.completed/1", {"step": step}))
    told.append(("run.completed/1", {}))
    return [(SimpleNamespace(kind=kind, seq=n), body) for n, (kind, body) in enumerate(told, 1)]


def test_each_result_is_told_once_though_others_come_between_two_readings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    whole, readings = history(), 0

    def growing(_: _Demo) -> list[tuple[Any, dict[str, Any]]]:
        nonlocal readings
        readings += 1
        return whole[: readings + 1]  # the second reading ends with a result

    monkeypatch.setattr(_Demo, "_events", growing)
    monkeypatch.setattr(command.time, "sleep", lambda _: None)
    demo = _Demo(SimpleNamespace(output=None, as_json=False), tmp_path, pause_ms=0)  # type: ignore[arg-type]
    worker: Any = SimpleNamespace(poll=lambda: None)
    recorded = demo._watch(worker, until_scheduled=None)
    assert recorded.is_closed
    lines = capsys.readouterr().out.splitlines()
    assert lines == [f"  ✓ step {step:>2}  weigh" for step in range(1, STEPS + 1)]
