"""Budgets: charged with every ancestor, once by key, never over a limit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.unit.trust.budget_parts import NOON_MS, TENANT, eur, memory, sqlite

from tarl.errors import Conflict, Exceeded, Invalid, Missing, TarlError
from tarl.journal.memory import MemoryStore
from tarl.journal.projection import Tables
from tarl.journal.rebuild import changed_tables
from tarl.journal.store import Batch
from tarl.kernel.approvals.register import continued
from tarl.kernel.approvals.request import canonical
from tarl.trust.accounts import BUDGETS_PROJECTION, Balance, BudgetSettled
from tarl.trust.budget import Account, Budgets, Charge, check_amount

LEAF, PARENT, ROOT = ("leaf", 30), ("parent", 50), ("root", 80)
MAX = 2**53 - 1


@pytest.fixture
def store() -> MemoryStore:
    return memory()


@pytest.fixture
def budgets(store: MemoryStore) -> Budgets:
    return Budgets(store)


def reserve(budgets: Budgets, key: str, *charges: Charge, agent: str = "ada", **more: Any) -> None:
    budgets.reserve(TENANT, agent, key, charges, at_ms=NOON_MS, **more)


def settle(budgets: Budgets, key: str, **spent: Any) -> None:
    budgets.settle(TENANT, key, spent, at_ms=NOON_MS)


def balance(budgets: Budgets, account: str, unit: str = "EUR") -> Balance:
    return budgets.balance(TENANT, account, unit)


def refused(act: Any, *args: Any, **options: Any) -> TarlError:
    with pytest.raises((Conflict, Exceeded, Invalid, Missing)) as caught:
        act(*args, **options)
    return caught.value


def test_an_effect_charges_its_grant_and_every_ancestor(budgets: Budgets) -> None:
    reserve(budgets, "k", eur(20, LEAF, PARENT, ROOT))
    assert [balance(budgets, name) for name in ("leaf", "parent", "root")] == [Balance(20, 0)] * 3
    settle(budgets, "k", EUR=15)
    assert [balance(budgets, name) for name in ("leaf", "parent", "root")] == [Balance(0, 15)] * 3


def test_siblings_share_what_their_parent_has(budgets: Budgets) -> None:
    reserve(budgets, "one", eur(30, ("left", 40), PARENT, ROOT))
    error = refused(reserve, budgets, "two", eur(30, ("right", 40), PARENT, ROOT))
    assert error.code == "budget.exceeded"
    assert error.facts["grant"] == "parent"
    assert (error.facts["left"], error.facts["limit"], error.facts["asked"]) == (20, 50, 30)
    assert balance(budgets, "right") == Balance(0, 0)
    reserve(budgets, "two", eur(20, ("right", 40), PARENT, ROOT))
    assert balance(budgets, "parent") == Balance(50, 0)


def test_what_was_not_spent_can_be_had_again(budgets: Budgets) -> None:
    reserve(budgets, "k", eur(30, LEAF))
    refused(reserve, budgets, "l", eur(1, LEAF))
    settle(budgets, "k", EUR=10)
    refused(reserve, budgets, "l", eur(21, LEAF))
    reserve(budgets, "l", eur(20, LEAF))


def test_an_effect_is_charged_once_however_often_it_is_tried(
    budgets: Budgets, store: MemoryStore
) -> None:
    for _ in range(3):
        reserve(budgets, "k", eur(20, LEAF, ROOT))
    assert balance(budgets, "root") == Balance(20, 0)
    for _ in range(3):
        settle(budgets, "k", EUR=20)
        reserve(budgets, "k", eur(20, LEAF, ROOT))
    assert balance(budgets, "root") == Balance(0, 20)
    assert [e.kind for e in store.read("agent/acme/ada")] == [
        "budget.reserved/1",
        "budget.settled/1",
    ]


def test_a_key_stands_for_one_agent_and_one_amount(budgets: Budgets) -> None:
    reserve(budgets, "k", eur(5, LEAF))
    assert refused(reserve, budgets, "k", eur(6, LEAF)).code == "budget.key"
    assert refused(reserve, budgets, "k", eur(5, LEAF), agent="eve").code == "budget.key"
    settle(budgets, "k", EUR=5)
    assert refused(reserve, budgets, "k", eur(4, LEAF)).code == "budget.key"
    assert balance(budgets, "leaf") == Balance(0, 5)


def test_all_units_of_an_effect_or_none(budgets: Budgets) -> None:
    usd = Charge("USD", 9, (Account("leaf", 8),))
    assert refused(reserve, budgets, "k", eur(5, LEAF), usd).code == "budget.exceeded"
    assert balance(budgets, "leaf") == Balance(0, 0)
    reserve(budgets, "k", eur(5, LEAF), usd._replace(amount=8))
    assert balance(budgets, "leaf", "USD") == Balance(8, 0)
    settle(budgets, "k", EUR=5, USD=0)
    assert (balance(budgets, "leaf"), balance(budgets, "leaf", "USD")) == (
        Balance(0, 5),
        Balance(0, 0),
    )


def test_a_tenants_budgets_are_its_own(budgets: Budgets) -> None:
    reserve(budgets, "k", eur(30, LEAF))
    budgets.reserve("other", "ada", "k", [eur(30, LEAF)], at_ms=NOON_MS)
    assert balance(budgets, "leaf") == budgets.balance("other", "leaf", "EUR") == Balance(30, 0)


def test_an_effect_that_changes_grants_is_charged_to_the_new_one_only(budgets: Budgets) -> None:
    reserve(budgets, "k", eur(20, LEAF, ROOT))
    reserve(budgets, "k", eur(20, ("renewed", 20), ROOT))
    assert balance(budgets, "leaf") == Balance(0, 0)
    assert balance(budgets, "renewed") == balance(budgets, "root") == Balance(20, 0)
    assert refused(reserve, budgets, "k", eur(20, ("poor", 19), ROOT)).code == "budget.exceeded"
    assert balance(budgets, "renewed") == Balance(20, 0)


def test_what_is_set_aside_under_the_old_grant_is_not_in_the_way_of_the_new(
    budgets: Budgets,
) -> None:
    reserve(budgets, "k", eur(20, ("old", 20), ("root", 20)))
    reserve(budgets, "k", eur(20, ("new", 20), ("root", 20)))
    assert balance(budgets, "root") == Balance(20, 0)


class Interrupted(MemoryStore):
    """Lets somebody else be faster, once."""

    first: Any = None

    def commit(self, batch: Any, **options: Any) -> None:
        first, self.first = self.first, None
        if first is not None:
            first()
        super().commit(batch, **options)


def test_somebody_faster_with_the_same_key_is_seen_in_the_transaction() -> None:
    """They write to another stream, so only the guard can tell."""
    store = Interrupted(origin="tarl/test", projections=(BUDGETS_PROJECTION,))
    budgets = Budgets(store)
    store.first = lambda: reserve(budgets, "k", eur(5, LEAF), agent="eve")
    assert refused(reserve, budgets, "k", eur(5, LEAF)).code == "budget.key"
    assert balance(budgets, "leaf") == Balance(5, 0)
    store.first = lambda: budgets.release(TENANT, "k", "dead", at_ms=NOON_MS)
    settle(budgets, "k", EUR=5)
    assert balance(budgets, "leaf") == Balance(0, 5)


def test_settled_at_nothing_may_be_tried_anew(budgets: Budgets) -> None:
    reserve(budgets, "k", eur(20, LEAF))
    settle(budgets, "k", EUR=0)
    reserve(budgets, "l", eur(15, LEAF))
    assert refused(reserve, budgets, "k", eur(20, LEAF)).code == "budget.exceeded"
    settle(budgets, "l", EUR=0)
    reserve(budgets, "k", eur(20, LEAF))
    assert balance(budgets, "leaf") == Balance(20, 0)


def test_no_more_is_settled_than_was_set_aside(budgets: Budgets) -> None:
    reserve(budgets, "k", eur(20, LEAF))
    assert refused(settle, budgets, "k", EUR=21).code == "budget.amount"
    settle(budgets, "k", EUR=20)
    assert refused(settle, budgets, "k", EUR=19).code == "budget.settled"
    assert refused(settle, budgets, "k", USD=1).code == "budget.missing"
    assert refused(settle, budgets, "nothing", EUR=1).code == "budget.missing"


def test_the_operator_releases_what_a_dead_run_left_and_says_why(
    budgets: Budgets, store: MemoryStore
) -> None:
    reserve(budgets, "k", eur(20, LEAF), Charge("USD", 3, (Account("leaf", 8),)))
    assert [r.key for r in budgets.outstanding(TENANT)] == ["k", "k"]
    for reason in ("", "  ", "x" * 100_000, None):
        error = refused(budgets.release, TENANT, "k", reason, at_ms=NOON_MS)
        assert error.code == "budget.reason"
    budgets.release(TENANT, "k", "its run was terminated", at_ms=NOON_MS)
    budgets.release(TENANT, "k", "its run was terminated", at_ms=NOON_MS)
    assert balance(budgets, "leaf") == Balance(0, 0)
    assert not list(budgets.outstanding(TENANT))
    released = [e for e in store.read("agent/acme/ada") if e.kind == "budget.released/1"]
    assert len(released) == 2
    assert all(b"its run was terminated" in (event.body or b"") for event in released)
    error = refused(budgets.release, TENANT, "nothing", "why not", at_ms=NOON_MS)
    assert error.code == "budget.missing"


def test_what_is_settled_is_not_released(budgets: Budgets) -> None:
    reserve(budgets, "k", eur(20, LEAF))
    settle(budgets, "k", EUR=20)
    error = refused(budgets.release, TENANT, "k", "I want it back", at_ms=NOON_MS)
    assert error.code == "budget.settled"


def test_what_happened_after_all_is_charged_though_it_was_released(budgets: Budgets) -> None:
    """Truth goes first; and then nothing more passes."""
    reserve(budgets, "k", eur(30, LEAF))
    budgets.release(TENANT, "k", "taken for dead", at_ms=NOON_MS)
    reserve(budgets, "l", eur(30, LEAF))
    settle(budgets, "k", EUR=30)
    assert balance(budgets, "leaf") == Balance(30, 30)
    assert refused(reserve, budgets, "m", eur(1, LEAF)).code == "budget.exceeded"
    settle(budgets, "l", EUR=0)
    assert refused(reserve, budgets, "m", eur(1, LEAF)).code == "budget.exceeded"


@pytest.mark.parametrize(
    "amount", [-1, -(2**60), 2**53, 2**63, 2**64, 1.0, float("nan"), "1", None, True, [1], b"1"]
)
def test_what_is_no_amount_is_refused_everywhere(budgets: Budgets, amount: Any) -> None:
    assert refused(check_amount, amount).code == "budget.amount"
    assert refused(reserve, budgets, "k", eur(amount, LEAF)).code == "budget.amount"
    assert refused(reserve, budgets, "k", eur(1, ("leaf", amount))).code == "budget.amount"
    reserve(budgets, "k", eur(1, LEAF))
    assert refused(settle, budgets, "k", EUR=amount).code == "budget.amount"
    assert balance(budgets, "leaf") == Balance(1, 0)


def test_sums_do_not_overflow(budgets: Budgets) -> None:
    reserve(budgets, "k", eur(MAX, ("leaf", MAX)))
    assert refused(reserve, budgets, "l", eur(1, ("leaf", MAX))).code == "budget.exceeded"
    assert refused(reserve, budgets, "m", eur(MAX, ("leaf", MAX))).code == "budget.exceeded"
    settle(budgets, "k", EUR=MAX)
    assert balance(budgets, "leaf") == Balance(0, MAX)


@pytest.mark.parametrize(
    ("charges", "code"),
    [
        ([eur(1, LEAF), eur(1, ROOT)], "budget.unit"),
        ([Charge("", 1, (Account("a", 1),))], "budget.unit"),
        ([Charge("€", 1, (Account("a", 1),))], "budget.unit"),
        ([Charge("E" * 65, 1, (Account("a", 1),))], "budget.unit"),
        ([Charge(7, 1, (Account("a", 1),))], "budget.unit"),  # type: ignore[arg-type]
        ([eur(1, LEAF, LEAF)], "budget.accounts"),
        ([eur(1, ("", 4))], "budget.accounts"),
        ([eur(1, *((str(n), 9) for n in range(257)))], "budget.accounts"),
        ([Charge(f"U{n}", 1, (Account("a", 1),)) for n in range(17)], "budget.unit"),
    ],
)
def test_charges_that_are_none_are_refused(
    budgets: Budgets, charges: list[Charge], code: str
) -> None:
    assert refused(reserve, budgets, "k", *charges).code == code


@pytest.mark.parametrize("key", ["", "k" * 257, "ä", 7, None])
def test_keys_that_are_none_are_refused(budgets: Budgets, key: Any) -> None:
    assert refused(reserve, budgets, key, eur(1, LEAF)).code == "budget.key"
    assert refused(settle, budgets, key, EUR=1).code == "budget.key"
    assert refused(budgets.release, TENANT, key, "why", at_ms=NOON_MS).code == "budget.key"


def test_what_nothing_bounds_is_not_set_aside(budgets: Budgets, store: MemoryStore) -> None:
    reserve(budgets, "k", eur(1_000))
    assert store.log_size() == 0


def test_a_limit_of_nothing_lets_nothing_pass_but_nothing(budgets: Budgets) -> None:
    assert refused(reserve, budgets, "k", eur(1, ("leaf", 0))).code == "budget.exceeded"
    reserve(budgets, "k", eur(0, ("leaf", 0)))
    settle(budgets, "k", EUR=0)


def test_another_guard_in_the_same_transaction_refuses_too(budgets: Budgets) -> None:
    """So that a revocation between the decision and the reservation stops it."""

    def revoked(tables: Tables) -> None:
        raise Conflict("revoked meanwhile", code="test.revoked")

    error = refused(reserve, budgets, "k", eur(1, LEAF), guards=(revoked,))
    assert error.code == "test.revoked"
    assert balance(budgets, "leaf") == Balance(0, 0)


def test_a_settlement_that_is_recorded_twice_is_charged_once(
    budgets: Budgets, store: MemoryStore
) -> None:
    """Whoever settles in a commit of their own does not ask first."""
    reserve(budgets, "k", eur(20, LEAF))
    for spent in (5, 5, 0, 20, 20):
        writer = continued(store, "agent/acme/ada", tenant=TENANT)
        body = canonical(BudgetSettled(key="k", unit="EUR", spent=spent))
        store.commit(Batch([writer.append("budget.settled/1", body, at_ms=NOON_MS)]))
    assert balance(budgets, "leaf") == Balance(0, 20)
    assert budgets.reservations(TENANT, "k")[0].spent == 20


def test_two_connections_see_one_another_and_the_tables_are_folds(tmp_path: Path) -> None:
    one, two = (sqlite(tmp_path / "t.db") for _ in range(2))
    reserve(Budgets(one), "k", eur(20, LEAF, ROOT))
    reserve(Budgets(two), "k", eur(20, LEAF, ROOT))
    assert refused(reserve, Budgets(two), "l", eur(11, LEAF)).code == "budget.exceeded"
    reserve(Budgets(two), "m", eur(7, LEAF), agent="ä/b")
    settle(Budgets(one), "m", EUR=7)
    Budgets(two).release(TENANT, "k", "dead", at_ms=NOON_MS)
    reserve(Budgets(one), "k", eur(20, ("leaf", 30)))
    assert balance(Budgets(two), "leaf") == Balance(20, 7)
    assert {r.agent for r in Budgets(two).reservations(TENANT, "m")} == {"ä/b"}
    assert not list(changed_tables(one))
    for store in (one, two):
        store.close()
