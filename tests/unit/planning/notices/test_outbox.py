"""The outbox: once, not too often, not in quiet hours, again when it did not arrive."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.planning.notices.notice_parts import HOUR_MS, MINUTE_MS, START_MS, Told, notice

from tarl.errors import Conflict, Corrupt, Invalid
from tarl.journal.memory import MemoryStore
from tarl.journal.sqlite import SqliteStore
from tarl.journal.store import Store
from tarl.kernel.retry import RetryPolicy
from tarl.planning.notices import outbox as outbox_module
from tarl.planning.notices.notice import Notice, NoticeKind, Notifier
from tarl.planning.notices.outbox import ANSWER_MS_MIN, DEBOUNCE_MS, NOTIFIERS_MAX, Outbox
from tarl.planning.notices.quiet import NEVER, QuietHours, Spans
from tarl.testing.clock import JumpingClock, run
from tarl.work.timers.firing import Firing
from tarl.work.timers.handlers import Due, Handlers
from tarl.work.timers.ledger import Request, Timers
from tarl.work.timers.tables import FAILED, TIMERS_COORDINATION, TIMERS_PROJECTION

ROOMS: dict[str, Any] = {
    "origin": "tarl/test",
    "projections": (TIMERS_PROJECTION,),
    "coordinations": (TIMERS_COORDINATION,),
}
NIGHT = Spans([(START_MS - HOUR_MS, START_MS + 8 * HOUR_MS)])
RETRY = RetryPolicy(attempts_max=3, first_wait_ms=1_000, factor=2.0, jitter=0.0)


class World:
    """A journal, a clock, and who tells."""

    def __init__(
        self, *notifiers: Notifier, quiet: QuietHours = NEVER, store: Store | None = None
    ) -> None:
        self.clock = JumpingClock(start_ms=START_MS)
        self.store = store or MemoryStore(**ROOMS)
        self.notifiers = notifiers
        self.quiet = quiet
        self.restart()

    def restart(self) -> None:
        """Another process takes over."""
        self.timers = Timers(self.store, clock=self.clock)
        self.outbox = Outbox(self.timers, self.notifiers, quiet=self.quiet)
        handlers = Handlers()
        self.outbox.register(handlers)
        self.firing = Firing(
            self.timers,
            handlers,
            holder="test",
            monotonic=lambda: self.clock.elapsed_s,
            retry=RETRY,
        )

    def passes(self, ms: int) -> None:
        self.clock.advance(ms / 1_000)
        self.firing.fire_due()

    def post(self, text: str = "Prices rose.", **changes: Any) -> int:
        said = notice(text, **{"created_ms": self.clock.now_ms(), **changes})
        return len(self.outbox.post(said))


def test_a_notice_is_told_by_each_notifier() -> None:
    one, other = Told("one"), Told("other")
    world = World(one, other)
    assert world.post() == 2
    world.passes(1)
    assert one.notices == other.notices == [notice()]


@pytest.fixture
def file(tmp_path: Path) -> Iterator[SqliteStore]:
    opened = SqliteStore(tmp_path / "journal.db", synchronous="NORMAL", **ROOMS)
    yield opened
    opened.close()


def test_what_was_posted_is_told_after_a_crash(file: SqliteStore) -> None:
    told = Told()
    world = World(told, store=file)
    world.post()
    world.restart()
    world.passes(1)
    assert told.texts == ["Prices rose."]
    world.restart()
    world.passes(HOUR_MS)
    assert told.texts == ["Prices rose."]


def test_the_loop_that_fires_timers_tells_them() -> None:
    told = Told()
    world = World(told)

    async def scenario() -> None:
        firing = asyncio.create_task(world.firing.keep_firing(poll_s=10.0))
        await world.outbox.notify(notice())
        await asyncio.sleep(30)
        firing.cancel()
        await asyncio.gather(firing, return_exceptions=True)

    run(scenario(), clock=world.clock)
    assert told.texts == ["Prices rose."]


# --- quiet hours


def test_in_quiet_hours_a_notice_waits_for_their_end() -> None:
    told = Told()
    world = World(told, quiet=NIGHT)
    world.post()
    assert [timer.due_at_ms for timer in world.timers.ls()] == [START_MS + 8 * HOUR_MS]
    world.passes(8 * HOUR_MS - 1)
    assert told.texts == []
    world.restart()
    world.passes(1)
    assert told.texts == ["Prices rose."]


def test_a_danger_waits_for_nothing() -> None:
    told = Told()
    world = World(told, quiet=NIGHT)
    world.post("Water on the floor.", kind=NoticeKind.SAFETY)
    world.passes(0)
    assert told.texts == ["Water on the floor."]


@pytest.mark.parametrize(
    ("until_ms", "waits"),
    [
        (START_MS + 15 * MINUTE_MS, False),
        (START_MS + 8 * HOUR_MS, False),
        (START_MS + 8 * HOUR_MS + ANSWER_MS_MIN - 1, False),
        (START_MS + 8 * HOUR_MS + ANSWER_MS_MIN, True),
        (START_MS, True),  # it is too late anyway
        (None, True),
    ],
)
def test_what_can_only_be_answered_in_quiet_hours_is_asked_at_once(
    until_ms: int | None, waits: bool
) -> None:
    told, facts = Told(), {"until_ms": until_ms}
    world = World(told, quiet=NIGHT)
    world.post("May I?", kind=NoticeKind.APPROVAL_WANTED, facts=facts)
    world.post("Dearer.", about="other", kind=NoticeKind.DRIFT, facts=facts)
    world.passes(0)
    assert told.texts == ([] if waits else ["May I?"])
    world.passes(8 * HOUR_MS)
    assert sorted(told.texts) == ["Dearer.", "May I?"]


def test_what_quiet_hours_would_hold_back_when_it_is_told_is_asked_all_the_same() -> None:
    told = Told()
    began_ms = START_MS + MINUTE_MS
    world = World(told, quiet=Spans([(began_ms, began_ms + HOUR_MS)]))
    facts = {"until_ms": START_MS + 15 * MINUTE_MS}
    world.post("May I?", kind=NoticeKind.APPROVAL_WANTED, facts=facts)
    world.passes(2 * MINUTE_MS)
    assert told.texts == ["May I?"]


def test_a_question_about_the_same_does_not_wait_longer_than_it_can_be_answered() -> None:
    told = Told()
    world = World(told)
    for text in ("Lend me your calendar.", "May I?"):
        facts = {"until_ms": world.clock.now_ms() + 15 * MINUTE_MS}
        world.post(text, kind=NoticeKind.APPROVAL_WANTED, facts=facts)
        world.passes(MINUTE_MS)
    assert told.texts == ["Lend me your calendar.", "May I?"]


def test_quiet_hours_that_began_meanwhile_hold_it_back_once() -> None:
    evening = Spans([(START_MS + MINUTE_MS, START_MS + 8 * HOUR_MS)])
    told = Told()
    world = World(told, quiet=evening)
    world.post()
    world.passes(2 * MINUTE_MS)  # the process that tells was down, or failed, until now
    assert told.texts == []
    world.passes(7 * HOUR_MS)
    assert told.texts == []
    world.passes(HOUR_MS)
    assert told.texts == ["Prices rose."]
    world.passes(HOUR_MS)
    assert told.texts == ["Prices rose."]


def test_a_night_that_goes_on_holds_it_back_again() -> None:
    longer = Spans([(START_MS + MINUTE_MS, START_MS + 2 * HOUR_MS)])
    told = Told()
    world = World(told, quiet=longer)
    world.post()
    world.passes(2 * MINUTE_MS)
    world.quiet = Spans([(START_MS, START_MS + 5 * HOUR_MS)])
    world.restart()
    world.passes(2 * HOUR_MS)
    assert told.texts == []
    world.passes(3 * HOUR_MS)
    assert told.texts == ["Prices rose."]


def test_hours_that_say_they_have_ended_hold_nothing_back() -> None:
    class Broken:
        def until_ms(self, now_ms: int) -> int:
            return now_ms

    told = Told()
    world = World(told, quiet=Broken())
    world.post()
    world.passes(0)
    assert told.texts == ["Prices rose."]


# --- not too often


def test_the_same_is_not_told_again_within_the_debounce() -> None:
    told = Told()
    world = World(told)
    world.post()
    world.passes(1)
    world.passes(DEBOUNCE_MS - 1)
    assert world.post() == 0
    world.passes(1)
    assert told.texts == ["Prices rose."]
    assert world.post() == 1
    world.passes(0)
    assert told.texts == ["Prices rose."] * 2


def test_the_same_that_waits_is_told_once() -> None:
    told = Told()
    world = World(told, quiet=NIGHT)
    world.post()
    world.passes(HOUR_MS)
    assert world.post() == 0
    world.passes(9 * HOUR_MS)
    assert told.texts == ["Prices rose."]


def test_of_many_that_wait_the_newest_is_told() -> None:
    told = Told()
    world = World(told)
    world.post("first")
    world.passes(1)
    for text in ("second", "third", "fourth"):
        assert world.post(text) == 1
        world.passes(MINUTE_MS)
    assert told.texts == ["first"]
    world.passes(DEBOUNCE_MS)
    assert told.texts == ["first", "fourth"]


def test_a_notice_that_a_newer_one_replaced_does_not_come_back() -> None:
    told = Told()
    world = World(told, quiet=NIGHT)
    old = notice("old")
    world.outbox.post(old)
    world.passes(MINUTE_MS)
    world.post("new")
    assert world.outbox.post(old) == ()
    world.passes(9 * HOUR_MS)
    assert told.texts == ["new"]


def test_other_things_and_other_kinds_do_not_wait_for_each_other() -> None:
    told = Told()
    world = World(told)
    world.post("a")
    world.post("b", about="plan-2")
    world.post("c", kind=NoticeKind.CONFLICT)
    world.passes(0)
    assert sorted(told.texts) == ["a", "b", "c"]


def test_every_danger_is_told_and_the_same_not_at_once_again() -> None:
    told = Told()
    world = World(told)
    for text in ("70 degrees", "75 degrees", "75 degrees", "80 degrees"):
        world.post(text, kind=NoticeKind.SAFETY)
        world.clock.advance(0.1)
    world.passes(0)
    assert told.texts == ["70 degrees", "75 degrees", "80 degrees"]
    world.passes(MINUTE_MS)
    assert world.post("80 degrees", kind=NoticeKind.SAFETY) == 1


def test_posted_again_after_a_crash_it_is_told_once() -> None:
    told = Told()
    world = World(told)
    said = notice()
    assert len(world.outbox.post(said)) == 1
    world.restart()
    assert world.outbox.post(said) == ()
    world.passes(DEBOUNCE_MS * 2)
    assert world.outbox.post(said) == ()
    assert told.texts == ["Prices rose."]


# --- again when it did not arrive


def test_who_was_not_told_is_told_later_and_the_others_not_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.CRITICAL, "tarl")
    deaf, told = Told("deaf", failures=2), Told("told")
    world = World(deaf, told)
    world.post()
    for _ in range(4):
        world.passes(2_000)
    assert deaf.texts == told.texts == ["Prices rose."]


def test_what_never_arrives_has_visibly_failed(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, "tarl")
    deaf = Told(failures=1_000)
    world = World(deaf)
    world.post()
    for _ in range(10):
        world.passes(MINUTE_MS)
    assert deaf.failures == 1_000 - 3
    assert [timer.about for timer in world.timers.ls(status=FAILED)] == ["notice/drift/plan-1"]
    assert world.post() == 1  # who was not told can be told


def test_a_notifier_that_hangs_has_failed(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL, "tarl")
    monkeypatch.setattr(outbox_module, "NOTIFY_S", 0.01)

    class Hanging(Told):
        async def notify(self, notice: Notice) -> None:
            await asyncio.sleep(3_600)

    world = World(Hanging())
    world.post()
    for _ in range(4):
        world.passes(MINUTE_MS)
    assert world.timers.count(FAILED) == 1


# --- refusals


@pytest.mark.parametrize("names", [[], ["one", "one"], [f"n{n}" for n in range(NOTIFIERS_MAX + 1)]])
def test_notifiers_are_told_apart_by_name(names: list[str]) -> None:
    with pytest.raises(Invalid) as refused:
        World(*map(Told, names))
    assert refused.value.code == "notice.notifiers"


def test_a_timer_of_another_making_is_no_notice(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, "tarl")
    told = Told()
    world = World(told)
    request = Request(timer_id="x", handler="notice/told", delay_ms=0, payload={"notice": 1})
    world.timers.set(request)
    for _ in range(4):
        world.passes(MINUTE_MS)
    assert told.texts == []
    assert world.timers.count(FAILED) == 1


def test_a_newer_notice_leaves_alone_what_is_told_at_this_moment() -> None:
    told = Told()
    world = World(told)
    world.post("old")
    works, _ = world.firing.look()
    assert len(works) == 1
    world.clock.advance(1)
    assert world.post("new") == 1
    with pytest.raises(Conflict):
        world.timers.cancel(works[0].timer.timer_id)


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.integers(0, 40), st.booleans()),
        min_size=1,
        max_size=12,
    )
)
def test_the_last_word_always_arrives_and_nobody_hears_too_much(
    steps: list[tuple[str, int, bool]],
) -> None:
    told = Told()
    quiet = Spans([(START_MS + 60 * MINUTE_MS, START_MS + 120 * MINUTE_MS)])
    world = World(told, quiet=quiet)
    heard_ms: list[int] = []

    def passes(minutes: int) -> None:
        for _ in range(minutes):
            before = len(told.texts)
            world.passes(MINUTE_MS)
            heard_ms.extend([world.clock.now_ms()] * (len(told.texts) - before))

    for text, minutes, crashes in steps:
        world.post(text)
        world.clock.advance(1)  # what is posted in the same millisecond again is the same notice
        if crashes:
            world.restart()
        passes(minutes)
    passes(150)
    assert told.texts[-1] == steps[-1][0]
    assert all(quiet.until_ms(at) is None for at in heard_ms)
    gaps = [later - earlier for earlier, later in pairwise(heard_ms)]
    assert all(gap >= DEBOUNCE_MS - MINUTE_MS for gap in gaps)


def test_an_unreadable_timer_says_what_to_do() -> None:
    handlers = Handlers()
    World(Told()).outbox.register(handlers)
    tells = handlers.get("notice/told")
    assert tells is not None
    with pytest.raises(Corrupt) as refused:
        asyncio.run(tells(Due("default", "x", 0, {"notice": 1}, None, 1)))  # type: ignore[arg-type]
    assert refused.value.code == "notice.unreadable"
