"""Whose keys count in a tenant: its principals' present ones, and the operator's.

A principal is looked up when one of its keys is asked for, so a tenant may have many.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from tarl.crypto.note import VerifierKey
from tarl.errors import Conflict, Denied, TarlError
from tarl.journal.event import Event
from tarl.journal.projection import Guard, Tables
from tarl.journal.store import Store
from tarl.kernel.approvals.names import PrincipalId
from tarl.trust.keyholders import FUTURE, Holder, Keyholders
from tarl.values.instants import Clock


class PresentKeys(Mapping[str, VerifierKey]):
    """The keys of a tenant that count now, by label.

    Args:
        store: The journal, with the register of principals.
        tenant: Whose.
        now_ms: When now is: a rotated key may count on for a while.
        operators: The operator's keys.
    """

    def __init__(
        self, store: Store, tenant: str, *, now_ms: int, operators: Sequence[VerifierKey] = ()
    ) -> None:
        self._store = store
        self._tenant = tenant
        self._now_ms = now_ms
        self._operators = {key.label: key for key in operators}

    def __getitem__(self, label: str) -> VerifierKey:
        found = self._operators.get(label)
        if found is not None:
            return found
        holder = holder_of(self._store, self._tenant, label)
        if holder is None:
            raise KeyError(label)
        return holder.keys_at(FUTURE, self._now_ms)[label]

    def __iter__(self) -> Iterator[str]:
        yield from self._operators
        for record in self._store.scan("principal", {"tenant": self._tenant}, order_by="id"):
            holder = Keyholders(self._store, self._tenant).find(record["id"])
            if holder is not None:
                yield from holder.keys_at(FUTURE, self._now_ms)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def present_keys(
    store: Store, *operators: VerifierKey, clock: Clock
) -> Callable[[str], Mapping[str, VerifierKey]]:
    """Says whose keys count now in a tenant, as ``Attestations`` asks for it."""
    return lambda tenant: PresentKeys(store, tenant, now_ms=clock.now_ms(), operators=operators)


def holder_of(store: Store, tenant: str, label: str) -> Holder | None:
    """The principal of a tenant whose key this claims to be; None when nobody is registered."""
    stream = label.rpartition("+")[0]
    try:
        id = PrincipalId.from_stream(stream)
    except TarlError:
        return None
    if id.tenant != tenant or id.stream != stream:
        return None
    return Keyholders(store, tenant).find(id.id)


def keys_then(
    store: Store,
    tenant: str,
    labels: Sequence[str],
    event: Event,
    present: Mapping[str, VerifierKey],
) -> dict[str, VerifierKey]:
    """Those of the keys with these labels that counted when an event was journalled; of whoever is
    no principal of the tenant, the present ones.
    """
    found: dict[str, VerifierKey] = {}
    for label in labels:
        holder = holder_of(store, tenant, label)
        if holder is None:
            then: Mapping[str, VerifierKey] = present
        else:
            then = holder.keys_at(event.log_index, event.recorded_at_ms)
        if label in then:
            found[label] = then[label]
    return found


def unchanged(store: Store, tenant: str, labels: Sequence[str]) -> Guard:
    """Refuses a commit when one of those whose keys these claim to be has taken another key, or was
    revoked, since this was asked for.
    """
    holders = [holder_of(store, tenant, label) for label in labels]
    known = {each.id.id: each.seq for each in holders if each is not None}

    def guard(tables: Tables) -> None:
        for name, seq in known.items():
            row = tables.get("principal", tenant, name)
            if row is None or row["seq"] != seq:
                raise Conflict(
                    f"the keys of {name} changed meanwhile",
                    code="principal.changed",
                    next_step="try again",
                    principal=name,
                )

    return guard


def revoked(store: Store, tenant: str, labels: Sequence[str]) -> Denied | None:
    """The refusal of a statement that only keys of the past have signed; None if no label is one of
    a principal's earlier keys.
    """
    for label in labels:
        holder = holder_of(store, tenant, label)
        if holder is None or label not in {key.label for key in holder.keys}:
            continue
        why = "was replaced" if holder.is_live else f"is revoked: {holder.id.ref} is"
        return Denied(
            f"the key {label} {why}, and counts no more",
            code="attestation.revoked_key",
            next_step="sign it anew with a key that counts",
            keyid=label,
        )
    return None
