"""No priority and no tenant starves: the bound of ``fairness``, on any arrivals."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.work.queues import HandClock, memory, queue_on

from tarl.work.queue.fairness import (
    PRIORITY_STRIDES,
    joined,
    start_tag,
    stride_of,
    turns_between,
)
from tarl.work.queue.task import Offer, Priority


class Flows:
    """Flows by the module's formulas alone."""

    def __init__(self, strides: dict[int, int]) -> None:
        self.strides = strides
        self.finish: dict[int, int] = {}
        self.now = 0

    def serve(self, able: set[int]) -> int | None:
        """One turn among the flows that have work and that this worker can serve."""
        busy = [flow for flow in self.finish if flow in able]
        if not busy:
            return None
        flow = min(busy, key=lambda f: (start_tag(self.finish[f], self.now), f))
        self.now = start_tag(self.finish[flow], self.now)
        self.finish[flow] = self.now + self.strides[flow]
        return flow


strides = st.sampled_from(
    [
        {int(p): stride for p, stride in PRIORITY_STRIDES.items()},
        {i: stride_of(weight) for i, weight in enumerate((1, 2, 7, 50, 1_000))},
    ]
)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("join"), st.integers(0, 5)),
        st.tuples(st.just("leave"), st.integers(0, 5)),
        st.tuples(st.just("all"), st.integers(1, 400)),
        st.tuples(st.sets(st.integers(0, 5), min_size=1), st.integers(1, 400)),
    ),
    max_size=25,
)


@given(strides, steps)
@settings(max_examples=60)
def test_between_two_turns_of_a_busy_flow_another_has_a_bounded_number(
    strides: dict[int, int], steps: list[tuple[object, int]]
) -> None:
    """Whoever is served only by some workers: the bound counts turns while all can be served."""
    flows = Flows(strides)
    since: dict[int, dict[int, int]] = {}
    for what, number in [*steps, ("all", 5_000)]:
        if what == "join" and number in strides and number not in flows.finish:
            flows.finish[number] = joined(flows.now, strides[number])
            since[number] = {}
        elif what == "leave":
            flows.finish.pop(number, None)
            since.pop(number, None)
        elif what not in ("join", "leave"):
            able = set(strides) if what == "all" else set(what)  # type: ignore[call-overload]
            for _ in range(number):
                served = flows.serve(able)
                if served is None:
                    break
                for flow, others in since.items():
                    if flow in able:
                        others[served] = others.get(served, 0) + 1
                for flow, others in since.items():
                    if flow in able and flow != served and served in others:
                        most = turns_between(strides[flow], strides[served])
                        assert others[served] <= most, (flow, served)
                since[served] = {}


def test_a_flow_that_nobody_could_serve_has_saved_nothing_up() -> None:
    flows = Flows({1: 1, 2: 8})
    flows.finish = {1: joined(0, 1), 2: joined(0, 8)}
    for _ in range(500):
        assert flows.serve({2}) == 2
    turns = [flows.serve({1, 2}) for _ in range(20)]
    assert 2 in turns[: turns_between(8, 1) + 1]


def test_a_normal_task_comes_within_its_bound_however_many_critical_ones_there_are() -> None:
    """The same through the queue itself, batch by batch, with new critical tasks all the time."""
    queue = queue_on(memory(), HandClock())
    bound = turns_between(PRIORITY_STRIDES[Priority.NORMAL], PRIORITY_STRIDES[Priority.CRITICAL])
    assert bound == 65
    queue.enqueue("t", 0, id="normal")
    served = 0
    for _ in range(0, 100, 10):
        for i in range(10):
            queue.enqueue("t", i, priority="critical")
        for delivery in queue.lease("w", Offer(), tasks_max=10):
            if delivery.lease.task.id == "normal":
                assert 50 < served <= bound
                return
            queue.complete(delivery, None)
            served += 1
    raise AssertionError("the normal task starved")
