"""The facts about budgets and the tables that they are folded into.

An account has what it has reserved and spent; a reservation is what is set aside for one effect.
The tables hold no limits: those are in the signed records, and ``budget`` holds the sums against
them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, NamedTuple, Protocol

import msgspec

from tarl.journal.projection import Fact, Projection, Record, Table, Tables
from tarl.values.ids import tenant_of

RESERVED = "budget.reserved/1"
SETTLED = "budget.settled/1"
RELEASED = "budget.released/1"

CALLS = "calls"
"""The unit of which every effect takes one, whatever comes of it: who tries in a loop what fails
does not try for ever.
"""

Status = Literal["reserved", "settled", "released"]


class BudgetReserved(msgspec.Struct, frozen=True, kw_only=True):
    """An effect is about to spend; ``grants`` are the accounts, the effect's own first. A further
    one of the same key takes the place of the one before.
    """

    key: str
    unit: str
    amount: int
    grants: tuple[str, ...]


class BudgetSettled(msgspec.Struct, frozen=True, kw_only=True):
    """The effect is over; it spent so much of what was reserved."""

    key: str
    unit: str
    spent: int


class BudgetReleased(msgspec.Struct, frozen=True, kw_only=True):
    """The operator gave a reservation back whose effect never ended."""

    key: str
    unit: str
    reason: str


BODIES: dict[str, type[msgspec.Struct]] = {
    RESERVED: BudgetReserved,
    SETTLED: BudgetSettled,
    RELEASED: BudgetReleased,
}
DECODERS: dict[str, Callable[[bytes], Any]] = {
    kind: msgspec.json.Decoder(body).decode for kind, body in BODIES.items()
}

BUDGETS = Table(
    name="trust_budget",
    columns={
        "tenant": "TEXT",
        "account": "TEXT",
        "unit": "TEXT",
        "reserved": "INTEGER",
        "spent": "INTEGER",
    },
    key=("tenant", "account", "unit"),
)
RESERVATIONS = Table(
    name="trust_reservation",
    columns={
        "tenant": "TEXT",
        "key": "TEXT",
        "unit": "TEXT",
        "agent": "TEXT",
        "amount": "INTEGER",
        "spent": "INTEGER",
        "status": "TEXT",
        "accounts": "TEXT",
        "reserved_at_ms": "INTEGER",
    },
    key=("tenant", "key", "unit"),
    indexes=(("tenant", "status", "reserved_at_ms"),),
)


class Balance(NamedTuple):
    """What an account has given out, in minor units."""

    reserved: int = 0
    spent: int = 0


class Reservation(msgspec.Struct, frozen=True, kw_only=True):
    """What is set aside for one effect, or was."""

    key: str
    unit: str
    agent: str
    amount: int
    spent: int
    status: Status
    accounts: tuple[str, ...]
    reserved_at_ms: int

    @property
    def counts(self) -> bool:
        """Whether a further try of the effect has been charged already."""
        return self.status == "reserved" or (self.status == "settled" and self.spent > 0)


class Reads(Protocol):
    """What a store and a transaction both answer."""

    def get(self, table: str, *key: Any) -> Record | None: ...


def balance_of(tables: Reads, tenant: str, account: str, unit: str) -> Balance:
    record = tables.get("trust_budget", tenant, account, unit)
    return Balance() if record is None else Balance(record["reserved"], record["spent"])


def reservation_of(record: Record) -> Reservation:
    return Reservation(
        key=record["key"],
        unit=record["unit"],
        agent=record["agent"],
        amount=record["amount"],
        spent=record["spent"],
        status=record["status"],
        accounts=tuple(msgspec.json.decode(record["accounts"])),
        reserved_at_ms=record["reserved_at_ms"],
    )


# --- folding


def _apply(tables: Tables, fact: Fact) -> None:
    if fact.body is None:
        return  # erased with its tenant
    tenant = tenant_of(fact.stream)
    said = DECODERS[fact.kind](fact.body)
    record = tables.get("trust_reservation", tenant, said.key, said.unit)
    held = None if record is None else reservation_of(record)
    if held is not None and held.status == "reserved":
        for account in held.accounts:
            _add(tables, tenant, account, said.unit, reserved=-held.amount)
    if fact.kind == RESERVED:
        agent = tenant_of(f"-/{fact.stream.rpartition('/')[2]}")
        tables.put("trust_reservation", _row(tenant, agent, said, fact.recorded_at_ms))
        for account in said.grants:
            _add(tables, tenant, account, said.unit, reserved=said.amount)
    elif held is not None and fact.kind == SETTLED:
        # Said twice, the larger amount stands, and is charged once.
        more = max(0, said.spent - held.spent)
        changes = {"status": "settled", "spent": held.spent + more}
        tables.update("trust_reservation", (tenant, said.key, said.unit), changes)
        for account in held.accounts:
            _add(tables, tenant, account, said.unit, spent=more)
    elif held is not None and held.status == "reserved":
        tables.update("trust_reservation", (tenant, said.key, said.unit), {"status": "released"})


def _row(tenant: str, agent: str, said: BudgetReserved, at_ms: int) -> Record:
    return {
        "tenant": tenant,
        "key": said.key,
        "unit": said.unit,
        "agent": agent,
        "amount": said.amount,
        "spent": 0,
        "status": "reserved",
        "accounts": msgspec.json.encode(said.grants).decode(),
        "reserved_at_ms": at_ms,
    }


def _add(
    tables: Tables, tenant: str, account: str, unit: str, *, reserved: int = 0, spent: int = 0
) -> None:
    now = balance_of(tables, tenant, account, unit)
    tables.put(
        "trust_budget",
        {
            "tenant": tenant,
            "account": account,
            "unit": unit,
            "reserved": now.reserved + reserved,
            "spent": now.spent + spent,
        },
    )


BUDGETS_PROJECTION = Projection(
    name="budgets",
    tables=(BUDGETS, RESERVATIONS),
    kinds=frozenset(BODIES),
    apply=_apply,
)
