"""Whose key counted when: principals as the register has them, by the order of the log.

A record counts if the key that signed it was its principal's when the record was journalled. A
rotated-away key signs nothing new, unless a grace period is set and the rotation was signed with
that very key; nothing is forgiven to a key that was replaced because it was lost or stolen.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from tarl.crypto.note import VerifierKey
from tarl.errors import Missing, TarlError
from tarl.journal.store import Store
from tarl.kernel.approvals import principals
from tarl.kernel.approvals.names import PrincipalId
from tarl.kernel.history import verified
from tarl.trust.wellformed import key_of
from tarl.values.ids import encode_segment

HOLDERS_REMEMBERED_MAX = 8_192
"""Remembered principals; beyond it all are dropped, which costs a look-up each."""

FUTURE = 2**62
"""The log index of what is not journalled yet."""


class Held(NamedTuple):
    """A key of a principal: since when it counts, and how long the key before it counts on."""

    key: VerifierKey
    label: str
    since_index: int
    since_ms: int
    grace_ms: int


class Holder(NamedTuple):
    """A principal with its keys, the oldest first; ``revoked_at`` is an index of the log."""

    id: PrincipalId
    kind: str
    keys: tuple[Held, ...]
    revoked_at: int | None
    seq: int
    digest: bytes

    def keys_at(self, log_index: int, at_ms: int) -> dict[str, VerifierKey]:
        """The keys that counted for a record at that place of the log, by label."""
        if self.revoked_at is not None and self.revoked_at < log_index:
            return {}
        if len(self.keys) == 1:
            only = self.keys[0]
            return {only.label: only.key} if only.since_index < log_index else {}
        held = [k for k in self.keys if k.since_index < log_index]
        if not held:
            return {}
        last = held[-1]
        found = {last.label: last.key}
        if len(held) > 1 and at_ms < last.since_ms + last.grace_ms:
            found[held[-2].label] = held[-2].key
        return found

    @property
    def key(self) -> VerifierKey:
        """The key that counts now."""
        return self.keys[-1].key

    @property
    def is_live(self) -> bool:
        """Whether it is not revoked."""
        return self.revoked_at is None


class Keyholders:
    """The principals of one tenant.

    Args:
        store: The journal.
        tenant: Whose they are.
    """

    def __init__(self, store: Store, tenant: str) -> None:
        self._store = store
        self._tenant = tenant
        self.changes = 0
        """How often what was known of somebody was forgotten: what rests on it is asked anew."""
        self._known: dict[str, Holder] = {}
        self._owners: dict[str, str | None] = {}
        self._revision = -1
        self._confirmed: set[str] = set()
        self._prefix = f"principal/{encode_segment(tenant)}/"

    def find(self, name: str) -> Holder | None:
        """A principal, or None when nobody is registered.

        Raises:
            Corrupt: its history could not have come about.
        """
        known = self._known.get(name)
        if known is not None:
            return known
        if len(self._known) >= HOLDERS_REMEMBERED_MAX:
            self.forget()
        found = self.read(name)
        if found is not None:
            self._known[name] = found
        return found

    def get(self, name: str) -> Holder:
        """A principal.

        Raises:
            Missing: nobody is registered (``principal.missing``).
        """
        found = self.find(name)
        if found is None:
            raise Missing(
                f"nobody is registered as {PrincipalId(self._tenant, name).ref}",
                code="principal.missing",
                next_step=f"tarl principals ls; tarl principals create {name}",
                principal=name,
            )
        return found

    def owner(self, vkey: str) -> str | None:
        """The name of the principal whose key this claims to be; None when it is nobody's of this
        tenant.
        """
        if vkey not in self._owners:
            if len(self._owners) >= HOLDERS_REMEMBERED_MAX:
                self._owners.clear()
            self._owners[vkey] = self._owner(vkey)
        return self._owners[vkey]

    def _owner(self, vkey: str) -> str | None:
        name = key_of(vkey).name
        if not name.startswith(self._prefix):
            return None
        try:
            id = PrincipalId.from_stream(name)
        except TarlError:
            return None
        return id.id if id.stream == name else None

    def read(self, name: str) -> Holder | None:
        """A principal read anew from the journal, its chain and its statements checked."""
        id = PrincipalId(self._tenant, name)
        events = list(verified(id.stream, self._store.read(id.stream)))
        principal = principals.fold(id, events)
        if principal is None:
            return None
        held: list[Held] = []
        revoked_at = None
        for event in events:
            if event.kind == principals.REVOKED:
                revoked_at = event.log_index
                continue
            said: Any = principals.DECODERS[event.kind](event.body or b"")
            statement = principals.claimed(said.envelope)
            key, since_ms = key_of(statement.key), event.recorded_at_ms
            held.append(Held(key, key.label, event.log_index, since_ms, statement.grace_ms))
        return Holder(id, principal.kind, tuple(held), revoked_at, principal.seq, events[-1].digest)

    def confirm(self, names: Iterable[str], revision: int) -> None:
        """Forget who of these has another stream than when it was read; nobody is looked at again
        while the store's revision stays. The digest of a stream's end stands for all of it.
        """
        if revision != self._revision:
            self._confirmed.clear()
            self._revision = revision
        for name in names:
            if name in self._confirmed:
                continue
            holder = self._known.get(name)
            head = self._store.head(PrincipalId(self._tenant, name).stream)
            if holder is None or head is None or head.digest != holder.digest:
                self._known.pop(name, None)
                self.changes += 1
            self._confirmed.add(name)

    def forget(self) -> None:
        """Look everybody up anew."""
        self._known.clear()
        self.changes += 1
