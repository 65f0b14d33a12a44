"""``assert_replays``: recordings of every form, and code that no longer does what they say."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from tests.corpus import echo, large_values, sequence

import tarl
from tarl.crypto.keys import Keyring
from tarl.engines.embedded.checkpointer import Checkpointer
from tarl.engines.embedded.clock import SystemClock
from tarl.errors import Conflict, Corrupt, Invalid, Missing, NondeterminismError
from tarl.kernel.definition import Workflow
from tarl.provenance.evidence import export
from tarl.storage import open_store
from tarl.testing.replaycheck import assert_replays
from tarl.values.ids import RunId


@pytest.fixture(params=[False, True], ids=["clear", "sealed"])
def journal(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "tarl.db"
    if request.param:
        Keyring().ensure().make_tenant_key("default")

    async def make() -> None:
        async with tarl.open(path, sealed=request.param) as runtime:
            await runtime.run(sequence, 3, id="s")
            await runtime.run(large_values, "x" * 40_000, id="l")

    asyncio.run(make())
    return path


def evidence(journal: Path, run: RunId) -> Path:
    keyring = Keyring()
    store = open_store(journal, keyring=keyring)
    checkpointer = Checkpointer(store, keyring, SystemClock())
    note = checkpointer.sign(publish=True).note
    path = journal.with_suffix(".evidence")
    path.write_bytes(b"".join(export(store, keyring, run, note=note)))
    checkpointer.close()
    store.close()
    return path


def test_a_journal_and_evidence_replay(journal: Path) -> None:
    assert len(assert_replays(sequence, journal, run="s/1").result) == 3
    large = RunId("default", "l", 1)
    report = assert_replays(large_values, journal, run=large)
    assert report.status == "completed"
    assert assert_replays(large_values, evidence(journal, large)) == report


def test_other_code_is_shown(journal: Path) -> None:
    async def sequence(ctx: tarl.Context, n: int) -> list[object]:
        return [await ctx.call(echo, "something else")]

    changed = Workflow(sequence, name="sequence")
    with pytest.raises(NondeterminismError) as diverged:
        assert_replays(changed, journal, run="s/1")
    assert "something else" in diverged.value.facts["actual"]
    with pytest.raises(Conflict) as other:
        assert_replays(large_values, journal, run="s/1")
    assert other.value.code == "replay.workflow"


def test_what_is_no_recording_is_named(journal: Path, tmp_path: Path) -> None:
    with pytest.raises(Missing):
        assert_replays(sequence, tmp_path / "nothing")
    with pytest.raises(Missing):
        assert_replays(sequence, journal, run="nobody/1")
    for run in (None, "s"):
        with pytest.raises(Invalid) as which:
            assert_replays(sequence, journal, run=run)
        assert which.value.code == "recording.which"
    letter = tmp_path / "letter"
    letter.write_text("Dear grandmother")
    with pytest.raises(Corrupt):
        assert_replays(sequence, letter)
