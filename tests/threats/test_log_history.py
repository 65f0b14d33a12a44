"""Row 8: the log is cut short, taken back or forked, so that a revocation never was.

What shows it is something from outside the file: the checkpoint that was kept away from it, or what
a running process has seen.
"""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest
from tests.threats.world import DELEGATE, LOG, MAIL, PROJECTIONS, STRANGER, World, sqlite, world

from tarl.crypto.note import Signer
from tarl.journal.memory import MemoryStore
from tarl.trust.decision import LEVELS


class History:
    """Ada may mail; a checkpoint is kept; then she is revoked."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.world, acme = world(sqlite(path))
        made = self.world
        held = made.agent("ada", acme, may=(MAIL, DELEGATE))
        made.principal("bob")
        made.delegate("ada", "bob", held, may=(MAIL,))
        self.before = path.with_name("before.db")
        self.copy(self.before)
        self.size = made.store.log_size()

    def copy(self, to: Path) -> None:
        with sqlite3.connect(self.path) as source, sqlite3.connect(to) as target:
            source.backup(target)
        source.close()
        target.close()

    def revoke(self) -> None:
        self.world.revoke(agent="ada")
        self.world.checkpoint()
        assert not self.world.allows("ada")

    def opened(self, path: Path) -> World:
        """The journal in a file, with the checkpoint that was kept away from it."""
        made = World(sqlite(path))
        made.kept = self.world.kept
        return made

    def cut(self, size: int) -> None:
        """Everything from a place on is gone, as if it had never been; tables and notes too."""
        raw = sqlite3.connect(self.path, isolation_level=None)
        raw.execute("DELETE FROM event WHERE pos > ?", (size,))
        raw.execute("DELETE FROM stream WHERE id NOT IN (SELECT stream FROM event)")
        raw.execute("DELETE FROM checkpoint")
        raw.execute("DELETE FROM log_node")
        raw.execute("DELETE FROM trust_generation")
        raw.execute("DELETE FROM trust_record WHERE kind = 'revocation'")
        raw.close()


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "t.db")


def full(made: World, agent: str = "ada") -> tuple[bool, set[str]]:
    decision = made.ask(agent, level="FULL", verifier=made.fresh())
    return decision.allowed, {reason.code for reason in decision.reasons}


def test_a_log_that_was_cut_short_is_refused(history: History) -> None:
    history.revoke()
    warm = history.world.verifier
    history.cut(history.size)
    assert full(history.opened(history.path)) == (False, {"trust.rolled_back"})
    for level in LEVELS:  # a process that had seen more, whatever it is asked
        decision = history.world.ask("ada", level=level, verifier=warm)
        assert not decision.allowed, level


def test_a_running_process_decides_nothing_once_its_past_is_gone(history: History) -> None:
    """Though what was cut out concerned somebody else."""
    made = history.world
    made.revoke(agent="eve-who-is-not-there")
    assert made.allows("bob")
    warm = made.verifier
    history.cut(history.size)
    for level in LEVELS:
        decision = made.ask("bob", level=level, verifier=warm)
        assert {reason.code for reason in decision.reasons} == {"trust.rolled_back"}, level


def test_an_older_copy_is_refused(history: History) -> None:
    history.revoke()
    history.world.store.close()
    for suffix in ("", "-wal", "-shm"):
        history.path.with_name(history.path.name + suffix).unlink(missing_ok=True)
    shutil.copy(history.before, history.path)
    assert full(history.opened(history.path)) == (False, {"trust.rolled_back"})


def test_an_older_copy_that_grew_on_otherwise_is_refused(history: History) -> None:
    """As long as before, or longer, and without the revocation: a fork."""
    history.revoke()
    fork = World(sqlite(history.before))
    fork.at_ms += 1
    for number in range(5):
        fork.principal(f"filler{number}")
    fork.store.close()
    allowed, codes = full(history.opened(history.before))
    assert not allowed
    assert codes <= {"log.consistency", "merkle.consistency", "proof.consistency", "log.proof"}, (
        codes
    )


def test_a_fork_is_refused_though_it_brings_a_checkpoint_of_its_own(history: History) -> None:
    history.revoke()
    fork = World(sqlite(history.before))
    fork.at_ms += 1
    for number in range(5):
        fork.principal(f"filler{number}")
    fork.checkpoint()  # with the real log key, which the attacker has got hold of
    fork.store.close()
    assert not full(history.opened(history.before))[0]


def test_events_in_another_order_are_another_log(history: History) -> None:
    history.revoke()
    raw = sqlite3.connect(history.path, isolation_level=None)
    raw.execute("UPDATE event SET pos = pos + 1000 WHERE pos IN (1, 2)")
    raw.execute("UPDATE event SET pos = CASE pos WHEN 1001 THEN 2 ELSE 1 END WHERE pos > 1000")
    raw.close()
    made = history.opened(history.path)
    assert not made.allows("ada")
    assert not full(made, "bob")[0]


@pytest.mark.parametrize("by", [STRANGER, LOG])
def test_a_checkpoint_of_somebody_else_or_another_journal_is_refused(
    history: History, by: Signer
) -> None:
    made = history.world
    if by is LOG:
        other, _ = world(MemoryStore(origin="tarl/other", projections=PROJECTIONS))
        made.kept = other.checkpoint()
    else:
        made.checkpoint(by=Signer(LOG.name, STRANGER.key))
    assert not full(made)[0]


@pytest.mark.parametrize("table", ["trust_record", "trust_generation"])
def test_a_revocation_cannot_be_hidden_in_the_tables(history: History, table: str) -> None:
    """The stream of revocations is read, whatever the tables say."""
    made = history.world
    made.revoke(agent="ada")
    raw = sqlite3.connect(history.path, isolation_level=None)
    where = "kind = 'revocation'" if table == "trust_record" else "1"
    raw.execute(f"DELETE FROM {table} WHERE {where}")
    raw.close()
    assert not made.allows("ada")
    assert not made.allows("bob")


def test_a_revocation_cannot_be_cut_out_of_its_stream(history: History) -> None:
    made = history.world
    made.revoke(agent="eve-who-is-not-there")
    made.revoke(agent="ada")
    made.revoke(agent="nobody-either")
    raw = sqlite3.connect(history.path, isolation_level=None)
    (pos,) = raw.execute(
        "SELECT pos FROM event WHERE kind = 'revocation.recorded/1' AND seq = 2"
    ).fetchone()
    raw.execute("DELETE FROM event WHERE pos = ?", (pos,))
    raw.execute("UPDATE event SET pos = pos - 1, seq = seq - 1 WHERE pos = ?", (pos + 1,))
    raw.close()
    assert not made.allows("bob")
    assert not made.allows("ada")


def test_what_continues_the_signed_log_holds(history: History) -> None:
    """The other way round: nothing is refused that only grew."""
    made = history.world
    made.checkpoint()
    for number in range(5):
        made.principal(f"more{number}")
    assert made.allows("ada")
    decision = made.ask("ada", level="FULL", verifier=made.fresh())
    assert any("continues the log" in said for said in decision.checked)
