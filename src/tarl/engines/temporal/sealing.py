"""What Temporal keeps of sealed tenants: payloads and errors sealed with the tenant's own key.

1. A tenant whose journal content is sealed has its inputs, results, signals, answers and errors
   sealed on their way to Temporal (XChaCha20-Poly1305), and opened on their way back; why its runs
   are stopped stays in the journal (``reasons``).
2. When its key is destroyed, what Temporal keeps is unreadable like what the journal keeps.
3. What Temporal itself must read stays clear: names of workflows, activities, signals and queries,
   ids of runs, times, the types of errors.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from time import monotonic  # the clock itself, which the guard does not ask about
from typing import Self
from urllib.parse import unquote

from temporalio.api.common.v1 import Payload
from temporalio.api.failure.v1 import Failure
from temporalio.converter import (
    ActivitySerializationContext,
    DataConverter,
    DefaultFailureConverter,
    PayloadCodec,
    PayloadConverter,
    SerializationContext,
    WithSerializationContext,
    WorkflowSerializationContext,
)

from tarl.errors import Missing, TarlError
from tarl.journal.codec import Stored
from tarl.journal.patience import patiently
from tarl.journal.store import Store

_SEALED = b"binary/tarl-sealed"
_PLACE = "temporal"
"""What the payloads are bound to, in place of a stream."""


KNOWN_S = 0.02
"""For so long what a database has told of its tables counts: what another process has decided about
a tenant is seen this much later.
"""


TENANTS_MAX = 1_000
"""Tenants whose converters are kept."""


class Sealed:
    """Which tenants are sealed, by a journal that is not asked about each payload."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[str, bool] = {}
        self._at = (-1, -1)

    def __contains__(self, tenant: str) -> bool:
        store = self._store
        at = store.foreign_tables_revision(since=monotonic() - KNOWN_S), store.projected
        if at != self._at:
            self._known.clear()
            self._at = at
        known = self._known.get(tenant)
        if known is None:
            known = self._known[tenant] = self._store.codec.of(tenant).seals
        return known


class SealingCodec(PayloadCodec, WithSerializationContext):
    """Seals and opens payloads for the tenant whose run they belong to."""

    def __init__(self, store: Store, sealed: Sealed, tenant: str | None = None) -> None:
        self._store = store
        self._sealed = sealed
        self._tenant = tenant

    def with_context(self, context: SerializationContext) -> SealingCodec:
        """The codec of one run's payloads."""
        return SealingCodec(self._store, self._sealed, _tenant_of(context))

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Seal them if the tenant is sealed."""
        tenant, codec = self._tenant, self._store.codec
        if tenant is None or not await patiently(partial(self._sealed.__contains__, tenant)):
            return list(payloads)
        sealed = [
            codec.store_body(tenant, _PLACE, 0, each.SerializeToString()) for each in payloads
        ]
        return [Payload(metadata={"encoding": _SEALED}, data=each.data) for each in sealed]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Open those that are sealed.

        Raises:
            Missing: the tenant's key is gone (``journal.erased``).
        """
        return [self._opened(each) for each in payloads]

    def _opened(self, payload: Payload) -> Payload:
        if payload.metadata.get("encoding") != _SEALED:
            return payload
        tenant = self._tenant
        stored = Stored(payload.data, b"")
        data = None if tenant is None else self._store.codec.open_body(tenant, _PLACE, 0, stored)
        if data is None:
            raise Missing(
                "a sealed payload cannot be read: its tenant's key was destroyed, or is not here",
                code="journal.erased",
            )
        return Payload.FromString(data)


class _Failures(DefaultFailureConverter, WithSerializationContext):
    """Puts what errors say where the codec seals it, for sealed tenants; Temporal makes it anew for
    each use, so what it looks at is given by subclassing.
    """

    sealed: Sealed
    thread: int
    _asks_about: str | None = None

    def with_context(self, context: SerializationContext) -> _Failures:
        """The converter of one run's errors."""
        made = type(self)()
        answer = self.answer(context)
        if answer is None:
            made._asks_about = _tenant_of(context)
        else:
            made._encode_common_attributes = answer
        return made

    def answer(self, context: SerializationContext) -> bool | None:
        """Whether errors are sealed. Of an activity it is asked when there is one, in the thread
        that asks this; of a run, before Temporal takes it to another.
        """
        tenant = _tenant_of(context)
        is_later = isinstance(context, ActivitySerializationContext) and self._is_here()
        return None if is_later and tenant is not None else self._seals(tenant)

    def to_failure(
        self, exception: BaseException, payload_converter: PayloadConverter, failure: Failure
    ) -> None:
        """See ``FailureConverter.to_failure``."""
        if self._asks_about is not None:
            self._encode_common_attributes = self._seals(self._asks_about)
        super().to_failure(exception, payload_converter, failure)

    def _is_here(self) -> bool:
        return threading.get_ident() == self.thread

    def _seals(self, tenant: str | None) -> bool:
        if tenant is None or not self._is_here():
            return True  # the journal is not asked from there
        try:
            return tenant in self.sealed
        except TarlError:  # Temporal would never hear of this task again; the codec says what fails
            return True


@dataclass(frozen=True)
class _Converter(DataConverter):
    """Both, one for each tenant: Temporal wants ten for a step, each of which takes longer to make
    than to use.
    """

    _made: dict[tuple[str | None, bool | None], Self] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def with_context(self, context: SerializationContext) -> Self:
        """The converter of one run's payloads and errors."""
        assert isinstance(self.failure_converter, _Failures)
        key = _tenant_of(context), self.failure_converter.answer(context)
        made = self._made.get(key)
        if made is None:
            if len(self._made) >= TENANTS_MAX:
                self._made.clear()
            made = self._made[key] = super().with_context(context)
        return made


def converter(store: Store) -> DataConverter:
    """How payloads and errors travel, for a client in the thread of the journal."""
    sealed = Sealed(store)
    members = {"sealed": sealed, "thread": threading.get_ident()}
    failures = type("Failures", (_Failures,), members)
    return _Converter(payload_codec=SealingCodec(store, sealed), failure_converter_class=failures)


def _tenant_of(context: SerializationContext) -> str | None:
    if not isinstance(context, WorkflowSerializationContext | ActivitySerializationContext):
        return None
    return _tenant_in(context.workflow_id or "")


@lru_cache(maxsize=TENANTS_MAX)
def _tenant_in(workflow_id: str) -> str | None:
    return unquote(workflow_id.partition("/")[0]) or None
