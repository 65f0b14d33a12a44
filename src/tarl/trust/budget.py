"""Budgets: what a grant's holders may spend, together with everyone they handed it on to.

Amounts are integers in the unit's minor unit (cents). An *account* is one budget of one record in
a chain; an effect charges the accounts of its own grant and of every ancestor, so siblings share
what their parent has, however it was split among them. Invariants:

1. What an account has reserved and spent never passes its limit, however many processes ask at
   once: the sums are checked inside the commit of the reservation. (One exception, on record: an
   effect that turns out to have happened after its reservation was released is charged all the
   same. Truth goes first, and nothing more passes then.)
2. Of all accounts and units of an effect, either all are charged or none.
3. An effect is charged once, by its key, whatever crashes in between and however often it is tried
   again. A key stands for one agent and one amount.
4. No more is settled than was reserved, and nothing else than a settlement or the operator's
   release, with a reason, ends a reservation.
5. What is no amount (negative, no integer, beyond 2^53-1) is refused before anything else.

Facts are events in the agent's stream; the tables are folds over them (``accounts``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from tarl.errors import Conflict, Exceeded, Invalid, Missing
from tarl.journal.projection import Guard, Tables
from tarl.journal.store import Batch, Store
from tarl.kernel.approvals.register import TRIES_MAX, continued
from tarl.kernel.approvals.request import TEXT_CHARS_MAX, canonical
from tarl.trust.accounts import (
    RELEASED,
    RESERVED,
    SETTLED,
    Balance,
    BudgetReleased,
    BudgetReserved,
    BudgetSettled,
    Reads,
    Reservation,
    balance_of,
    reservation_of,
)
from tarl.values.canonical import INTEGER_MAX
from tarl.values.ids import check_name, encode_segment
from tarl.values.metrics import Metrics, Unmeasured

ACCOUNTS_MAX = 256
"""Of one charge: a chain is at most so long, with few budgets in each record."""

CHARGES_MAX = 16
"""Units of one effect."""

UNIT_CHARS_MAX = 64


class Account(NamedTuple):
    """One budget of one record: the record's digest, or what names the budget in it, and its limit
    in minor units.
    """

    grant: str
    limit: int


class Charge(NamedTuple):
    """What an effect wants of one unit: the amount, and the accounts that bear it."""

    unit: str
    amount: int
    accounts: tuple[Account, ...]


class Budgets:
    """The budgets of a journal. No instant is read from a clock: ``at_ms`` is now."""

    def __init__(self, store: Store, *, metrics: Metrics | None = None) -> None:
        self._store = store
        self._metrics = metrics or Unmeasured()

    # --- looking

    def balance(self, tenant: str, account: str, unit: str) -> Balance:
        """What an account has given out so far."""
        return balance_of(self._store, tenant, account, unit)

    def reservations(self, tenant: str, key: str) -> list[Reservation]:
        """What was set aside for one effect, by unit."""
        found = self._store.scan("trust_reservation", {"tenant": tenant, "key": key})
        return [reservation_of(record) for record in found]

    def outstanding(self, tenant: str, *, limit: int | None = None) -> Iterator[Reservation]:
        """What is set aside and neither settled nor released, the oldest first."""
        for record in self._store.scan(
            "trust_reservation",
            {"tenant": tenant, "status": "reserved"},
            order_by="reserved_at_ms",
            limit=limit,
        ):
            yield reservation_of(record)

    # --- changing

    def reserve(
        self,
        tenant: str,
        agent: str,
        key: str,
        charges: Iterable[Charge],
        *,
        at_ms: int,
        guards: Sequence[Guard] = (),
    ) -> list[Reservation]:
        """Set aside what an effect is about to spend; once, however often.

        Args:
            tenant: Whose budgets.
            agent: Who spends; the facts go into its stream.
            key: The effect's idempotency key.
            charges: What is wanted of each unit. Without accounts nothing bounds a unit, and
                nothing is set aside of it.
            at_ms: Now.
            guards: What else must hold in the same transaction, such as that nobody revoked the
                grant meanwhile.

        Raises:
            Exceeded: an account has not so much left (``budget.exceeded``); nothing was set aside.
            Conflict: the key is another agent's, or was for another amount (``budget.key``).
            Invalid: what is no amount, unit, key or list of accounts (``budget.amount``,
                ``budget.unit``, ``budget.key``, ``budget.accounts``).
        """
        _check_key(key)
        wanted = [charge for charge in _checked(charges) if charge.accounts]
        for _ in range(TRIES_MAX):
            plan = _Plan(self._store, tenant, agent, key, wanted)
            if not plan.fresh:
                break
            try:
                self._append(
                    tenant,
                    agent,
                    [(RESERVED, plan.event(charge)) for charge in plan.fresh],
                    at_ms=at_ms,
                    guards=(*guards, plan.guard),
                )
            except Conflict as error:
                if error.code not in ("journal.position", "budget.changed"):
                    raise
            except Exceeded as error:
                self._metrics.count("budgets.refused", code=error.code)
                raise
            else:
                self._metrics.count("budgets.reserved")
                break
        else:
            raise Conflict(f"the budgets of {key} never stood still", code="journal.position")
        return self.reservations(tenant, key)

    def settle(
        self, tenant: str, key: str, spent: Mapping[str, int], *, at_ms: int
    ) -> list[Reservation]:
        """Say what an effect spent of each unit, nothing included; once, however often.

        Raises:
            Missing: nothing was set aside for it (``budget.missing``).
            Conflict: it was settled with another amount (``budget.settled``).
            Invalid: more than was set aside, or no amount (``budget.amount``).
        """
        _check_key(key)

        def decide() -> list[tuple[Reservation, str, msgspec.Struct]]:
            changes: list[tuple[Reservation, str, msgspec.Struct]] = []
            for unit, amount in spent.items():
                found = self._found(tenant, key, unit)
                if check_amount(amount) > found.amount:
                    raise Invalid(
                        f"{amount} {unit} were spent of {found.amount} that were set aside",
                        code="budget.amount",
                        key=key,
                    )
                if found.status == "settled":
                    if found.spent != amount:
                        raise _settled(found)
                    continue
                changes.append((found, SETTLED, BudgetSettled(key=key, unit=unit, spent=amount)))
            return changes

        return self._change(tenant, key, decide, at_ms=at_ms)

    def release(self, tenant: str, key: str, reason: str, *, at_ms: int) -> list[Reservation]:
        """Give back what was set aside for an effect that will not end: the operator's word.

        Raises:
            Missing: nothing was set aside for it (``budget.missing``).
            Conflict: it is settled (``budget.settled``).
            Invalid: no reason, or a very long one (``budget.reason``).
        """
        _check_key(key)
        if not isinstance(reason, str) or not reason.strip() or len(reason) > TEXT_CHARS_MAX:
            raise Invalid(f"a reason has 1 to {TEXT_CHARS_MAX} characters", code="budget.reason")

        def decide() -> list[tuple[Reservation, str, msgspec.Struct]]:
            found = self.reservations(tenant, key)
            if not found:
                raise _missing(key)
            if all(each.status == "settled" for each in found):
                raise _settled(found[0])
            return [
                (each, RELEASED, BudgetReleased(key=key, unit=each.unit, reason=reason))
                for each in found
                if each.status == "reserved"
            ]

        return self._change(tenant, key, decide, at_ms=at_ms)

    # --- inside

    def _change(
        self,
        tenant: str,
        key: str,
        decide: Callable[[], list[tuple[Reservation, str, msgspec.Struct]]],
        *,
        at_ms: int,
    ) -> list[Reservation]:
        for _ in range(TRIES_MAX):
            changes = decide()
            if not changes:
                return self.reservations(tenant, key)
            before = [reservation for reservation, _, _ in changes]
            decisions = [(kind, body) for _, kind, body in changes]
            guard = _unchanged(tenant, before)
            try:
                self._append(tenant, before[0].agent, decisions, at_ms=at_ms, guards=(guard,))
            except Conflict as error:
                if error.code not in ("journal.position", "budget.changed"):
                    raise
            else:
                ended = "settled" if decisions[0][0] == SETTLED else "released"
                self._metrics.count(f"budgets.{ended}")
                return self.reservations(tenant, key)
        raise Conflict(f"the budgets of {key} never stood still", code="journal.position")

    def _found(self, tenant: str, key: str, unit: str) -> Reservation:
        record = self._store.get("trust_reservation", tenant, key, unit)
        if record is None:
            raise _missing(key, unit)
        return reservation_of(record)

    def _append(
        self,
        tenant: str,
        agent: str,
        decisions: Sequence[tuple[str, msgspec.Struct]],
        *,
        at_ms: int,
        guards: Sequence[Guard],
    ) -> None:
        check_name(tenant, "tenant")
        check_name(agent, "agent")
        stream = f"agent/{encode_segment(tenant)}/{encode_segment(agent)}"
        writer = continued(self._store, stream, tenant=tenant)
        rows = [writer.append(kind, canonical(body), at_ms=at_ms) for kind, body in decisions]
        self._store.commit(Batch(rows, guards=guards))


class _Plan:
    """What is left to set aside of an effect, as the tables stood when it was made; its guard
    refuses when they stand otherwise, or when an account has not so much left.
    """

    def __init__(
        self, tables: Reads, tenant: str, agent: str, key: str, wanted: Sequence[Charge]
    ) -> None:
        self._tenant, self._agent, self._key, self._wanted = tenant, agent, key, wanted
        self.before: dict[str, Reservation | None] = {}
        self.fresh: list[Charge] = []
        for charge in wanted:
            record = tables.get("trust_reservation", tenant, key, charge.unit)
            found = None if record is None else reservation_of(record)
            self.before[charge.unit] = found
            if found is not None and found.counts:
                if (found.agent, found.amount) != (agent, charge.amount):
                    raise _other(found, agent, charge)
                if found.status == "settled" or found.accounts == _names(charge):
                    continue
            self.fresh.append(charge)

    def event(self, charge: Charge) -> BudgetReserved:
        """The fact that a charge becomes."""
        return BudgetReserved(
            key=self._key, unit=charge.unit, amount=charge.amount, grants=_names(charge)
        )

    def guard(self, tables: Tables) -> None:
        """Refuse what would pass a limit.

        Raises:
            Exceeded: an account has not so much left (``budget.exceeded``).
            Conflict: somebody was faster (``budget.changed``).
        """
        now = _Plan(tables, self._tenant, self._agent, self._key, self._wanted)
        if now.before != self.before:
            raise _changed(self._key)
        for charge in self.fresh:
            held = self.before[charge.unit]
            for account in charge.accounts:
                balance = balance_of(tables, self._tenant, account.grant, charge.unit)
                used = balance.reserved + balance.spent
                if held is not None and held.status == "reserved":
                    used -= held.amount if account.grant in held.accounts else 0
                if used + charge.amount > account.limit:
                    raise _exceeded(account, charge, used)


def check_amount(amount: Any) -> int:
    """The amount, if it is one: an integer from 0 to 2^53-1.

    Raises:
        Invalid: it is none (``budget.amount``).
    """
    if type(amount) is not int or not 0 <= amount <= INTEGER_MAX:
        raise Invalid(
            f"{str(amount)[:80]!r} is no amount",
            code="budget.amount",
            next_step="a whole number of minor units, 0 or more",
        )
    return amount


def _checked(charges: Iterable[Charge]) -> list[Charge]:
    found = list(charges)
    units = [charge.unit for charge in found]
    if len(units) > CHARGES_MAX or len(set(units)) < len(units):
        raise Invalid("too many units, or one of them twice", code="budget.unit")
    for unit, amount, accounts in found:
        if not isinstance(unit, str) or not 0 < len(unit) <= UNIT_CHARS_MAX or not unit.isascii():
            raise Invalid(f"{str(unit)[:80]!r} is no unit", code="budget.unit")
        check_amount(amount)
        names = [account.grant for account in accounts]
        if len(names) > ACCOUNTS_MAX or len(set(names)) < len(names) or not all(names):
            raise Invalid(
                "too many accounts, one of them twice, or one without a name",
                code="budget.accounts",
            )
        for account in accounts:
            check_amount(account.limit)
    return found


def _check_key(key: str) -> None:
    if not isinstance(key, str) or not 0 < len(key) <= 256 or not key.isascii():
        raise Invalid(f"{str(key)[:80]!r} is no effect's key", code="budget.key")


def _names(charge: Charge) -> tuple[str, ...]:
    return tuple(account.grant for account in charge.accounts)


def _unchanged(tenant: str, before: Sequence[Reservation]) -> Guard:
    def guard(tables: Tables) -> None:
        for reservation in before:
            record = tables.get("trust_reservation", tenant, reservation.key, reservation.unit)
            if record is None or reservation_of(record) != reservation:
                raise _changed(reservation.key)

    return guard


# --- refusals


def _exceeded(account: Account, charge: Charge, used: int) -> Exceeded:
    left = max(0, account.limit - used)
    return Exceeded(
        f"{charge.amount} {charge.unit} are wanted and {left} of {account.limit} are left",
        code="budget.exceeded",
        next_step="ask for less, wait until reservations are settled, or have more granted",
        unit=charge.unit,
        asked=charge.amount,
        left=left,
        limit=account.limit,
        grant=account.grant,
    )


def _other(found: Reservation, agent: str, charge: Charge) -> Conflict:
    return Conflict(
        f"the key {found.key} stands for {found.amount} {found.unit} of {found.agent},"
        f" not for {charge.amount} of {agent}",
        code="budget.key",
        next_step="one effect, one key; the operator can release what a dead run left",
        key=found.key,
    )


def _settled(found: Reservation) -> Conflict:
    return Conflict(
        f"{found.key} is settled: {found.spent} {found.unit} were spent",
        code="budget.settled",
        next_step="what was spent stays spent",
        key=found.key,
    )


def _missing(key: str, unit: str | None = None) -> Missing:
    of = "" if unit is None else f" {unit}"
    return Missing(
        f"no{of} budget was reserved under the key {key}", code="budget.missing", key=key
    )


def _changed(key: str) -> Conflict:
    return Conflict(f"the reservation of {key} changed meanwhile", code="budget.changed", key=key)
