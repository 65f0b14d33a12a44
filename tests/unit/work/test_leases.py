"""Named leases: one holder at a time, tokens that rise, only the holder extends and releases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tarl.errors import Conflict, Invalid
from tarl.journal.memory import MemoryStore
from tarl.journal.sqlite import SqliteStore
from tarl.journal.store import Batch, Store
from tarl.testing.clock import JumpingClock
from tarl.work.leases import LEASES_COORDINATION, Leases

HOUR_MS = 3_600_000
ROOMS: dict[str, Any] = {"origin": "tarl/test", "coordinations": (LEASES_COORDINATION,)}


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "memory":
        yield MemoryStore(**ROOMS)
        return
    opened = SqliteStore(tmp_path / "journal.db", synchronous="NORMAL", **ROOMS)
    yield opened
    opened.close()


@pytest.fixture
def clock() -> JumpingClock:
    return JumpingClock()


@pytest.fixture
def leases(store: Store, clock: JumpingClock) -> Leases:
    return Leases(store, clock=clock)


def test_one_holder_at_a_time_until_it_ends(leases: Leases, clock: JumpingClock) -> None:
    first = leases.acquire("wf", "a", duration_ms=1_000)
    assert first is not None
    assert leases.acquire("wf", "b", duration_ms=1_000) is None
    clock.advance(0.999)
    assert leases.acquire("wf", "b", duration_ms=1_000) is None
    clock.advance(0.001)
    second = leases.acquire("wf", "b", duration_ms=1_000)
    assert second is not None
    assert (first.token, second.token) == (1, 2)
    assert leases.get("wf") == second


def test_whoever_has_it_already_extends_it(leases: Leases, clock: JumpingClock) -> None:
    first = leases.acquire("wf", "a", duration_ms=1_000)
    clock.advance(0.5)
    again = leases.acquire("wf", "a", duration_ms=2_000)
    assert first is not None
    assert again is not None
    assert (again.token, again.acquired_at_ms) == (first.token, first.acquired_at_ms)
    assert again.expires_at_ms == clock.now_ms() + 2_000


def test_heartbeats_extend_and_only_the_holder_s_do(leases: Leases, clock: JumpingClock) -> None:
    leases.acquire("wf", "a", duration_ms=1_000)
    for _ in range(5):
        clock.advance(0.8)
        assert leases.heartbeat("wf", "a") is not None
        assert leases.heartbeat("wf", "b") is None
    clock.advance(1.0)
    assert leases.heartbeat("wf", "a") is None  # lost: nobody knows what happened meanwhile
    assert leases.get("wf") is None


def test_only_the_holder_releases_and_tokens_go_on_rising(leases: Leases) -> None:
    leases.acquire("wf", "a", duration_ms=1_000)
    assert not leases.release("wf", "b")
    assert leases.get("wf") is not None
    assert leases.release("wf", "a")
    assert not leases.release("wf", "a")
    later = leases.acquire("wf", "b", duration_ms=1_000)
    assert later is not None
    assert later.token == 2


def test_a_late_holder_s_commit_is_refused_by_its_token(
    leases: Leases, store: Store, clock: JumpingClock
) -> None:
    late = leases.acquire("wf", "a", duration_ms=1_000)
    assert late is not None
    store.commit(Batch((), guards=(leases.guard(late),)))
    clock.advance(2)
    store.commit(Batch((), guards=(leases.guard(late),)))  # late, and nobody else has had it
    newer = leases.acquire("wf", "b", duration_ms=1_000)
    assert newer is not None
    with pytest.raises(Conflict) as refused:
        store.commit(Batch((), guards=(leases.guard(late),)))
    assert refused.value.code == "lease.lost"
    store.commit(Batch((), guards=(leases.guard(newer),), changes=(leases.releasing(newer),)))
    assert leases.get("wf") is None
    with pytest.raises(Conflict):
        store.commit(Batch((), guards=(leases.guard(newer),)))


def test_a_clock_set_back_keeps_nobody_out_for_longer_than_the_lease(
    leases: Leases, clock: JumpingClock
) -> None:
    leases.acquire("wf", "a", duration_ms=1_000)
    clock.set_wall(clock.now_ms() - HOUR_MS)
    assert leases.acquire("wf", "b", duration_ms=1_000) is None
    clock.advance(1)
    assert leases.acquire("wf", "b", duration_ms=1_000) is not None


def test_a_clock_set_forward_costs_the_lease_and_the_token_protects(
    leases: Leases, store: Store, clock: JumpingClock
) -> None:
    held = leases.acquire("wf", "a", duration_ms=1_000)
    assert held is not None
    clock.set_wall(clock.now_ms() + HOUR_MS)
    assert leases.acquire("wf", "b", duration_ms=1_000) is not None
    assert leases.heartbeat("wf", "a") is None
    with pytest.raises(Conflict):
        store.commit(Batch((), guards=(leases.guard(held),)))


def test_tenants_have_names_of_their_own(leases: Leases) -> None:
    assert leases.acquire("wf", "a", duration_ms=1_000, tenant="x")
    assert leases.acquire("wf", "b", duration_ms=1_000, tenant="y")
    assert [lease.holder for lease in leases.held(tenant="x")] == ["a"]
    assert not leases.release("wf", "a", tenant="y")


@pytest.mark.parametrize("duration", [0, -1, 1.5, True, 10**15], ids=str)
def test_a_duration_out_of_range_is_refused(leases: Leases, duration: Any) -> None:
    with pytest.raises(Invalid) as refused:
        leases.acquire("wf", "a", duration_ms=duration)
    assert refused.value.code == "lease.duration"


def test_leases_outlive_the_process(tmp_path: Path, clock: JumpingClock) -> None:
    store = SqliteStore(tmp_path / "journal.db", synchronous="NORMAL", **ROOMS)
    Leases(store, clock=clock).acquire("wf", "a", duration_ms=1_000)
    store.close()
    store = SqliteStore(tmp_path / "journal.db", synchronous="NORMAL", **ROOMS)
    assert Leases(store, clock=clock).acquire("wf", "b", duration_ms=1_000) is None
    store.close()
