"""Whether a workflow still does what its recordings say: the test to keep beside each workflow.

    def test_prices_still_replays():
        assert_replays(prices, "tests/recordings/prices.evidence")

A recording is an evidence file (``tarl export``), or a journal together with the run's name.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from tarl.errors import Conflict, Invalid, Missing, Unavailable
from tarl.journal.place import place_of
from tarl.journal.store import Store
from tarl.kernel.definition import Workflow
from tarl.kernel.engine import Replayed
from tarl.kernel.limits import DEFAULT_LIMITS, Limits
from tarl.kernel.rerun import ReplayReport, rerun
from tarl.kernel.shelves import RecordedShelf
from tarl.provenance.recording import Recording
from tarl.storage import open_store
from tarl.values.ids import RunId, parse_ref

_JOURNAL_START = b"SQLite format 3\x00"


def assert_replays(
    workflow: Workflow[..., Any],
    recording: str | Path,
    *,
    run: RunId | str | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> ReplayReport:
    """Replay a recorded run with today's code; no effect runs and nothing is recorded.

    Args:
        workflow: The code.
        recording: An evidence file, or a journal.
        run: Which run of a journal, with its number: ``prices/1``; an evidence file holds one.
        limits: The bounds that the run had.

    Raises:
        NondeterminismError: the code does something else than the recording; shows both sides.
        ChainBrokenError: the recording is damaged.
        Missing: no such file or run.
        Invalid: a journal, and no run is named (``recording.which``).
    """
    path = Path(recording)
    if not path.is_file() or not is_journal(path):
        evidence = Recording(path)
        return rerun(workflow, evidence.events(), shelf=evidence, limits=limits)
    run_id = run if isinstance(run, RunId) else named_run(run)
    store = open_store(path, must_exist=True)
    try:
        return replay_from(store, workflow, run_id, limits=limits)
    finally:
        store.close()


def assert_history_replays(
    workflow: Workflow[..., Any],
    saved: str | Path,
    *,
    journal: str | Path | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Replayed:
    """Replay a history of Temporal's with today's code; no effect runs and nothing is recorded. Not
    for coroutines: it runs a loop of its own.

    Args:
        workflow: The code.
        saved: The file, as ``temporal workflow show --output json`` writes it.
        journal: Where the run's large values and its tenant's key are; needed for these alone.
        limits: The bounds that the run had.

    Raises:
        NondeterminismError: the code does something else than the history; shows both sides.
        Corrupt: the file holds no history (``temporal.history``).
        Conflict: it is of another workflow (``replay.workflow``).
        Missing: no such file; a large value is not here (``journal.no_blob``); a sealed payload
            cannot be read (``journal.erased``).
        Unavailable: Temporal's library is not installed (``extra.missing``).
    """
    path = Path(saved)
    if not path.is_file():
        raise Missing(f"no recording at {path}", code="recording.missing", path=str(path))
    try:
        from tarl.engines.temporal.recorded import from_json
        from tarl.engines.temporal.replaying import replay
    except ImportError as error:
        raise Unavailable(
            f"a history of Temporal's cannot be replayed: {error}",
            code="extra.missing",
            next_step="pip install 'tarl[temporal]'",
        ) from error

    def find(name: str) -> Workflow[..., Any]:
        if name == workflow.name:
            return workflow
        raise Conflict(
            f"the history is of {name!r}, not of {workflow.name!r}", code="replay.workflow"
        )

    store = None if journal is None else open_store(place_of(str(journal)), must_exist=True)
    try:
        history = from_json(path.read_bytes(), name=str(path))
        return asyncio.run(replay(history, find=find, store=store, limits=limits))
    finally:
        if store is not None:
            store.close()


def replay_from(
    store: Store, workflow: Workflow[..., Any], run: RunId, *, limits: Limits = DEFAULT_LIMITS
) -> ReplayReport:
    """Like ``assert_replays``, from a store that is open already."""
    return rerun(workflow, store.read(run.stream), shelf=RecordedShelf(store, run), limits=limits)


def is_journal(path: Path) -> bool:
    """Whether a file is a journal."""
    with path.open("rb") as file:
        return file.read(len(_JOURNAL_START)) == _JOURNAL_START


def named_run(run: str | None) -> RunId:
    """The run of a journal that a text names, with its number.

    Raises:
        Invalid: it names none, or leaves the number out (``recording.which``).
    """
    ref = None if run is None else parse_ref(run)
    if ref is None or ref.n is None:
        raise Invalid(
            "a journal holds many runs: say which, with its number",
            code="recording.which",
            next_step='run="prices/1"',
        )
    return RunId(ref.tenant or "default", ref.workflow_id, ref.n)
