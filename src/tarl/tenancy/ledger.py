"""The tenants of a journal: registered, shown, set, erased.

Erasing has three steps, and may be repeated from any of them: the tenant is closed (no new work),
its key is destroyed, and that is recorded. What never was sealed cannot be erased so; it is counted
and named.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from tarl.crypto.keys import Keyring
from tarl.errors import Conflict
from tarl.journal.codec import Codec
from tarl.journal.projection import Change
from tarl.journal.store import Batch, Store
from tarl.journal.writer import StreamWriter
from tarl.tenancy import decide
from tarl.tenancy.bounds import TenantBounds, Usage
from tarl.tenancy.counting import owner_of
from tarl.tenancy.events import KINDS, Body, body_bytes, read_body
from tarl.tenancy.state import evolve, from_record, stream_of
from tarl.tenancy.tenant import Quotas, Tenant, check_id, implied, is_default
from tarl.values.ids import DEFAULT_TENANT

TRIES_MAX = 100
"""Others who change the same tenant at the same moment make a try fail."""


class Erasure(NamedTuple):
    """What erasing a tenant came to: whether there was a key to destroy, and which streams lie in
    clear and can still be read.
    """

    tenant: Tenant
    key_destroyed: bool
    clear: tuple[str, ...]


class Tenants:
    """The tenants of one journal.

    Args:
        store: The journal, with the projection of tenants.
        keyring: Where tenants' keys are made and destroyed.
        bounds: Counts what a tenant uses from the moment it is registered.
    """

    def __init__(self, store: Store, *, keyring: Keyring, bounds: TenantBounds) -> None:
        self._store = store
        self._keyring = keyring
        self._bounds = bounds

    # --- looking

    def get(self, id: str) -> Tenant:
        """The tenant of that id; an implied one when nobody registered it."""
        record = self._store.get("tenant", check_id(id))
        return implied(id) if record is None else from_record(record)

    def find(self, id: str) -> Tenant:
        """The registered tenant of that id, or the default one.

        Raises:
            Missing: nobody registered it (``tenant.missing``).
        """
        tenant = self.get(id)
        if not tenant.registered and not is_default(id):
            raise decide.missing(id)
        return tenant

    def list(self) -> Iterator[Tenant]:
        """The default tenant, and every tenant that was ever registered, by id."""
        found = [from_record(record) for record in self._store.scan("tenant", order_by="tenant")]
        if not any(is_default(tenant.id) for tenant in found):
            yield implied(DEFAULT_TENANT)
        yield from found

    def usage(self, id: str) -> Usage:
        """What a tenant uses now."""
        return self._bounds.usage(self.find(id).id)

    def history(self, id: str) -> Iterator[tuple[int, Body]]:
        """What happened to a tenant: the recorded time and the body of each event."""
        for event in self._store.read(stream_of(check_id(id))):
            if event.body is not None:
                yield event.recorded_at_ms, read_body(event.kind, event.body)

    def get_metrics(self) -> dict[str, Any]:
        """How many tenants there are, and what each uses."""
        return {"tenants": sum(1 for _ in self.list()), **self._bounds.get_metrics()}

    def get_status(self) -> dict[str, Any]:
        """How many tenants are in each status, and in each isolation."""
        tenants = list(self.list())
        return {
            "tenants": len(tenants),
            "by_status": dict(Counter(tenant.status for tenant in tenants)),
            "by_isolation": dict(Counter(tenant.isolation for tenant in tenants)),
            **self._bounds.get_status(),
        }

    # --- changing

    def create(
        self,
        id: str,
        *,
        name: str | None = None,
        isolation: str = "strict",
        sealed: bool | None = None,
        quotas: Quotas = Quotas(),  # noqa: B008  a frozen value
        metadata: Mapping[str, Any] | None = None,
    ) -> Tenant:
        """Register a tenant; what it uses already is counted in the same transaction.

        Args:
            id: Its id.
            name: What people call it; its id when left out.
            isolation: ``strict``, ``shared`` or ``none``.
            sealed: Whether what begins from now on is sealed; when left out, if it is strict.
            quotas: How much it may have.
            metadata: What the operator keeps about it.

        Raises:
            Conflict: it exists (``tenant.exists``), was erased (``tenant.erased``), or what it has
                is sealed under a key that is not here (``tenant.key_gone``).
            Invalid: a name, an isolation, metadata or an amount that is none.
        """

        def create(tenant: Tenant) -> Body:
            return decide.create(
                tenant,
                name=name,
                isolation=isolation,
                sealed=sealed,
                quotas=quotas,
                metadata=metadata,
            )

        return self._change(id, create)

    def set_quotas(self, id: str, amounts: Mapping[str, int | None]) -> Tenant:
        """Give a tenant other quotas, None for no quota. What it has already stays, even over a
        quota that is lower; it gets no more until it is under it.

        Raises:
            Missing: it is not registered (``tenant.missing``).
            Conflict: it is erased (``tenant.erased``).
            Invalid: an unknown resource (``quota.resource``), an amount that is none
                (``quota.amount``).
        """
        return self._change(id, lambda tenant: decide.set_quotas(tenant, amounts))

    def set_isolation(self, id: str, isolation: str, *, sealed: bool | None = None) -> Tenant:
        """Set a tenant apart in another way. What began in clear stays in clear.

        Raises:
            Missing: it is not registered (``tenant.missing``).
            Conflict: it is erased (``tenant.erased``).
            Invalid: no such isolation (``tenant.isolation``).
        """
        return self._change(
            id, lambda tenant: decide.set_isolation(tenant, isolation, sealed=sealed)
        )

    def erase(self, id: str, *, by: str = "operator", leave_clear: bool = False) -> Erasure:
        """Close a tenant and destroy its key: what was sealed is gone for good, chains still
        verify. Doing it again finishes what was interrupted.

        Args:
            id: The tenant.
            by: Who wants it.
            leave_clear: Go on although some of its streams lie in clear and will stay readable.

        Raises:
            Missing: it is not registered (``tenant.missing``).
            Conflict: the default tenant (``tenant.default``), or streams in clear
                (``tenant.clear``); nothing was changed.
        """
        tenant = self.find(id)
        clear = self.clear_streams(id)
        if tenant.status == "active" and not leave_clear:
            decide.close(tenant, by=by)
            if clear:
                raise _in_clear(id, clear)
        self._change(id, lambda tenant: decide.close(tenant, by=by))
        has_key = self._keyring.tenant_key(id) is not None
        if has_key:
            self._keyring.destroy_tenant_key(id)
        # Until the tenant was closed, others may have begun streams.
        clear = self.clear_streams(id)
        tenant = self._change(id, lambda tenant: decide.erase(tenant, clear=len(clear)))
        return Erasure(tenant, has_key, clear)

    def clear_streams(self, id: str) -> tuple[str, ...]:
        """The streams with content of a tenant that are not sealed."""
        return tuple(self._streams(id, sealed=False))

    def _change(self, id: str, decision: Callable[[Tenant], Body | None]) -> Tenant:
        """Record what is decided about a tenant as it stands, deciding anew when others were
        faster.
        """
        for _ in range(TRIES_MAX):
            tenant, writer = self._standing(id)
            body = decision(tenant)
            if body is None:
                return tenant
            at_ms = self._bounds.clock.now_ms()
            row = writer.append(KINDS[type(body)], body_bytes(body), at_ms=at_ms)
            changed = evolve(tenant, body, at_ms=writer.recorded_at_ms)
            if changed.sealed and not tenant.sealed:
                self._make_key(id)
            changes: tuple[Change, ...] = ()
            if not tenant.registered:
                changes = (self._bounds.counting(id),)
            try:
                self._store.commit(Batch([row], changes=changes))
            except Conflict as error:
                if error.code != "journal.position":
                    raise
            else:
                self._bounds.metrics.count("tenancy.changes", kind=KINDS[type(body)])
                return changed
        raise Conflict(f"{stream_of(id)} never stood still", code="journal.position")

    def _standing(self, id: str) -> tuple[Tenant, StreamWriter]:
        """The tenant after its events, and a writer that continues them, in clear."""
        stream = stream_of(check_id(id))
        writer = StreamWriter(stream, tenant=id, codec=Codec())
        tenant = implied(id)
        for event in self._store.read(stream):
            if event.body is not None:
                body = read_body(event.kind, event.body)
                tenant = evolve(tenant, body, at_ms=event.recorded_at_ms)
            writer.continue_from(event.seq, event.digest, event.recorded_at_ms)
        return tenant, writer

    def _make_key(self, id: str) -> None:
        """A key before the first content that needs one.

        Raises:
            Conflict: content is sealed under a key that is not here (``tenant.key_gone``): beside
                another key it would look damaged instead of erased.
        """
        if self._keyring.tenant_key(id) is not None:
            return
        sealed = next(self._streams(id, sealed=True), None)
        if sealed is not None:
            raise Conflict(
                f"tenant {id!r} has content that was sealed under a key that is not here",
                code="tenant.key_gone",
                next_step="bring the key back into TARL_HOME, or choose another id",
                tenant=id,
                first=sealed,
            )
        try:
            self._keyring.make_tenant_key(id)
        except Conflict as error:  # another process has just made it
            if error.code != "keys.exist":
                raise

    def _streams(self, id: str, *, sealed: bool) -> Iterator[str]:
        """The streams with content of a tenant that are sealed, or that are not."""
        for stream in list(self._store.streams()):
            if owner_of(stream) == id:
                first = next(self._store.read(stream, until=1), None)
                if first is not None and (first.commitment is not None) is sealed:
                    yield stream


def _in_clear(id: str, clear: tuple[str, ...]) -> Conflict:
    return Conflict(
        f"{len(clear)} streams of tenant {id!r} lie in clear: its key's end does not erase them",
        code="tenant.clear",
        next_step=f"tarl tenants erase {id} --leave-clear erases the rest",
        tenant=id,
        clear=len(clear),
        first=clear[0],
    )
