"""Runs on Temporal are spans that hang together, each once, and tell nothing that was said."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode
from tests.temporal_server import Server, server
from tests.unit.engines.temporal import trace_flows as flows

import tarl
from tarl.engines.temporal import tracing
from tarl.engines.temporal.runtime import TemporalRuntime
from tarl.errors import Invalid, RunFailed
from tarl.work.schedules.spec import Spec
from tarl.work.schedules.times import Every

LONG_S = 90.0
WORKFLOWS = [flows.outer_span, flows.inner_span, flows.breaks_span, flows.goes_round]


@pytest.fixture(scope="module")
def temporal() -> Iterator[Server]:
    with server(namespaces=8) as running:
        yield running


class Traced:
    """An engine with spans."""

    def __init__(self, temporal: Server, path: Path, *, cached: int = 100) -> None:
        self._temporal, self._path, self._cached = temporal, path, cached
        self.exporter = InMemorySpanExporter()
        self.provider = TracerProvider()
        self.provider.add_span_processor(SimpleSpanProcessor(self.exporter))

    def live(self, use: Callable[[TemporalRuntime], Awaitable[Any]]) -> Sequence[ReadableSpan]:
        """The spans of what ``use`` does, in the order in which they ended."""
        flows.TRIES.clear()
        asyncio.run(self._live(use))
        return self.exporter.get_finished_spans()

    async def _live(self, use: Callable[[TemporalRuntime], Awaitable[Any]]) -> None:
        async with tarl.open(self._path, workflows=WORKFLOWS) as runtime:
            engine = await tarl.connect_temporal(
                runtime,
                self._temporal.address,
                namespace=self._temporal.namespace(),
                tracing=self.provider,
            )
            async with engine.working(workflows=WORKFLOWS, cached_max=self._cached):
                await asyncio.wait_for(use(engine), LONG_S)


def parents(spans: Sequence[ReadableSpan]) -> list[tuple[str, str]]:
    """Each span and its parent by name, sorted."""
    names = {span.context.span_id: span.name for span in spans}
    return sorted(
        (span.name, "" if span.parent is None else names[span.parent.span_id]) for span in spans
    )


def traces(spans: Sequence[ReadableSpan]) -> int:
    return len({span.context.trace_id for span in spans})


START = "StartWorkflow:outer_span"
CHILD = "StartChildWorkflow:inner_span"
END = "CompleteWorkflow:inner_span"
WHOLE = sorted(
    [
        (START, ""),
        ("RunWorkflow:outer_span", START),
        ("StartActivity:wavers", START),
        ("RunActivity:wavers", "StartActivity:wavers"),
        ("RunActivity:wavers", "StartActivity:wavers"),
        (CHILD, START),
        ("RunWorkflow:inner_span", CHILD),
        ("StartActivity:squares", CHILD),
        ("RunActivity:squares", "StartActivity:squares"),
        ("CompleteWorkflow:inner_span", CHILD),
        ("SignalWorkflow:more", ""),
        ("HandleSignal:more", START),
        ("CompleteWorkflow:outer_span", START),
    ]
)


@pytest.mark.parametrize("cached", [100, 0], ids=["kept in memory", "replayed at each step"])
def test_spans_hang_together_and_are_made_once(
    temporal: Server, tmp_path: Path, cached: int
) -> None:
    async def use(engine: TemporalRuntime) -> None:
        handle = await engine.start(flows.outer_span, 3, id="w")
        await engine.signal("w", "more", 1)
        assert await handle.result() == 10

    spans = Traced(temporal, tmp_path / "t.db", cached=cached).live(use)
    if cached:
        assert parents(spans) == WHOLE
    else:  # the one run's task may push the other's out, which is then taken once more
        made, whole = Counter(parents(spans)), Counter(WHOLE)
        assert whole <= made
        assert made.keys() == whole.keys()
        assert (made - whole).total() <= 2
    assert traces(spans) == 2  # the signal's own, which the run's span of it names
    handled = next(span for span in spans if span.name == "HandleSignal:more")
    (sent,) = [span for span in spans if span.name == "SignalWorkflow:more"]
    assert [link.context.span_id for link in handled.links] == [sent.context.span_id]
    attempts = [span for span in spans if span.name == "RunActivity:wavers"]
    assert [span.status.status_code for span in attempts] == [StatusCode.ERROR, StatusCode.UNSET]
    assert [span.context.span_id for span in attempts] == flows.TRIES
    assert [span.attributes["temporalAttempt"] for span in attempts if span.attributes] == [1, 2]
    assert all(span.attributes["temporalWorkflowID"] for span in spans if span.attributes)


def test_a_local_activity_that_a_replay_asks_for_has_both_its_spans(
    temporal: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The task that had asked for it was never reported."""

    def is_replaying() -> bool:
        return is_asking[-1] and tracing.workflow.info().workflow_type == "inner_span"

    def in_a_replay(commands: Any, input: Any) -> Any:
        is_asking.append(True)
        try:
            return real(commands, input)
        finally:
            is_asking.append(False)

    async def use(engine: TemporalRuntime) -> None:
        assert await engine.run(flows.inner_span, 3, id="w") == 9

    real, is_asking = tracing._Commands.start_local_activity, [False]
    monkeypatch.setattr(tracing._Commands, "start_local_activity", in_a_replay)
    monkeypatch.setattr(tracing.workflow.unsafe, "is_replaying", is_replaying)
    start = "StartWorkflow:inner_span"
    assert parents(Traced(temporal, tmp_path / "t.db").live(use)) == [
        (END, start),
        ("RunActivity:squares", "StartActivity:squares"),
        ("RunWorkflow:inner_span", start),
        ("StartActivity:squares", start),
        (start, ""),
    ]


def test_spans_that_nobody_would_take_are_refused(temporal: Server, tmp_path: Path) -> None:
    async def use() -> None:
        async with tarl.open(tmp_path / "t.db") as runtime:
            await tarl.connect_temporal(runtime, temporal.address, tracing=True)

    with pytest.raises(Invalid) as refused:
        asyncio.run(use())
    assert refused.value.code == "tracing.no_provider"


def test_errors_are_told_by_their_types_alone(temporal: Server, tmp_path: Path) -> None:
    async def use(engine: TemporalRuntime) -> None:
        with pytest.raises(RunFailed, match="xyzzy"):
            await engine.run(flows.breaks_span, id="w")

    spans = Traced(temporal, tmp_path / "t.db").live(use)
    (last,) = [span for span in spans if span.name == "CompleteWorkflow:breaks_span"]
    assert (last.status.status_code, last.status.description) == (StatusCode.ERROR, "ValueError")
    assert not any("xyzzy" in span.to_json() for span in spans)


def test_a_continuation_stays_in_its_trace(temporal: Server, tmp_path: Path) -> None:
    async def use(engine: TemporalRuntime) -> None:
        assert await engine.run(flows.goes_round, 2, id="w") == 0

    spans = Traced(temporal, tmp_path / "t.db").live(use)
    assert traces(spans) == 1
    names = [span.name for span in spans]
    assert names.count("RunWorkflow:goes_round") == 3
    assert names.count("CompleteWorkflow:goes_round") == 1


def test_the_run_of_a_schedule_begins_a_trace(temporal: Server, tmp_path: Path) -> None:
    async def use(engine: TemporalRuntime) -> None:
        spec = Spec(times=Every(every_ms=86_400_000_000), workflow="inner_span", input=2)
        await engine.schedules.create("s", spec)
        await engine.schedules.trigger("s")
        while not any(engine.engine.store.scan("run", {"status": "completed"})):
            await asyncio.sleep(0.05)
        while not any(span.name == END for span in traced.exporter.get_finished_spans()):
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.5)  # the starter's end

    traced = Traced(temporal, tmp_path / "t.db")
    spans = traced.live(use)
    assert parents(spans) == sorted(
        [
            (CHILD, ""),
            ("RunWorkflow:inner_span", CHILD),
            ("StartActivity:squares", CHILD),
            ("RunActivity:squares", "StartActivity:squares"),
            (END, CHILD),
        ]
    )
