"""Two runs side by side: what both did, and where they part."""

import random
from pathlib import Path
from typing import Any

import pytest
from tests.unit.kernel import recorded

from tarl.kernel import events
from tarl.kernel.difference import Difference, difference

START = (events.RUN_STARTED, b'{"code":"c","input":5,"seed":"00","workflow":"w"}')


@pytest.fixture(autouse=True)
def _as_written() -> None:
    recorded.BEHAVES.clear()


def scheduled(step: int, activity: str = "a") -> tuple[str, bytes]:
    body = b'{"activity":"%b","args":[],"step":%d}' % (activity.encode(), step)
    return events.STEP_SCHEDULED, body


def completed(step: int, result: int = 0) -> tuple[str, bytes]:
    return events.STEP_COMPLETED, b'{"result":%d,"step":%d}' % (result, step)


def compare(a: list[Any], b: list[Any], **options: Any) -> Difference:
    return difference(
        recorded.history(START, *a),
        recorded.history(START, *b, stream="run/default/other/7"),
        **options,
    )


def changes(found: Difference) -> list[tuple[str, int | None, int | None]]:
    return [(p.change, p.a and p.a.seq, p.b and p.b.seq) for p in found.pairs]


@pytest.mark.parametrize("flow", [recorded.everything, recorded.fails])
def test_two_runs_that_did_the_same_are_the_same(tmp_path: Path, flow: Any) -> None:
    db = tmp_path / "tarl.db"
    input = {"n": 4} if flow is recorded.everything else 3
    a = recorded.record(db, flow, input, id="a")
    b = recorded.record(db, flow, input, id="b")
    assert a[0].body != b[0].body  # the seeds
    found = difference(a, b)
    assert found.same
    assert (found.first, found.common) == (None, len(a))
    assert found.length_a == found.length_b == len(a)


def test_another_input_shows_from_the_start_on(tmp_path: Path) -> None:
    db = tmp_path / "tarl.db"
    a = recorded.record(db, recorded.doubles, 2, id="a")
    b = recorded.record(db, recorded.doubles, 3, id="b")
    found = difference(a, b)
    assert (found.first, found.common) == (1, 0)
    assert [pair.change for pair in found.pairs] == [
        "changed",
        *["same"] * 4,
        *["only_b"] * 2,
        "changed",
    ]
    last = found.pairs[-1]
    assert last.a is not None
    assert last.b is not None
    assert (last.a.body, last.b.body) == (b'{"result":2}', b'{"result":6}')


def test_the_common_beginning_is_shown_in_part_only() -> None:
    steps = [event for step in range(1, 50) for event in (scheduled(step), completed(step))]
    found = compare([*steps, scheduled(50, "x")], [*steps, scheduled(50, "y")], context=2)
    assert (found.common, found.first) == (99, 100)
    assert changes(found) == [("same", 98, 98), ("same", 99, 99), ("changed", 100, 100)]
    assert changes(compare(steps, [*steps[:-1], completed(49, 1)], context=0)) == [
        ("changed", 99, 99)
    ]


def test_a_run_that_goes_on_has_more() -> None:
    found = compare([scheduled(1), completed(1)], [scheduled(1)])
    assert (found.first, found.length_a, found.length_b) == (3, 3, 2)
    assert changes(found)[-1] == ("only_a", 3, None)
    assert changes(compare([], [scheduled(1)]))[-1] == ("only_b", None, 2)


def test_an_insertion_does_not_shift_what_follows() -> None:
    timer = (events.TIMER_STARTED, b'{"delay_ms":5,"timer":1}')
    found = compare(
        [scheduled(1), completed(1), scheduled(2), completed(2)],
        [scheduled(1), timer, completed(1), scheduled(2), completed(2, 9)],
    )
    assert changes(found)[2:] == [
        ("only_b", None, 3),
        ("same", 3, 4),
        ("same", 4, 5),
        ("changed", 5, 6),
    ]


def test_of_outcomes_in_another_order_as_few_as_possible_are_missing() -> None:
    both = [scheduled(1), scheduled(2), scheduled(3)]
    found = compare(
        [*both, completed(1), completed(2), completed(3)],
        [*both, completed(2), completed(3), completed(1)],
    )
    assert found.first == 5
    assert changes(found)[3:] == [
        ("only_a", 5, None),
        ("same", 6, 5),
        ("same", 7, 6),
        ("only_b", None, 7),
    ]


def test_every_event_is_shown_once_and_in_order() -> None:
    for seed in range(200):
        dice = random.Random(seed)
        numbers = list(range(1, 9))
        a = [completed(n) for n in dice.sample(numbers, dice.randint(0, 8))]
        b = [completed(n) for n in dice.sample(numbers, dice.randint(0, 8))]
        found = compare(a, b, context=100)
        seqs_a = [p.a.seq for p in found.pairs if p.a is not None]
        seqs_b = [p.b.seq for p in found.pairs if p.b is not None]
        assert seqs_a == list(range(1, len(a) + 2)), f"seed {seed}"
        assert seqs_b == list(range(1, len(b) + 2)), f"seed {seed}"
        for pair in found.pairs:
            equal = pair.a and pair.b and pair.a.body == pair.b.body
            assert (pair.change == "same") is bool(equal), f"seed {seed}"
        shared = {body for _, body in a} & {body for _, body in b}
        paired = sum(1 for p in found.pairs if p.a and p.b) - 1
        assert (paired > 0) is bool(shared), f"seed {seed}"


def test_the_seed_alone_makes_no_difference_but_the_code_does() -> None:
    def start(**members: str) -> list[Any]:
        body = events.run_started(
            code=members.get("code", "c"),
            seed=members.get("seed", "00"),
            workflow="w",
            input_json=b"1",
            fork_of=members.get("fork_of"),
            fork_at=3,
        )
        return recorded.history((events.RUN_STARTED, body))

    assert difference(start(), start(seed="11", fork_of="x/1")).same
    assert not difference(start(), start(code="d")).same


def test_erased_bodies_are_equal_to_erased_ones_only() -> None:
    made = recorded.history(START, scheduled(1))
    erased = [made[0], made[1]._replace(body=None)]
    assert difference(erased, erased).same
    assert changes(difference(made, erased))[1:] == [("only_a", 2, None), ("only_b", None, 2)]
