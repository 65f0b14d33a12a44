"""Watches count what the journal says, in sliding windows, the same in every process."""

from __future__ import annotations

from collections import deque
from pathlib import Path
from random import Random
from typing import Any

import pytest
from tests.unit.governance.safety.safety_parts import (
    anomalies,
    buy,
    court,
    effect,
    look,
    looping,
    memory,
    opened,
    ran,
    safety,
    send,
    sending,
)

from tarl.errors import Exceeded, Invalid, Missing
from tarl.governance.safety.watch import (
    LOOP_CALLS_MAX,
    SKEW_MS,
    Call,
    Counting,
    Full,
    Watch,
)
from tarl.journal.store import Store
from tarl.values.verdict import Allow, Verdict

MANY = Watch(name="many", kind="calls", tool="safety.send", per="tool", count_max=3)
LOOP = Watch(name="loop", kind="loop", per="run", count_max=3)


def set_watch(store: Store, *watches: Watch) -> None:
    for watch in watches:
        safety(store).watch(watch, by="ops")


def code_of(verdict: Verdict) -> str:
    return verdict.reasons[0].code if verdict.reasons else type(verdict).__name__


def call(step: int, at_ms: int, tool: str = "t", **options: Any) -> Call:
    return Call(
        **{"stream": "run/default/r/1", "agent": "", **options}, step=step, at_ms=at_ms, tool=tool
    )


# --- windows


def test_more_calls_than_the_window_takes_are_denied_until_it_has_slid_on() -> None:
    store = memory()
    set_watch(store, MANY)
    judge = court(store)
    at = [1_000, 20_000, 40_000, 50_000, 61_001, 110_001]
    verdicts = [code_of(judge.decide(effect(step=step, at_ms=ms))) for step, ms in enumerate(at, 1)]
    # At 61,001 the call of 1,000 has left; 20,000, 40,000, 50,000 and itself are there.
    assert verdicts == ["Allow"] * 3 + ["safety.tool_abuse"] * 2 + ["Allow"]


def test_a_window_is_open_at_its_beginning() -> None:
    counting = Counting(Watch(name="w", kind="calls", per="tenant", window_ms=100, count_max=1))
    for step, at_ms, over in ((1, 0, False), (2, 100, False), (3, 199, True), (4, 300, False)):
        counting.count(call(step, at_ms))
        assert (counting.over(call(step, at_ms)) is not None) is over, at_ms


def test_a_window_is_what_a_naive_count_says() -> None:
    dice = Random(7)
    watch = Watch(name="w", kind="calls", per="agent", window_ms=1_000, count_max=5)
    counting, held = Counting(watch), deque[tuple[int, str]]()
    at_ms = 0
    for step in range(3_000):
        at_ms += dice.choice([0, 1, 50, 300, 999, 1_000])
        agent = dice.choice("abc")
        held.append((at_ms, agent))
        asked = call(step, at_ms, agent=agent)
        counting.count(asked)
        within = sum(1 for ms, who in held if who == agent and ms > at_ms - 1_000)
        over = counting.over(asked)
        assert (over is not None) == (within > 5), step
        if over is not None:
            assert over.facts["calls"] == min(within, 6)


def test_what_others_did_a_moment_ago_falls_into_its_place() -> None:
    counting = Counting(Watch(name="w", kind="calls", per="tenant", window_ms=1_000, count_max=2))
    for step, at_ms in ((1, 1_000), (2, 1_500)):
        counting.count(call(step, at_ms))
    counting.count(call(3, 1_200, stream="run/default/other/1"))
    counting.count(call(4, 2_100))
    assert counting.over(call(4, 2_100)) is not None  # 1,200, 1,500 and itself
    counting.count(call(5, 2_300))
    assert counting.over(call(5, 2_300)).facts["calls"] == 3  # type: ignore[union-attr]


def test_a_clock_that_is_set_back_lets_nothing_out_and_holds_nothing_for_long() -> None:
    counting = Counting(Watch(name="w", kind="calls", per="tenant", window_ms=1_000, count_max=2))
    hour = 3_600_000
    for step, at_ms in ((1, hour), (2, hour + 1)):
        counting.count(call(step, at_ms))
    counting.count(call(3, 5_000))  # the clock says an hour less
    assert counting.over(call(3, 5_000)) is not None
    counting.count(call(4, 6_001))
    assert counting.over(call(4, 6_001)) is None
    assert hour > SKEW_MS


def test_an_attempt_that_is_asked_about_again_is_the_same_call() -> None:
    store = memory()
    set_watch(store, MANY)
    judge = court(store)
    for _ in range(10):
        assert judge.decide(effect(step=1)) == Allow()
    verdicts = [code_of(judge.decide(effect(step=step))) for step in (2, 3, 4, 3, 4)]
    assert verdicts == ["Allow", "Allow", "safety.tool_abuse", "Allow", "safety.tool_abuse"]


@pytest.mark.parametrize(
    ("per", "same", "other"),
    [
        ("agent", {"agent": "bob"}, {"agent": "ann"}),
        ("run", {"id": "r"}, {"id": "s"}),
        ("tenant", {"id": "x"}, None),
    ],
)
def test_what_is_counted_together(per: Any, same: Any, other: Any) -> None:
    store = memory()
    set_watch(store, Watch(name="w", kind="calls", per=per, count_max=1))
    judge = court(store)
    assert judge.decide(effect(step=1, **same)) == Allow()
    assert code_of(judge.decide(effect(look, "x", step=2, **same))) == "safety.tool_abuse"
    if other is not None:
        assert judge.decide(effect(step=3, **other)) == Allow()


def test_calls_of_other_processes_and_of_earlier_ones_count(tmp_path: Path) -> None:
    one = opened(tmp_path / "t.db")
    assert ran(one, sending, 2, id="before") == ["sent to n0", "sent to n1"]
    set_watch(one, MANY)
    other = opened(tmp_path / "t.db")
    judge = court(other)
    now_ms = max(event.recorded_at_ms for event in one.read("run/default/before/1"))
    assert judge.decide(effect(id="here", step=1, at_ms=now_ms)) == Allow()
    assert code_of(judge.decide(effect(id="here", step=2, at_ms=now_ms))) == "safety.tool_abuse"
    later = court(opened(tmp_path / "t.db"))
    assert "more than 3 calls" in ran(one, sending, 2, id="after")
    step_5 = effect(id="late", at_ms=now_ms)
    assert code_of(judge.decide(step_5)) == code_of(later.decide(step_5)) == "safety.tool_abuse"


def test_denied_calls_count_too() -> None:
    store = memory()
    set_watch(store, MANY)
    safety(store).block_action("mail.send", by="ops")
    judge = court(store)
    for step in range(1, 5):
        assert code_of(judge.decide(effect(step=step))) == "safety.blocked"
    (block,) = safety(store).settings().blocks.values()
    safety(store).lift(block.id, by="ops")
    assert code_of(judge.decide(effect(step=5))) == "safety.tool_abuse"


def test_an_agent_over_a_critical_watch_is_blocked_and_others_are_not() -> None:
    store = memory()
    set_watch(store, Watch(name="w", kind="calls", per="agent", count_max=1, severity="critical"))
    judge = court(store)
    verdicts = [code_of(judge.decide(effect(step=step, agent="bob"))) for step in (1, 2, 3)]
    assert verdicts == ["Allow", "safety.tool_abuse", "safety.blocked"]
    assert judge.decide(effect(step=4, agent="ann")) == Allow()


def test_what_a_watch_found_is_noted_once_in_a_window_with_its_numbers() -> None:
    store = memory()
    set_watch(store, MANY)
    judge = court(store)
    for step in range(1, 20):
        judge.decide(effect(step=step))
    (found,) = anomalies(store).ls(kind="tool_abuse")
    assert found.found.facts["calls"] == 4
    assert found.found.facts["count_max"] == 3


def test_a_watch_that_is_removed_counts_no_more() -> None:
    store = memory()
    set_watch(store, MANY)
    judge = court(store)
    verdicts = [code_of(judge.decide(effect(step=step))) for step in range(1, 5)]
    assert verdicts[-1] == "safety.tool_abuse"
    safety(store).unwatch("many", by="ops")
    assert judge.decide(effect(step=5)) == Allow()
    with pytest.raises(Missing):
        safety(store).unwatch("many", by="ops")


def test_more_keys_than_are_kept_deny(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tarl.governance.safety.watch.KEYS_MAX", 2)
    counting = Counting(Watch(name="w", kind="calls", per="run", window_ms=100, count_max=5))
    for step, stream in enumerate("ab"):
        counting.count(call(step, 10, stream=stream))
    with pytest.raises(Full):
        counting.count(call(3, 20, stream="c"))
    counting.count(call(4, 500, stream="c"))  # the others are over by now


# --- loops


def test_the_same_call_again_and_again_is_a_loop() -> None:
    store = memory()
    set_watch(store, LOOP)
    assert "same arguments 3 times" in ran(store, looping, 5, id="w")
    assert ran(store, sending, 10, id="v") == [f"sent to n{n}" for n in range(10)]
    (found,) = anomalies(store).ls(kind="loop")
    assert found.found.run == "w/1"


def test_two_calls_in_turns_are_a_loop() -> None:
    counting = Counting(LOOP)
    tools = [b"a", b"b", b"a", b"c", b"b", b"c", b"b", b"c", b"b"]
    found = []
    for step, digest in enumerate(tools):
        asked = call(step, 1_000 + step, digest=digest)
        counting.count(asked)
        over = counting.over(asked)
        found.append(None if over is None else dict(over.facts).get("turns", "same"))
    # b is there for the third time at step 6.
    assert found == [None, None, None, None, None, None, "same", "same", "same"]


def test_turns_are_counted_from_where_they_begin() -> None:
    watch = Watch(name="w", kind="loop", per="run", count_max=3, window_ms=1_000_000)
    counting = Counting(watch)
    for step, digest in enumerate([b"x", b"y", b"a", b"b", b"a", b"b"]):
        asked = call(step, step, digest=digest)
        counting.count(asked)
        assert counting.over(asked) is None
    asked = call(7, 7, digest=b"a")
    counting.count(asked)
    assert counting.over(asked) is not None


def test_a_loop_outside_of_its_window_is_none() -> None:
    store = memory()
    set_watch(store, LOOP)
    judge = court(store)
    for step, at_ms in enumerate((1, 50_000, 60_001, 110_001), 1):
        assert judge.decide(effect(step=step, at_ms=at_ms)) == Allow(), at_ms


# --- spending


def test_spending_more_than_a_window_takes_is_denied() -> None:
    store = memory()
    spend = Watch(name="s", kind="spend", per="run", unit="eur", amount_max=100)
    set_watch(store, spend)
    judge = court(store)
    verdicts = [
        code_of(judge.decide(effect(buy, amount, step=step)))
        for step, amount in enumerate((60, 40, 1), 1)
    ]
    assert verdicts == ["Allow", "Allow", "safety.cost_spike"]
    assert judge.decide(effect(send, "x", step=9)) == Allow()


def test_a_call_that_costs_many_times_the_usual_is_a_spike() -> None:
    store = memory()
    set_watch(store, Watch(name="s", kind="spend", per="run", unit="eur", factor=5.0))
    judge = court(store)
    usual = [code_of(judge.decide(effect(buy, 10 + step, step=step))) for step in range(1, 9)]
    assert usual == ["Allow"] * 8
    verdict = judge.decide(effect(buy, 80, step=9))
    assert code_of(verdict) == "safety.cost_spike"
    facts = verdict.reasons[0].facts
    assert (facts["amount"], facts["median"], facts["samples"]) == (80, 14.5, 8)


def test_few_calls_are_no_measure_of_a_spike() -> None:
    counting = Counting(Watch(name="s", kind="spend", per="run", unit="eur", factor=2.0))
    for step, amount in enumerate([1] * 7 + [1_000]):
        asked = call(step, step, spends={"eur": amount})
        counting.count(asked)
        assert counting.over(asked) is None


# --- what is refused


@pytest.mark.parametrize(
    "watch",
    [
        Watch(name="w", kind="calls", count_max=0),
        Watch(name="w", kind="calls", count_max=10**9),
        Watch(name="w", kind="calls", count_max=5, window_ms=0),
        Watch(name="w", kind="calls", count_max=5, window_ms=10**12),
        Watch(name="w", kind="loop", count_max=1),
        Watch(name="w", kind="loop", count_max=LOOP_CALLS_MAX),
        Watch(name="w", kind="spend", amount_max=5),
        Watch(name="w", kind="spend", unit="eur"),
        Watch(name="w", kind="spend", unit="eur", factor=0.5),
        Watch(name="w", kind="spend", unit="eur", factor=float("nan")),
        Watch(name="w", kind="spend", unit="eur", amount_max=-1),
    ],
)
def test_a_watch_that_could_not_count_is_refused(watch: Watch) -> None:
    with pytest.raises(Invalid) as refused:
        safety(memory()).watch(watch, by="ops")
    assert refused.value.code == "safety.watch"


def test_there_are_only_so_many_watches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tarl.governance.safety.ledger.WATCHES_MAX", 1)
    store = memory()
    set_watch(store, MANY, MANY)
    with pytest.raises(Exceeded):
        set_watch(store, LOOP)


def test_what_another_process_records_meanwhile_is_counted(tmp_path: Path) -> None:
    one, other = opened(tmp_path / "t.db"), opened(tmp_path / "t.db")
    set_watch(one, MANY)
    ran(one, sending, 0, id="clock")
    at_ms = one.head("run/default/clock/1").recorded_at_ms  # type: ignore[union-attr]
    judge = court(other)
    assert judge.decide(effect(id="here", step=1, at_ms=at_ms)) == Allow()
    ran(one, sending, 2, id="there")
    verdicts = [judge.decide(effect(id="here", step=step, at_ms=at_ms + 1_000)) for step in (2, 3)]
    assert "safety.tool_abuse" in map(code_of, verdicts)
    assert code_of(judge.decide(effect(id="here", step=4, at_ms=at_ms + 1_000))) != "Allow"
    assert len(anomalies(other).ls(kind="tool_abuse")) == 1
