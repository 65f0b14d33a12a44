"""What safety costs at the gateway, by what is set, and what looking through a large text costs."""

from __future__ import annotations

import asyncio
import contextlib
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.measure import Finding
from tarl.engines.embedded.clock import SystemClock
from tarl.engines.embedded.turns import TurnStore
from tarl.governance.safety.builtin import declared_guardrails
from tarl.governance.safety.court import SafetyCourt
from tarl.governance.safety.guardrails import Asked
from tarl.governance.safety.ledger import Safety
from tarl.governance.safety.panel import Panel
from tarl.governance.safety.sensitive.classes import find
from tarl.governance.safety.watch import Watch
from tarl.kernel.commands import step_command
from tarl.kernel.definition import activity
from tarl.kernel.effect import Effect
from tarl.kernel.limits import DEFAULT_LIMITS
from tarl.storage import open_store
from tarl.values.ids import RunId
from tarl.values.verdict import Allow, Verdict

DECISIONS = 4_000
EACH_TURN = 10
TARGET_US = 100
NOTHING_TARGET_US = 1
TEXT_BYTES = 1_048_576
TEXT_TARGET_S = 2.0

WATCHES = (
    Watch(name="flood", kind="calls", per="agent", count_max=9_000),
    Watch(name="tool", kind="calls", per="tool", count_max=9_000),
    Watch(name="circle", kind="loop", per="run", count_max=20),
)


@activity(name="benchmark.send", needs=["mail.send"])
def send(to: str, number: int) -> None:
    """An activity that nobody calls."""


def own(asked: Asked) -> Verdict:
    """A guardrail of a user's, in a thread of its own."""
    return Allow()


def _nothing(safety: Safety) -> None:
    return None


def _watched(safety: Safety) -> None:
    for watch in WATCHES:
        safety.watch(watch, by="benchmark")
    for number in range(10):
        safety.block_action(f"other.action{number}", by="benchmark")


def _guarded(safety: Safety) -> None:
    safety.enable("benchmark.own", by="benchmark")


SETTINGS: dict[str, Callable[[Safety], None]] = {
    "nothing set": _nothing,
    "3 watches and 10 blocks": _watched,
    "a guardrail of one's own": _guarded,
    "secrets looked for": lambda safety: safety.enable("secrets", by="benchmark"),
}


def measure(directory: Path, *, quick: bool) -> list[Finding]:
    """Times of decisions that allow, and of hostile texts of a mebibyte."""
    count = DECISIONS // 4 if quick else DECISIONS
    findings = []
    for number, (name, settings) in enumerate(SETTINGS.items()):
        times = asyncio.run(_times(directory / f"safety{number}.db", settings, count))
        target = NOTHING_TARGET_US if settings is _nothing else TARGET_US
        middle, late = statistics.median(times), statistics.quantiles(times, n=100)[98]
        measured = f"{middle:.1f} us, p99 {late:.1f} us"
        findings.append(
            Finding(
                f"the court of safety, {name}",
                measured,
                target=f"<= {target} us",
                met=middle <= target,
            )
        )
    return [*findings, *_texts()]


async def _times(path: Path, settings: Callable[[Safety], None], count: int) -> list[float]:
    with _court(path, settings) as court:
        times = []
        for number in range(count):
            if number % EACH_TURN == 0:
                await asyncio.sleep(0)  # what others committed is asked once a turn
            effect = _effect(number)
            begin = time.perf_counter()
            verdict = court.decide(effect)
            times.append((time.perf_counter() - begin) * 1e6)
            assert isinstance(verdict, Allow), verdict
    return times


@contextlib.contextmanager
def _court(path: Path, settings: Callable[[Safety], None]) -> Iterator[SafetyCourt]:
    clock, guardrails = SystemClock(), declared_guardrails()
    guardrails.register(own, name="benchmark.own")
    store = open_store(path)
    seen = TurnStore(store, asyncio.get_running_loop())
    panel = Panel(seen, clock=clock, guardrails=guardrails)
    settings(panel.safety)
    try:
        yield SafetyCourt(seen, panel, clock=clock)
    finally:
        panel.close()
        store.close()


def _effect(number: int) -> Effect:
    command = step_command(
        send,
        ("ann", number),
        {},
        step=number + 1,
        limits=DEFAULT_LIMITS,
        shelve=lambda data: data,
    )
    command.at_ms = 1_000_000 + number * 20
    return Effect(RunId("default", "r", 1), number + 1, send, command)


def _texts() -> Iterator[Finding]:
    for name, piece in {
        "words": "the quick brown fox jumps ",
        "half of a card": "4111 1111 ",
        "half of an address": "a.a@a.",
        "assignments": "password= ",
        "look-alikes": "\u0430@\u0430.\u0430 ",
    }.items():
        text = piece * (TEXT_BYTES // len(piece.encode()))
        begin = time.perf_counter()
        find(text)
        took = time.perf_counter() - begin
        yield Finding(
            f"what is sensitive in a mebibyte of {name}",
            f"{took:.2f} s",
            target=f"<= {TEXT_TARGET_S:.0f} s",
            met=took <= TEXT_TARGET_S,
        )
