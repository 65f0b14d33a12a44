"""Budgets against a naive model: trees of accounts, siblings, retries, releases, two connections.

The model knows each effect's amount, its accounts and what has become of it, and adds up anew each
time; the ledger keeps sums. Now and then the journal is opened again.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from tests.unit.trust.budget_parts import NOON_MS, TENANT, sqlite

from tarl.errors import Conflict, Exceeded, Invalid, Missing, TarlError
from tarl.journal.rebuild import changed_tables
from tarl.trust.accounts import Balance
from tarl.trust.budget import Account, Budgets, Charge

UNITS = ("EUR", "calls")
PARENTS = {"root": None, "left": "root", "right": "root", "leaf": "left", "twin": "left"}
AMOUNTS = st.sampled_from((0, 3, 3, 3, 5, 9, -1))


class Effect(NamedTuple):
    agent: str
    amount: int
    accounts: tuple[str, ...]
    status: str
    spent: int = 0

    @property
    def counts(self) -> bool:
        return self.status == "reserved" or (self.status == "settled" and self.spent > 0)


class BudgetMachine(RuleBasedStateMachine):
    @initialize(limits=st.fixed_dictionaries({name: st.integers(3, 20) for name in PARENTS}))
    def open(self, limits: dict[str, int]) -> None:
        self.directory = TemporaryDirectory()
        self.path = Path(self.directory.name) / "t.db"
        self.limits = limits
        self.effects: dict[tuple[str, str], Effect] = {}
        self.late = False
        self.stores = [sqlite(self.path), sqlite(self.path)]

    def budgets(self, which: int) -> Budgets:
        return Budgets(self.stores[which])

    def used(self, account: str, unit: str, *, but: str = "") -> int:
        return sum(
            effect.amount if effect.status == "reserved" else effect.spent
            for (key, of), effect in self.effects.items()
            if of == unit and key != but and account in effect.accounts
        )

    @rule(
        which=st.integers(0, 1),
        agent=st.sampled_from(("ada", "ada", "ada", "eve")),
        key=st.sampled_from("klm"),
        grant=st.sampled_from(tuple(PARENTS)),
        amounts=st.dictionaries(st.sampled_from(UNITS), AMOUNTS, min_size=1),
    )
    def reserve(
        self, which: int, agent: str, key: str, grant: str, amounts: dict[str, int]
    ) -> None:
        line = []
        above: str | None = grant
        while above is not None:
            line.append(above)
            above = PARENTS[above]
        charges = [
            Charge(unit, amount, tuple(Account(name, self.limits[name]) for name in line))
            for unit, amount in amounts.items()
        ]
        expected = self.expected(agent, key, tuple(line), amounts)
        try:
            self.budgets(which).reserve(TENANT, agent, key, charges, at_ms=NOON_MS)
        except TarlError as error:
            refusal: type[TarlError] | None = type(error)
        else:
            refusal = None
        assert refusal is expected
        if refusal:
            return
        for unit, amount in amounts.items():
            found = self.effects.get((key, unit))
            if found is None or not found.counts or found.status == "reserved":
                self.effects[key, unit] = Effect(agent, amount, tuple(line), "reserved")

    def expected(
        self, agent: str, key: str, line: tuple[str, ...], amounts: dict[str, int]
    ) -> type[TarlError] | None:
        if any(amount < 0 for amount in amounts.values()):
            return Invalid
        fresh = {}
        for unit, amount in amounts.items():
            found = self.effects.get((key, unit))
            if found is not None and found.counts:
                if (found.agent, found.amount) != (agent, amount):
                    return Conflict
                if found.status == "settled" or found.accounts == line:
                    continue
            fresh[unit] = amount
        for unit, amount in fresh.items():
            old = self.effects.get((key, unit))
            for name in line:
                own = old is not None and old.status == "reserved"
                if self.used(name, unit, but=key if own else "") + amount > self.limits[name]:
                    return Exceeded
        return None

    @rule(
        which=st.integers(0, 1),
        key=st.sampled_from("klm"),
        unit=st.sampled_from(UNITS),
        spent=AMOUNTS,
    )
    def settle(self, which: int, key: str, unit: str, spent: int) -> None:
        found = self.effects.get((key, unit))
        expected: type[TarlError] | None = None
        if found is None:
            expected = Missing
        elif spent < 0 or spent > found.amount:
            expected = Invalid
        elif found.status == "settled" and found.spent != spent:
            expected = Conflict
        try:
            self.budgets(which).settle(TENANT, key, {unit: spent}, at_ms=NOON_MS)
        except TarlError as error:
            refusal: type[TarlError] | None = type(error)
        else:
            refusal = None
        assert refusal is expected
        if refusal or found is None:
            return
        self.late = self.late or (found.status == "released" and spent > 0)
        self.effects[key, unit] = found._replace(status="settled", spent=spent)

    @rule(which=st.integers(0, 1), key=st.sampled_from("klm"))
    def release(self, which: int, key: str) -> None:
        found = {unit: e for (of, unit), e in self.effects.items() if of == key}
        expected: type[TarlError] | None = None
        if not found:
            expected = Missing
        elif all(effect.status == "settled" for effect in found.values()):
            expected = Conflict
        try:
            self.budgets(which).release(TENANT, key, "a dead run", at_ms=NOON_MS)
        except TarlError as error:
            refusal: type[TarlError] | None = type(error)
        else:
            refusal = None
        assert refusal is expected
        if refusal:
            return
        for unit, effect in found.items():
            if effect.status == "reserved":
                self.effects[key, unit] = effect._replace(status="released")

    @rule(which=st.integers(0, 1))
    def open_again(self, which: int) -> None:
        self.stores[which].close()
        self.stores[which] = sqlite(self.path)

    @invariant()
    def sums_are_the_models_and_never_over_a_limit(self) -> None:
        for account in PARENTS:
            for unit in UNITS:
                balance = self.budgets(0).balance(TENANT, account, unit)
                mine = [
                    e for (_, of), e in self.effects.items() if of == unit and account in e.accounts
                ]
                assert balance == Balance(
                    sum(e.amount for e in mine if e.status == "reserved"),
                    sum(e.spent for e in mine),
                )
                assert self.late or balance.reserved + balance.spent <= self.limits[account]

    @invariant()
    def what_is_outstanding_is_what_the_model_has(self) -> None:
        open_ones = {(r.key, r.unit) for r in self.budgets(1).outstanding(TENANT)}
        assert open_ones == {k for k, e in self.effects.items() if e.status == "reserved"}

    def teardown(self) -> None:
        if hasattr(self, "stores"):
            assert not list(changed_tables(self.stores[0]))
            for store in self.stores:
                store.close()
            self.directory.cleanup()


def test_budgets_hold() -> None:
    run_state_machine_as_test(
        BudgetMachine, settings=settings(max_examples=50, stateful_step_count=40, deadline=None)
    )
