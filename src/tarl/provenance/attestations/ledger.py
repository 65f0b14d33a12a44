"""The attestations of a journal: who signed what about which digest.

1. What is recorded was signed by a key that counted then; what is signed later with a key that was
   taken away is refused, what was signed before stands. That is verified whenever it is read: it
   counts by its signatures, whoever wrote it.
2. A statement is recorded once. Signed by somebody else too, it has more signers, and keeps its
   place.
3. Statements are numbered in the order of the journal; of two, the newer has the higher number,
   whatever clocks say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from tarl.crypto.note import VerifierKey
from tarl.errors import Conflict, Corrupt, Denied, Missing
from tarl.journal.event import Event, Row
from tarl.journal.projection import Guard, Record, Tables
from tarl.journal.store import Batch, Store
from tarl.provenance.attestations import predicates, signers, statement
from tarl.provenance.attestations.events import (
    STATEMENT_RECORDED,
    StatementRecorded,
    read_body,
    statement_stream,
)
from tarl.provenance.attestations.state import STATEMENT, SUBJECT
from tarl.provenance.attestations.statement import Statement, Subject
from tarl.provenance.paging import Page, check_page
from tarl.values.canonical import encode
from tarl.values.ids import DEFAULT_TENANT, check_name
from tarl.values.instants import Clock, isoformat_ms
from tarl.values.plain import plain
from tarl.work.streams import continued

REMEMBERED_MAX = 8_192
"""Events whose signatures were verified: a digest and a name each."""

TRIES_MAX = 100
"""Others who write at the same moment make a try fail; so many in a row is a fault."""


class Attestation(msgspec.Struct, frozen=True, kw_only=True):
    """A signed statement as it is recorded.

    Attributes:
        id: The SHA-256 of the signed payload.
        signers: Names of those whose signature verified when it was recorded.
        number: Its place among the tenant's, from 1.
    """

    id: str
    subjects: tuple[Subject, ...]
    predicate_type: str
    predicate: dict[str, Any]
    signers: tuple[str, ...]
    envelope: dict[str, Any]
    recorded_at_ms: int
    number: int
    tenant: str = DEFAULT_TENANT

    @property
    def expires_at_ms(self) -> int | None:
        """From when on it counts no more; None if it does not say."""
        return predicates.expires_at_ms(self.predicate_type, self.predicate)

    def is_live(self, now_ms: int) -> bool:
        """Whether it has not expired."""
        expires_at_ms = self.expires_at_ms
        return expires_at_ms is None or now_ms < expires_at_ms


class Attestations:
    """The attestations of one journal.

    Args:
        store: The journal, with the projection of attestations.
        keys: Whose keys count in a tenant, by label (``signers.present_keys``).
        clock: What events are dated by.
    """

    def __init__(
        self, store: Store, *, keys: Callable[[str], Mapping[str, VerifierKey]], clock: Clock
    ) -> None:
        self.store = store
        self.clock = clock
        self._keys = keys
        self._signed: dict[bytes, tuple[str, ...]] = {}
        """Who signed what an event holds, by its digest."""

    # --- looking

    def about(
        self, sha256: str, *, predicate_type: str | None = None, tenant: str = DEFAULT_TENANT
    ) -> tuple[Attestation, ...]:
        """What was said about a digest, the oldest first; expired ones too.

        Raises:
            Missing: one's content is erased (``journal.erased``).
        """
        where = {"tenant": tenant, "sha256": sha256}
        found = [
            self._row(tenant, row["id"])
            for row in self.store.scan(SUBJECT.name, where, order_by="number")
        ]
        wanted = [row for row in found if predicate_type in (None, row["predicate_type"])]
        return tuple(each for each in map(self._at, wanted) if each is not None)

    def get(self, id: str, *, tenant: str = DEFAULT_TENANT) -> Attestation:
        """An attestation.

        Raises:
            Missing: there is none of that id (``attestation.missing``), or its content is erased.
        """
        found = self._find(tenant, id)
        if found is None:
            raise Missing(
                f"there is no attestation {id[:80]}",
                code="attestation.missing",
                next_step="tarl attestations ls",
                attestation=id[:80],
            )
        return found

    def ls(
        self,
        *,
        predicate_type: str | None = None,
        signer: str | None = None,
        limit: int = 100,
        cursor: int | None = None,
        tenant: str = DEFAULT_TENANT,
    ) -> Page[Attestation]:
        """A tenant's attestations, the newest first, page by page.

        Args:
            predicate_type: Only those of a type.
            signer: Only those that somebody signed.
            limit: At most so many.
            cursor: Where the page before ended.
            tenant: Whose.

        Raises:
            Invalid: a page that cannot be (``page.bounds``).
        """
        check_page(limit, cursor)
        where = {"tenant": tenant}
        if predicate_type is not None:
            where["predicate_type"] = predicate_type
        items: list[Attestation] = []
        for row in self.store.scan(
            STATEMENT.name,
            where,
            at_most=None if cursor is None else {"number": cursor},
            order_by="number",
            descending=True,
        ):
            if len(items) == limit:
                return Page(tuple(items), row["number"])
            found = self._at(row)
            if found is not None and signer in (None, *found.signers):
                items.append(found)
        return Page(tuple(items), None)

    def signers_of(self, envelope: Any, *, tenant: str = DEFAULT_TENANT) -> tuple[str, ...]:
        """The names of those who signed a statement with a key that counts now, or that counted
        when it was recorded here.

        Raises:
            Invalid, Exceeded: not a statement (``statement.read``).
            Corrupt: a signature does not verify (``signature.invalid``).
            Denied: nobody whose key counts signed it (``attestation.wrong_key``,
                ``attestation.revoked_key``).
        """
        said = statement.read(envelope)
        try:
            return self._signers(envelope, said, self._keys(tenant), tenant)
        except Denied:
            found = self._find(tenant, said.id)
            if found is None:
                raise
            return found.signers

    # --- changing

    def record(
        self, envelope: Any, *, tenant: str = DEFAULT_TENANT, beside: Batch | None = None
    ) -> Attestation:
        """Record what somebody signed; what is recorded already is left as it is.

        Args:
            envelope: The statement, signed.
            tenant: Whose.
            beside: Events of other streams that are committed with it, or nothing is, and what must
                hold then.

        Raises:
            Conflict: with ``beside``, a stream went on in the meantime (``journal.position``).
            Refused: whatever a guard of ``beside`` raises.
            Invalid, Exceeded: not a statement (``statement.read``).
            Corrupt: a signature does not verify (``signature.invalid``).
            Denied: nobody whose key counts signed it (``attestation.wrong_key``,
                ``attestation.revoked_key``), or it has expired (``attestation.expired``).
        """
        check_name(tenant, "tenant")
        said = statement.read(envelope)
        holders = signers.unchanged(self.store, tenant, said.keyids)
        keys = self._keys(tenant)
        names = self._signers(envelope, said, keys, tenant)
        self._refuse_expired(said)
        for _ in range(TRIES_MAX):
            row = self.store.get(STATEMENT.name, tenant, said.id)
            known = None if row is None else self._at(row)
            if known is not None and set(names) <= set(known.signers):
                if beside is not None:
                    self.store.commit(beside)
                return known
            signed = _new_signatures(envelope, keys, known)
            body = StatementRecorded(envelope={**_bare(envelope), "signatures": signed})
            writer = continued(
                self.store, statement_stream(tenant, said.subjects[0].sha256), tenant=tenant
            )
            new = writer.append(STATEMENT_RECORDED, encode(plain(body)), at_ms=self.clock.now_ms())
            try:
                guards = (_unchanged(tenant, said.id, row), holders)
                self.store.commit(_with(beside, new, guards))
            except Conflict as error:
                if beside is not None or error.code not in (
                    "journal.position",
                    "attestation.changed",
                ):
                    raise
            else:
                return self.get(said.id, tenant=tenant)
        raise Conflict(f"statement {said.id} never stood still", code="journal.position")

    # --- inside

    def _signers(
        self, envelope: Any, said: Statement, keys: Mapping[str, VerifierKey], tenant: str
    ) -> tuple[str, ...]:
        try:
            return statement.check(envelope, keys)
        except Denied as error:
            raise signers.revoked(self.store, tenant, said.keyids) or error from None

    def _refuse_expired(self, said: Statement) -> None:
        expires_at_ms = predicates.expires_at_ms(said.predicate_type, said.predicate)
        if expires_at_ms is not None and expires_at_ms <= self.clock.now_ms():
            raise Denied(
                f"the statement expired at {isoformat_ms(expires_at_ms)}",
                code="attestation.expired",
                next_step="have it stated anew",
                expires_at_ms=expires_at_ms,
            )

    def _row(self, tenant: str, id: str) -> Record:
        row = self.store.get(STATEMENT.name, tenant, id)
        assert row is not None, "a subject's row has a statement's"
        return row

    def _find(self, tenant: str, id: str) -> Attestation | None:
        row = self.store.get(STATEMENT.name, tenant, id)
        return None if row is None else self._at(row)

    def _at(self, row: Record) -> Attestation | None:
        """The statement of a row; None when nobody whose key counted has signed it."""
        names: set[str] = set()
        signatures: dict[str, dict[str, str]] = {}
        for seq in map(int, row["seqs"].split(",")):
            event = self._event(row["stream"], seq)
            envelope = read_body(event.body or b"").envelope
            verified = self._names(row["tenant"], event, envelope)
            if verified:
                names.update(verified)
                signatures |= {each["keyid"]: each for each in envelope["signatures"]}
        if not names:
            return None
        said = statement.read(envelope)
        return Attestation(
            id=said.id,
            subjects=said.subjects,
            predicate_type=said.predicate_type,
            predicate=said.predicate,
            signers=tuple(sorted(names)),
            envelope={**_bare(envelope), "signatures": list(signatures.values())},
            recorded_at_ms=row["recorded_at_ms"],
            number=row["number"],
            tenant=row["tenant"],
        )

    def _names(self, tenant: str, event: Event, envelope: dict[str, Any]) -> tuple[str, ...]:
        """Who signed what an event holds, with a key that counted then; nobody where somebody wrote
        past the ledger.
        """
        known = self._signed.get(event.digest)
        if known is not None:
            return known
        labels = statement.read(envelope).keyids
        keys = signers.keys_then(self.store, tenant, labels, event, self._keys(tenant))
        try:
            names = statement.check(envelope, keys)
        except (Corrupt, Denied):
            names = ()
        if len(self._signed) >= REMEMBERED_MAX:
            self._signed.clear()
        self._signed[event.digest] = names
        return names

    def _event(self, stream: str, seq: int) -> Event:
        event = next(self.store.read(stream, after=seq - 1, until=seq), None)
        if event is None or event.body is None:
            raise Missing(
                f"the content of {stream} is erased: its key was destroyed",
                code="journal.erased",
                stream=stream,
            )
        return event


def _bare(envelope: dict[str, Any]) -> dict[str, Any]:
    """The envelope without signatures, and without anything else that came with it."""
    return {"payload": envelope["payload"], "payloadType": envelope["payloadType"]}


def _new_signatures(
    envelope: dict[str, Any], keys: Mapping[str, VerifierKey], known: Attestation | None
) -> list[dict[str, str]]:
    """The signatures that were verified, of those who have not signed it before."""
    before = () if known is None else known.signers
    return [
        {"keyid": each["keyid"], "sig": each["sig"]}
        for each in envelope["signatures"]
        if each["keyid"] in keys and statement.name_of(keys[each["keyid"]]) not in before
    ]


def _with(beside: Batch | None, row: Row, guards: Sequence[Guard]) -> Batch:
    more = Batch(()) if beside is None else beside
    return more._replace(rows=[*more.rows, row], guards=[*more.guards, *guards])


def _unchanged(tenant: str, id: str, row: Record | None) -> Guard:
    def guard(tables: Tables) -> None:
        found = tables.get(STATEMENT.name, tenant, id)
        if (found and found["seqs"]) != (row and row["seqs"]):
            raise Conflict(f"statement {id} changed meanwhile", code="attestation.changed")

    return guard
