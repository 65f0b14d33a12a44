"""A journal's records of trust: what is there, what it comes to, and what is added.

``verify`` asks whether an agent may do something (``verify``), ``record`` adds what somebody signed
(``admission``); whoever has the keys makes and signs records through ``operations``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from typing import Any

from tarl.crypto.note import VerifierKey
from tarl.errors import Missing, TarlError
from tarl.journal.store import Store
from tarl.policy.facts import Facts
from tarl.trust.admission import Admission, Admitted
from tarl.trust.book import HOLDINGS, Book
from tarl.trust.chain import Chain, Link
from tarl.trust.decision import Decision, Level
from tarl.trust.inclusion import Inclusion
from tarl.trust.preview import Preview, preview
from tarl.trust.records import Target
from tarl.trust.standing import Standing
from tarl.trust.verify import Asked, Verifier


class TrustLedger:
    """The records of trust of a journal.

    Nothing here reads a clock: ``at_ms`` is now, in UTC milliseconds.

    Args:
        store: The journal, with the projection of trust.
        operator: The operator's key, or keys, the present one last.
        log_key: The key that signs checkpoints, for ``FULL``.
        kept_checkpoint: The newest checkpoint that is kept away from the journal.
        audiences: Whom records may be for that name an audience; the journal's name always is one.
    """

    def __init__(
        self,
        store: Store,
        *,
        operator: VerifierKey | Sequence[VerifierKey],
        log_key: VerifierKey | None = None,
        kept_checkpoint: Callable[[], str | None] | None = None,
        audiences: Collection[str] = (),
    ) -> None:
        self.store = store
        self.operators = (operator,) if isinstance(operator, VerifierKey) else tuple(operator)
        self._verifier = Verifier(
            store,
            open_book=self._open_book,
            inclusion=Inclusion(store, log_key=log_key, kept=kept_checkpoint),
            audiences=audiences,
        )
        self._admission = Admission(store, self._verifier)

    def verify(
        self, agent: str, facts: Facts, *, level: Level = "STANDARD", grant: str | None = None
    ) -> Decision:
        """Whether an agent may do something now; see ``Verifier.verify``. Never raises."""
        return self._verifier.verify(agent, facts, level=level, grant=grant)

    def recall(self, tenant: str, asked: Asked, at_ms: int) -> Decision | None:
        """What an agent may do now, from memory; see ``Verifier.recall``."""
        return self._verifier.recall(tenant, asked, at_ms)

    def record(
        self, envelope: Any, *, at_ms: int, beside: dict[str, Any] | None = None
    ) -> Admitted:
        """Record what somebody signed; see ``Admission.record`` for what is refused."""
        return self._admission.record(envelope, at_ms=at_ms, beside=beside)

    # --- looking

    def chain(self, tenant: str, digest: str) -> Chain:
        """The chain of a record, verified; whether it holds now is for ``verify`` to say.

        Raises:
            Missing: there is no such record (``trust.missing``).
            Denied, Invalid, Corrupt: it does not hold, or nothing above it does.
        """
        return Chain.of(self.book(tenant).get(digest))

    def chains(self, tenant: str, agent: str, *, at_ms: int) -> Iterator[Chain]:
        """The chains of all that an agent holds and has not expired, revoked or not; what does not
        verify is left out, and ``verify`` says why.
        """
        book = self.book(tenant)
        for digest in book.holdings(agent, at_ms):
            with suppress(TarlError):
                yield Chain.of(book.get(digest))

    def authority(self, tenant: str, authority: str) -> Link:
        """The newest record of an authority, of those that are not revoked if there are any.

        Raises:
            Missing: there is none (``trust.no_authority``).
        """
        found = list(self.book(tenant).authorities(authority))
        if not found:
            raise Missing(
                f"there is no authority {authority}",
                code="trust.no_authority",
                next_step=f"tarl authority ls; tarl authority establish {authority}",
                authority=authority,
            )
        standing = self.standing(tenant)
        live = [link for link in found if standing.why_revoked(link) is None]
        return (live or found)[-1]

    def beginning(self, tenant: str, agent: str) -> Link:
        """The newest beginning of an agent.

        Raises:
            Missing: it has none (``trust.no_agent``).
        """
        found = list(self.book(tenant).beginnings(agent))
        if not found:
            raise Missing(
                f"{agent} has not been established",
                code="trust.no_agent",
                next_step=f"tarl agents ls; tarl agents establish {agent} --authority NAME",
                agent=agent,
            )
        return found[-1]

    def names(self, tenant: str, kind: str) -> list[str]:
        """Whom records of a kind are about (``authority``, ``genesis``, ``delegation``, ...)."""
        rows = self.store.scan("trust_record", {"tenant": tenant})
        return sorted({row["agent"] for row in rows if row["kind"] == kind})

    def agents(self, tenant: str) -> list[str]:
        """Agents that were established or hold something."""
        rows = self.store.scan("trust_record", {"tenant": tenant})
        return sorted({row["agent"] for row in rows if row["kind"] in ("genesis", *HOLDINGS)})

    def standing(self, tenant: str) -> Standing:
        """What is taken from whom."""
        return self.book(tenant).standing

    def preview(self, tenant: str, target: Target, *, at_ms: int) -> Preview:
        """What a revocation would stop; see ``preview``."""
        return preview(self.store, self.book(tenant), target, at_ms=at_ms)

    def book(self, tenant: str) -> Book:
        """A tenant's records, as they are now."""
        return self._verifier.book(tenant)

    def now_ms(self, tenant: str, at_ms: int) -> int:
        """The instant that counts when the clock says ``at_ms``."""
        self.book(tenant)
        return self._verifier.now_ms(tenant, at_ms)

    def generation_seen(self, tenant: str) -> int:
        """How often authority may have been taken away when the last question was decided."""
        return self._verifier.generation_seen(tenant)

    def _open_book(self, tenant: str) -> Book:
        return Book(self.store, tenant, operators=self.operators)
