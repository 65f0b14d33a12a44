"""The simulation finds what is wrong: engines that are broken on purpose break its laws."""

from __future__ import annotations

from typing import Any

import pytest
from tests.corpus import gathering, non_idempotent, sequence

from tarl.engines.embedded import opening
from tarl.engines.embedded.attempts import Attempts
from tarl.engines.embedded.committer import Committer
from tarl.engines.embedded.live_run import LiveRun
from tarl.kernel.effect import Effect
from tarl.kernel.permit import Permit
from tarl.testing.simulation import Report, Start, Violation, simulate

STARTS = [
    Start(workflow=sequence, input=4, id="s"),
    Start(workflow=gathering, input=4, id="g"),
    Start(workflow=non_idempotent, input=2, id="n"),
]


def seeds(count: int = 60) -> list[Report]:
    return [simulate(seed, STARTS) for seed in range(count)]


def test_a_scenario_without_faults_takes_one_life() -> None:
    report = simulate(3, STARTS, rates={})
    assert report.attempts == 4 + 4 + 4
    assert set(report.results) == {"s/1", "g/1", "n/1"}
    again = simulate(3, STARTS, rates={}, on_disk=True)
    assert again.results == report.results
    assert again.digests == report.digests


def test_results_are_the_same_with_and_without_faults() -> None:
    calm = simulate(0, STARTS, rates={}).results["s/1"]
    reports = seeds()
    assert {str(report.results["s/1"]) for report in reports} == {str(calm)}
    assert max(report.lives for report in reports) > 2


def test_a_key_that_changes_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = iter(range(10**9))
    monkeypatch.setattr(Effect, "key", property(lambda effect: f"key-{next(keys)}"))
    with pytest.raises(Violation, match=r"^seed \d+, life \d+: law 2"):
        seeds()


def test_steps_that_run_again_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def forgets(self: LiveRun, effect: Any, outcome: Any, permit: Any = None) -> None:
        answered(self, effect, outcome, permit)
        self.engine.effects.begin(self.attempts._spawn, self.engine.gateway.ask(effect))

    answered = LiveRun.answered
    monkeypatch.setattr(LiveRun, "answered", forgets)
    monkeypatch.setattr(Attempts, "_spawn", _spawn_anyway)
    with pytest.raises(Violation, match=r"law [15]"):
        seeds()


def _spawn_anyway(self: Attempts, permit: Permit) -> None:
    if not self._live.is_over:
        self._live.engine.effects.spawn(self._perform(permit), permit.effect.activity.name)


def test_a_lost_commit_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def pretends(self: Committer) -> None:
        pending, self._pending = self._pending, {}
        self._asked = False
        for part in pending.values():
            part.waiter.part = None
        self._done(pending)

    monkeypatch.setattr(Committer, "flush", pretends)
    with pytest.raises(Violation):
        seeds()


def test_a_run_that_hangs_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "_steps_to_run", lambda *_: [])
    with pytest.raises(Violation, match="law 6: a run waits for ever"):
        seeds()
