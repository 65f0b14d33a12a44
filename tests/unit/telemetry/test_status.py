"""The snapshot of a journal: what sections gather, and what happens where they cannot."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from tests.unit.routing.parts import HandClock, HandUptime

from tarl.errors import Corrupt
from tarl.interfaces.cli.output import Output
from tarl.interfaces.cli.snapshots import show
from tarl.journal.codec import Codec
from tarl.journal.memory import MemoryStore
from tarl.journal.store import Batch, Checkpoint, Store
from tarl.journal.writer import StreamWriter
from tarl.routing.router import Router
from tarl.routing.uptime import Mark
from tarl.storage import COORDINATIONS, PROJECTIONS, open_store
from tarl.telemetry.files import bytes_text, files_data
from tarl.telemetry.sections import SECTIONS
from tarl.telemetry.status import Reading, Section, ago_text, take_snapshot
from tarl.values.canonical import encode
from tarl.work.queue.queue import TaskQueue
from tarl.work.timers.ledger import Request, Timers

NOW_MS = 1_800_000_000_000


def memory() -> MemoryStore:
    return MemoryStore(origin="tarl/test", projections=PROJECTIONS, coordinations=COORDINATIONS)


def reading(store: Store, **more: object) -> Reading:
    return Reading(store=store, now_ms=NOW_MS, mark=Mark("first", 1_000_000), **more)  # type: ignore[arg-type]


def run(store: Store, id: str, *steps: tuple[str, dict[str, object]], at_ms: int = NOW_MS) -> None:
    """A run with these events after its start."""
    writer = StreamWriter(f"run/default/{id}/1", tenant="default", codec=Codec())
    start = {"code": "c", "input": None, "seed": "00", "workflow": "w"}
    rows = [writer.append("run.started/1", encode(start), at_ms=at_ms)]
    rows += [writer.append(kind, encode(body), at_ms=at_ms) for kind, body in steps]
    store.commit(Batch(rows))


def scheduled(step: int, activity: str = "pay") -> tuple[str, dict[str, object]]:
    return "step.scheduled/1", {"activity": activity, "args": [], "step": step}


def filled(store: Store) -> Store:
    """A journal with something in each section."""
    run(store, "over", scheduled(1), ("run.completed/1", {"result": 1}))
    run(store, "broken", ("run.failed/1", {"error": {"type": "E", "message": "m", "id": "i"}}))
    run(
        store,
        "open",
        scheduled(1),
        scheduled(2),
        ("step.completed/1", {"result": 1, "step": 1}),
        ("step.attempt_failed/1", {"attempt": 1, "error": {}, "step": 2, "wait_ms": 5}),
        ("timer.started/1", {"delay_ms": 4_000, "timer": 1}),
        ("timer.started/1", {"delay_ms": 90_000, "timer": 2}),
        ("timer.started/1", {"delay_ms": 1, "timer": 3}),
        ("timer.cancelled/1", {"timer": 3}),
        at_ms=NOW_MS - 5_000,
    )
    clock, ids = HandClock(NOW_MS), iter(range(100))
    queue = TaskQueue(store, "mail", clock=clock, draw_id=lambda: f"t{next(ids)}")
    for number in range(3):
        queue.enqueue("send", number)
    timers = Timers(store, clock=clock)
    timers.set(Request(timer_id="soon", handler="h", due_at_ms=NOW_MS - 3_000))
    router = Router(store, clock=clock, uptime=HandUptime())
    router.nodes.register("a", capabilities=["ml"], max_load=2)
    router.nodes.register("b", heartbeat_ms=50)
    router.nodes.drain("b")
    router.route("job", task="t")
    store.keep_checkpoint(Checkpoint(4, "note", NOW_MS - 120_000, False), [])
    return store


def test_an_empty_journal_has_every_section() -> None:
    snapshot = take_snapshot(reading(memory()), SECTIONS)
    assert snapshot.absent == ()
    assert list(snapshot.sections) == [section.name for section in SECTIONS]
    assert all("error" not in data for data in snapshot.sections.values())
    json.dumps(snapshot.as_data(), allow_nan=False)


def test_sections_say_what_there_is() -> None:
    found = take_snapshot(reading(filled(memory())), SECTIONS).sections
    assert found["runs"]["by_status"] == {"running": 1, "completed": 1, "failed": 1}
    assert [one["run"] for one in found["runs"]["running"]] == ["open/1"]
    assert found["open"] == {
        "steps": 1,
        "steps_by_activity": {"pay": 1},
        "oldest_step_age_ms": 5_000,
        "timers": 2,
        "timers_overdue": 1,
        "next_timer_due_at_ms": NOW_MS - 1_000,
        "runs_looked_into": 1,
        "is_partial": False,
    }
    assert found["queues"]["by_queue"]["mail"]["waiting"] == 3
    assert found["dead_letters"] == {"by_queue": {}}
    assert found["timers"]["by_status"] == {"pending": 1}
    assert found["timers"]["latest_by_ms"] == 3_000
    assert found["nodes"]["by_state"] == {"active": 1, "draining": 1}
    assert found["nodes"]["assignments"] == 1
    assert found["checkpoints"]["size"] == 4
    assert found["checkpoints"]["age_ms"] == 120_000
    assert found["checkpoints"]["events_unsigned"] == found["journal"]["events"] - 4


def test_runs_that_nobody_drives_are_interrupted() -> None:
    store = memory()
    run(store, "driven")
    run(store, "left")
    found = take_snapshot(
        reading(store, is_owned=lambda stream: "driven" in stream), SECTIONS
    ).sections["runs"]
    assert found["by_status"] == {"running": 1, "interrupted": 1}
    assert {one["run"]: one["status"] for one in found["running"]} == {
        "driven/1": "running",
        "left/1": "interrupted",
    }


def test_open_steps_are_looked_for_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tarl.telemetry.sections.EVENTS_READ_MAX", 5)
    store = memory()
    for number in range(4):
        run(store, f"r{number}", scheduled(1), scheduled(2), at_ms=NOW_MS - number)
    found = take_snapshot(reading(store), SECTIONS).sections["open"]
    assert found["is_partial"]
    assert found["runs_looked_into"] == 2
    assert found["steps"] == 3


def test_a_journal_without_a_room_s_tables_has_no_section_of_it() -> None:
    store = MemoryStore(origin="tarl/test", projections=PROJECTIONS[:1])
    snapshot = take_snapshot(reading(store), SECTIONS)
    assert set(snapshot.absent) == {
        "queues",
        "dead_letters",
        "leases",
        "timers",
        "schedules",
        "approvals",
        "tenants",
        "nodes",
    }
    assert "runs" in snapshot.sections


def test_a_file_without_a_room_s_tables_can_be_looked_at(tmp_path: Path) -> None:
    """As one is that an older version wrote and that cannot be written now."""
    store = open_store(tmp_path / "j.db")
    for table in ("node", "durable_timer"):
        store._store._writer.execute(f"DROP TABLE {table}")
    snapshot = take_snapshot(reading(store), SECTIONS)
    assert set(snapshot.absent) == {"timers", "nodes"}
    assert all("error" not in data for data in snapshot.sections.values())
    store.close()


def test_a_section_that_cannot_be_gathered_says_why() -> None:
    def gather(reading: Reading) -> dict[str, object]:
        raise Corrupt("the table is broken", code="journal.corrupt")

    broken = Section(name="broken", gather=gather, summary=lambda data: "never")
    whole = Section(name="whole", gather=lambda reading: {"n": 1}, summary=lambda data: "one")
    snapshot = take_snapshot(reading(memory()), (broken, whole))
    assert snapshot.sections["broken"]["error"]["code"] == "journal.corrupt"
    assert snapshot.summaries == {
        "broken": "cannot be read: the table is broken",
        "whole": "one",
    }


def test_everything_is_read_at_one_moment(tmp_path: Path) -> None:
    """A commit between two sections is seen by neither."""
    path = tmp_path / "j.db"
    store, other = open_store(path), open_store(path)

    def interfering(reading: Reading) -> dict[str, object]:
        before = reading.store.log_size()
        run(other, "meanwhile")
        return {"before": before}

    sections = (
        Section(name="one", gather=interfering, summary=lambda data: None),
        Section(
            name="two",
            gather=lambda reading: {"after": reading.store.count("run")},
            summary=lambda data: None,
        ),
    )
    snapshot = take_snapshot(reading(store), sections)
    assert snapshot.sections == {"one": {"before": 0}, "two": {"after": 0}}
    assert store.revision() != snapshot.revision
    assert take_snapshot(reading(store), sections[1:]).sections == {"two": {"after": 1}}
    store.close()
    other.close()


def test_files_and_their_sizes(tmp_path: Path) -> None:
    path = tmp_path / "j.db"
    path.write_bytes(b"x" * 10)
    path.with_name("j.db-wal").write_bytes(b"x" * 2_048)
    data = files_data(reading(memory(), path=path))
    assert data["sizes"] == {"j.db": 10, "j.db-wal": 2_048}
    assert data["disk_free_bytes"] > 0
    gone = files_data(reading(memory(), path=tmp_path / "no" / "j.db"))
    assert gone == {"sizes": {}, "disk_free_bytes": None}


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (1_023, "1023 B"),
        (1_024, "1.0 KiB"),
        (3 << 30, "3.0 GiB"),
        (1 << 50, "1024.0 TiB"),
    ],
)
def test_sizes_in_words(size: int, text: str) -> None:
    assert bytes_text(size) == text


@pytest.mark.parametrize(
    ("age_ms", "text"),
    [
        (None, "never"),
        (999, "just now"),
        (1_000, "1 s ago"),
        (119_999, "119 s ago"),
        (120_000, "2 min ago"),
        (7_200_000, "2 h ago"),
        (172_800_000, "2 d ago"),
    ],
)
def test_ages_in_words(age_ms: int | None, text: str) -> None:
    assert ago_text(age_ms) == text


def test_an_age_is_never_negative() -> None:
    """The clock may have been set back since."""
    assert reading(memory()).age_ms(NOW_MS + 5) == 0


SHOWN = """\
at           2027-01-15T08:00:00.000Z
journal      21 events of tarl/test
runs         1 running, 1 completed, 1 failed
open         1 steps, 2 timers, 1 of them overdue, the oldest step since 5 s
queues       1 with 3 waiting, 0 leased, 0 completed
timers       1 pending, the first was due 3 s ago
nodes        1 active, 1 draining; assignments: 1
checkpoints  4 events signed, 2 min ago; 17 not yet

RUN     WORKFLOW  STATUS   SINCE
open/1  w         running  5 s

QUEUE  WAITING  DELAYED  LEASED  COMPLETED  DEAD  WORKERS
mail   3        0        0       0          0     0

NODE  STATE     LOAD   CAPABILITIES
a     active    1/2    ml
b     draining  0/100
"""


def test_what_top_shows_once(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    monkeypatch.setattr("sys.stdout", out)
    show(Output(plain=True), take_snapshot(reading(filled(memory())), SECTIONS), tables=True)
    assert out.getvalue() == SHOWN
