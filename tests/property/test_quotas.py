"""Quotas against a naive model: what tenants have never passes what they may have.

Runs start, end and go on through a bounded store, amounts are taken and given back beside them,
quotas change and tenants are registered and closed meanwhile, the clock jumps, and now and then the
journal is opened again. Two connections share the file. What the model says is used is what is
counted; what the facts say is what is counted of runs.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from tests.unit.tenancy.parts import HandClock, Office, ended, sqlite, started

from tarl.errors import Exceeded, TarlError
from tarl.journal.store import Batch
from tarl.kernel import events
from tarl.tenancy.ledger import Tenants
from tarl.tenancy.metering import BoundedStore
from tarl.tenancy.tenant import Quotas

TENANTS = ("acme", "ä/b", "default")
HELD = ("workflows", "concurrent_executions", "queue_depth", "storage_bytes")
AMOUNTS = st.integers(1, 6)
QUOTA = st.none() | st.integers(0, 12)
MINUTE_MS = 60_000


class Model:
    """What one tenant has and may have, in plain numbers."""

    def __init__(self) -> None:
        self.registered = False
        self.closed = False
        self.quotas: dict[str, int | None] = {}
        self.held = dict.fromkeys(HELD, 0)
        self.runs: dict[str, bool] = {}  # id -> whether it is under way
        self.passed: list[int] = []

    def fits(self, resource: str, amount: int) -> bool:
        quota = self.quotas.get(resource)
        return quota is None or self.held[resource] + amount <= quota


class QuotaMachine(RuleBasedStateMachine):
    @initialize()
    def open(self) -> None:
        self.directory = TemporaryDirectory()
        self.path = Path(self.directory.name) / "t.db"
        self.clock = HandClock()
        self.models = {tenant: Model() for tenant in TENANTS}
        self.number = 0
        self.offices = [self.office(), self.office()]

    def office(self) -> Office:
        office = Office(sqlite(self.path), clock=self.clock)
        office.store = BoundedStore(office.store, office.bounds)
        office.tenants = Tenants(office.store, keyring=office.keyring, bounds=office.bounds)
        return office

    @rule(tenant=st.sampled_from(TENANTS[:2]), quotas=st.dictionaries(st.sampled_from(HELD), QUOTA))
    def register(self, tenant: str, quotas: dict[str, int | None]) -> None:
        model = self.models[tenant]
        if model.registered:
            return
        self.offices[0].tenants.create(tenant, sealed=False, quotas=Quotas.of(quotas))
        self.is_registered(tenant, quotas)

    @rule(
        tenant=st.sampled_from(TENANTS),
        resource=st.sampled_from((*HELD, "rate_per_minute")),
        quota=QUOTA,
    )
    def set_quota(self, tenant: str, resource: str, quota: int | None) -> None:
        model = self.models[tenant]
        may = (model.registered or tenant == "default") and not model.closed
        changes = quota is not None or model.quotas.get(resource) is not None
        try:
            self.offices[1].tenants.set_quotas(tenant, {resource: quota})
        except TarlError:
            assert not may
            return
        assert may
        if not model.registered and changes:
            self.is_registered(tenant, {})
        model.quotas[resource] = quota

    def is_registered(self, tenant: str, quotas: dict[str, int | None]) -> None:
        model = self.models[tenant]
        model.registered = True
        model.quotas.update(quotas)
        model.held["workflows"] = len(model.runs)
        model.held["concurrent_executions"] = sum(model.runs.values())
        model.held["storage_bytes"] = self.bytes_of(tenant)

    def bytes_of(self, tenant: str) -> int:
        return self.offices[0].bounds.counted(tenant).storage_bytes

    @rule(
        office=st.integers(0, 1),
        tenant=st.sampled_from(TENANTS),
        resource=st.sampled_from(("workflows", "concurrent_executions", "queue_depth")),
        amount=AMOUNTS,
    )
    def take(self, office: int, tenant: str, resource: str, amount: int) -> None:
        model = self.models[tenant]
        fits = not model.registered or (not model.closed and model.fits(resource, amount))
        refused = self.refusal_of(lambda: self.offices[office].take(tenant, resource, amount))
        assert fits is (refused is None), refused
        if fits and model.registered:
            model.held[resource] += amount

    @rule(
        office=st.integers(0, 1),
        tenant=st.sampled_from(TENANTS),
        resource=st.sampled_from(("workflows", "concurrent_executions", "queue_depth")),
        amount=AMOUNTS,
    )
    def give_back(self, office: int, tenant: str, resource: str, amount: int) -> None:
        self.offices[office].give_back(tenant, resource, amount)
        model = self.models[tenant]
        if model.registered:
            model.held[resource] = max(0, model.held[resource] - amount)

    @rule(office=st.integers(0, 1), tenant=st.sampled_from(TENANTS))
    def start(self, office: int, tenant: str) -> None:
        self.number += 1
        model, id = self.models[tenant], f"r{self.number}"
        segment = tenant.replace("/", "%2F").replace("ä", "%C3%A4")
        row = started(segment, id)
        size = len(row.body or b"")
        wanted = {"workflows": 1, "concurrent_executions": 1, "storage_bytes": size}
        fits = not model.registered or (
            not model.closed
            and all(model.fits(resource, amount) for resource, amount in wanted.items())
            and self.passes(model)
        )
        refused = self.refusal_of(lambda: self.offices[office].store.commit(Batch([row])))
        assert fits is (refused is None), refused
        if not fits:
            return
        model.runs[id] = True
        if model.registered:
            for resource, amount in wanted.items():
                model.held[resource] += amount
            if model.quotas.get("rate_per_minute") is not None:
                model.passed.append(self.clock.at_ms)

    @staticmethod
    def refusal_of(act: Callable[[], None]) -> Exceeded | None:
        try:
            act()
        except Exceeded as error:
            return error
        return None

    def passes(self, model: Model) -> bool:
        """Whole seconds, as the window has it: what lies up to 60 of them back counts."""
        quota = model.quotas.get("rate_per_minute")
        now_s = self.clock.at_ms // 1000
        recent = [ms for ms in model.passed if ms // 1000 >= now_s - 60]
        return quota is None or len(recent) < quota

    @precondition(lambda self: any(any(model.runs.values()) for model in self.models.values()))
    @rule(office=st.integers(0, 1), data=st.data(), failed=st.booleans())
    def end(self, office: int, data: Any, failed: bool) -> None:
        open_runs = [
            (t, id) for t in TENANTS for id, is_open in self.models[t].runs.items() if is_open
        ]
        tenant, id = data.draw(st.sampled_from(open_runs))
        model = self.models[tenant]
        segment = tenant.replace("/", "%2F").replace("ä", "%C3%A4")
        store = self.offices[office].store
        row = ended(store, segment, id, events.RUN_FAILED if failed else events.RUN_COMPLETED)
        size = len(row.body or b"")
        fits = not model.registered or model.fits("storage_bytes", size)
        refused = self.refusal_of(lambda: store.commit(Batch([row])))
        assert fits is (refused is None), refused
        if not fits:
            return
        model.runs[id] = False
        if model.registered:
            held = model.held
            held["concurrent_executions"] = max(0, held["concurrent_executions"] - 1)
            held["storage_bytes"] += size

    @rule(tenant=st.sampled_from(TENANTS[:2]))
    def recount(self, tenant: str) -> None:
        model = self.models[tenant]
        if model.registered:
            self.offices[0].bounds.recount(tenant)
            model.held["workflows"] = len(model.runs)
            model.held["concurrent_executions"] = sum(model.runs.values())

    @rule(tenant=st.sampled_from(TENANTS[:1]), rarely=st.integers(0, 9))
    def close(self, tenant: str, rarely: int) -> None:
        model = self.models[tenant]
        if model.registered and not rarely:
            self.offices[0].tenants.erase(tenant, leave_clear=True)
            model.closed = True

    @rule(gap_ms=st.integers(0, 90_000))
    def time_passes(self, gap_ms: int) -> None:
        self.clock.at_ms += gap_ms

    @rule(which=st.integers(0, 1))
    def open_again(self, which: int) -> None:
        self.offices[which].store.close()
        self.offices[which] = self.office()

    @invariant()
    def what_is_counted_is_what_the_model_has(self) -> None:
        for tenant, model in self.models.items():
            if model.registered:
                usage = self.offices[1].bounds.usage(tenant).as_data()
                assert {name: usage[name] for name in HELD} == model.held, tenant

    def teardown(self) -> None:
        for office in getattr(self, "offices", ()):
            office.store.close()
        self.directory.cleanup()


def test_quotas_hold() -> None:
    run_state_machine_as_test(
        QuotaMachine, settings=settings(max_examples=40, stateful_step_count=40, deadline=None)
    )
