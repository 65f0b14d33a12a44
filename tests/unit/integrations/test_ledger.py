"""Ledger: one file for many writers, opened late, closed in time."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
import weakref
from pathlib import Path

import pytest

from tarl.errors import Corrupt
from tarl.integrations.orchestration import CapabilityEngine, TarlStackBox
from tarl.integrations.orchestration.ledger import Ledger, body_of

WRITER = """
import sys
from pathlib import Path
from tarl.integrations.orchestration.ledger import Ledger
ledger = Ledger(Path(sys.argv[1]))
for n in range(20):
    ledger.append("orchestration/default/x", "x/1", {"n": n})
"""


def test_threads_and_processes_append_to_one_stream(tmp_path: Path) -> None:
    path = tmp_path / "tarl.db"
    ledger = Ledger(path)
    command = [sys.executable, "-c", WRITER, str(path)]
    processes = [subprocess.Popen(command) for _ in range(2)]

    def write() -> None:
        for n in range(20):
            ledger.append("orchestration/default/x", "x/1", {"n": n})

    threads = [threading.Thread(target=write) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [process.wait(timeout=60) for process in processes] == [0, 0]
    events = ledger.read("orchestration/default/x")
    assert [event.seq for event in events] == list(range(1, 101))
    assert sorted(body_of(event)["n"] for event in events) == sorted(list(range(20)) * 5)


def test_a_body_that_is_not_json_writes_nothing(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "tarl.db")
    with pytest.raises(TypeError):
        ledger.append("orchestration/default/x", "x/1", {"n": object()})
    assert ledger.streams("") == []


def test_the_file_is_closed_when_nobody_holds_the_ledger(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "tarl.db")
    store = weakref.ref(ledger.store)
    del ledger
    gc.collect()
    assert store() is None


def test_leftovers_do_not_make_a_construction_fail(tmp_path: Path) -> None:
    for name in ("tarl.db", "vm/vm_state.json", "recordings/r.json"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("not what it should be " * 100)
    stack = TarlStackBox({"vm_data_dir": tmp_path / "vm", "recording_dir": tmp_path / "recordings"})
    with pytest.raises(Corrupt):
        stack.get_full_status()
    assert (tmp_path / "tarl.db").read_text().startswith("not what it should be")


def test_without_a_place_it_is_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    CapabilityEngine().check_capability("X", {})
    assert [p for p in tmp_path.iterdir() if p.name != ".tarl"] == []
