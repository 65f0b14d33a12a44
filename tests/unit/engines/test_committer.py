"""The committer: one commit for all that is ready, failures to those whom they concern."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from tests.lab import memory

from tarl.engines.embedded.committer import Committer, Part
from tarl.errors import Conflict, Unavailable
from tarl.journal.codec import Codec
from tarl.journal.store import Batch
from tarl.journal.writer import StreamWriter
from tarl.testing.clock import JumpingClock, run


class Run:
    """A waiter that writes down what happens to it."""

    def __init__(self, stream: str, epoch: int = 1) -> None:
        self.stream = stream
        self.epoch = epoch
        self.part: Part | None = None
        self.pure_ahead = 0
        self.heard: list[Any] = []
        self.errors: list[BaseException] = []
        self.writer = StreamWriter(stream, tenant="t", codec=Codec())

    def durable(self, part: Part) -> None:
        for step, args in part.steps:
            step(*args)

    def interrupt(self, error: BaseException) -> None:
        self.errors.append(error)

    def write(self, committer: Committer, *words: str) -> None:
        part = self.part or committer.join(self)
        for word in words:
            part.rows.append(self.writer.append("k/1", b'"%b"' % word.encode(), at_ms=1))
            part.steps.append((self.heard.append, (word,)))
        committer.ask()


class Failing:
    """A memory store whose next commits fail as told."""

    def __init__(self, *failures: Exception | None) -> None:
        self.store = memory()
        self.failures = list(failures)
        self.sizes: list[int] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)

    def commit(self, batch: Batch, **options: Any) -> None:
        self.sizes.append(len(batch.rows))
        failure = self.failures.pop(0) if self.failures else None
        if failure is not None:
            raise failure
        self.store.commit(batch, **options)


def locked() -> Unavailable:
    return Unavailable("locked", code="journal.locked")


def trial(store: Any, act: Callable[[Committer], Any], *, wait_s: float = 60.0) -> Committer:
    clock = JumpingClock()

    async def main() -> Committer:
        committer = Committer(store, asyncio.get_running_loop())
        act(committer)
        await asyncio.sleep(wait_s)
        return committer

    return run(main(), clock=clock)


def test_many_runs_share_one_commit_and_each_hears_in_order() -> None:
    runs = [Run(f"run/t/{i}/1") for i in range(5)]
    store = Failing()
    committer = trial(store, lambda c: [r.write(c, "one", "two") for r in runs])
    assert store.sizes == [10]
    assert committer.commits == 1
    assert all(r.heard == ["one", "two"] for r in runs)
    assert all(r.part is None for r in runs)


def test_nobody_hears_before_the_commit() -> None:
    only = Run("run/t/a/1")
    store = Failing()

    def act(committer: Committer) -> None:
        only.write(committer, "one")
        assert only.heard == []
        assert store.log_size() == 0
        committer.flush()
        assert only.heard == ["one"]
        assert store.log_size() == 1

    trial(store, act)


def test_rows_that_nobody_asks_for_reach_the_disk_soon() -> None:
    only, store = Run("run/t/a/1"), Failing()

    def act(committer: Committer) -> None:
        committer.join(only).rows.append(only.writer.append("k/1", b"1", at_ms=1))

    trial(store, act, wait_s=0.06)
    assert store.log_size() == 1


def test_a_lock_is_waited_for_and_rows_that_come_meanwhile_follow() -> None:
    first, second = Run("run/t/a/1"), Run("run/t/b/1")
    store = Failing(*[locked() for _ in range(20)])

    def act(committer: Committer) -> None:
        first.write(committer, "one")
        committer.flush()
        first.write(committer, "two")
        second.write(committer, "three")

    trial(store, act, wait_s=5)
    assert (first.heard, second.heard) == (["one", "two"], ["three"])
    assert not first.errors
    assert [e.seq for e in store.read("run/t/a/1")] == [1, 2]


def test_a_lock_that_lasts_interrupts_the_runs() -> None:
    only = Run("run/t/a/1")
    store = Failing(*[locked() for _ in range(100_000)])
    trial(store, lambda c: only.write(c, "one"), wait_s=40)
    assert [e.code for e in only.errors] == ["journal.locked"]  # type: ignore[attr-defined]
    assert only.heard == []


@pytest.mark.parametrize("code", ["journal.disk_full", "journal.io"])
def test_a_failing_disk_interrupts_everybody_in_the_batch(code: str) -> None:
    runs = [Run(f"run/t/{i}/1") for i in range(3)]
    later = Run("run/t/later/1")
    store = Failing(Unavailable("no", code=code))

    def act(committer: Committer) -> None:
        for r in runs:
            r.write(committer, "one")
        committer.flush()
        later.write(committer, "two")

    trial(store, act)
    assert all(len(r.errors) == 1 and r.heard == [] for r in runs)
    assert later.heard == ["two"]


def test_what_no_store_should_raise_interrupts_instead_of_hanging() -> None:
    runs = [Run(f"run/t/{i}/1") for i in range(2)]
    trial(Failing(RuntimeError("bug")), lambda c: [r.write(c, "one") for r in runs])
    assert all(isinstance(r.errors[0], RuntimeError) for r in runs)


def test_one_runs_conflict_does_not_hold_up_the_others() -> None:
    store = Failing()
    owner = Run("run/t/taken/1")
    trial(store, lambda c: owner.write(c, "mine"))
    store.take_over("run/t/taken/1")
    late, others = Run("run/t/taken/1"), [Run(f"run/t/{i}/1") for i in range(3)]
    late.writer.continue_from(1, bytes(32), 1)
    trial(store, lambda c: [r.write(c, "one") for r in (others[0], late, *others[1:])])
    assert isinstance(late.errors[0], Conflict)
    assert late.heard == []
    assert all(r.heard == ["one"] and not r.errors for r in others)


def test_an_interrupted_run_has_its_rows_on_disk_and_hears_nothing() -> None:
    only, store = Run("run/t/a/1"), Failing()

    def act(committer: Committer) -> None:
        only.write(committer, "one")
        committer.settle(only)
        assert store.log_size() == 1

    trial(store, act)
    assert only.heard == []


def test_a_run_taken_up_again_does_not_inherit_what_its_former_self_left() -> None:
    former, store = Run("run/t/a/1"), Failing()
    again = Run("run/t/a/1", epoch=1)

    def act(committer: Committer) -> None:
        former.write(committer, "lost")
        again.write(committer, "one")

    trial(store, act)
    assert (former.heard, again.heard) == ([], ["one"])
    assert store.log_size() == 1


def test_what_an_earlier_commit_lets_go_on_comes_before_a_later_one() -> None:
    """Also when a step of the earlier one asks for the later one at once."""

    async def main() -> None:
        committer = Committer(memory(), asyncio.get_running_loop())
        first, second = Run("run/a"), Run("run/b")
        first.write(committer, "one")

        def interfere() -> None:
            second.write(committer, "later")
            committer.flush()

        assert first.part is not None
        first.part.steps.append((interfere, ()))
        second.write(committer, "earlier")
        committer.flush()
        assert second.heard == ["earlier", "later"]

    run(main(), clock=JumpingClock())
