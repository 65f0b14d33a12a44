"""Refusals are facts too: what was refused, by which operation, in bounded text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tarl.errors import Conflict, TarlError
from tarl.journal.event import Row
from tarl.journal.store import Batch, Store
from tarl.kernel.approvals.register import continued
from tarl.trust import events
from tarl.values.canonical import encode

TRIES_MAX = 20
"""Others who write at the same moment; a refusal that is not recorded is raised all the same."""


class Refusals:
    """Records what is refused in one tenant.

    Args:
        store: The journal.
        tenant: Whose.
        now_ms: The clock.
    """

    def __init__(self, store: Store, tenant: str, now_ms: Callable[[], int]) -> None:
        self._store = store
        self._tenant = tenant
        self._now_ms = now_ms

    @contextmanager
    def of(self, operation: str, agent: str | None) -> Iterator[None]:
        """Records what is refused inside, and raises it."""
        try:
            yield
        except TarlError as error:
            self.record(error, operation, agent)
            raise

    def record(self, error: TarlError, operation: str, agent: str | None) -> None:
        """Record a refusal, in the agent's stream where there is one."""
        for _ in range(TRIES_MAX):
            try:
                self._store.commit(Batch([self._row(error, operation, agent)]))
            except Conflict:
                continue
            except TarlError:
                pass  # the refusal itself is raised; a journal that cannot be written says so next
            return

    def _row(self, error: TarlError, operation: str, agent: str | None) -> Row:
        stream = events.trust_stream(self._tenant)
        if agent is not None:
            own = events.agent_stream(self._tenant, agent)
            stream = own if self._store.head(own) is not None else stream
        body = {"code": error.code, "operation": operation, "text": _bounded(error.message)}
        if agent is not None:
            body["subject"] = _bounded(agent)
        writer = continued(self._store, stream, tenant=self._tenant)
        return writer.append(events.REFUSED, encode(body), at_ms=self._now_ms())


def _bounded(text: str) -> str:
    return text[: events.REFUSAL_CHARS_MAX].encode("utf-8", "replace").decode()
