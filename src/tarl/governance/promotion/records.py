"""An artifact's way in the journal: read, continued, and what is said about it beside that."""

from __future__ import annotations

from typing import Any

from tarl.crypto.note import Signer
from tarl.errors import Conflict, Denied, Invalid, Missing
from tarl.governance.promotion import events
from tarl.governance.promotion.events import Body, promotion_stream
from tarl.governance.promotion.gathering import Gatherer
from tarl.governance.promotion.state import Said, Way, evolve
from tarl.journal.event import Event
from tarl.journal.store import Batch, Store
from tarl.kernel.approvals.names import PrincipalId
from tarl.provenance.artifacts.artifact import check_digest
from tarl.provenance.artifacts.ledger import Artifacts
from tarl.provenance.attestations.ledger import Attestations
from tarl.provenance.attestations.statement import OPERATOR, name_of
from tarl.values.canonical import encode
from tarl.values.ids import check_name
from tarl.values.plain import plain
from tarl.work.streams import continued

REASON_CHARS_MAX = 2_000
TRIES_MAX = 100
"""Others who write at the same moment make a try fail; so many in a row is a fault."""

OVERTAKEN = frozenset(
    {"journal.position", "promotion.changed", "attestation.changed", "principal.changed"}
)
"""What a commit is refused with when others were faster: it is decided anew."""


class Records:
    """What the rooms of promotion read and write in one journal.

    Args:
        store: The journal, with the projections of promotions, statements and artifacts.
        attestations: Its statements; their clock dates what happens.
        artifacts: Its artifacts.
    """

    def __init__(self, store: Store, attestations: Attestations, artifacts: Artifacts) -> None:
        self.store = store
        self.attestations = attestations
        self.gatherer = Gatherer(store, attestations, artifacts)

    def way(self, sha256: str, *, tenant: str) -> Way:
        """Everything that happened to an artifact here.

        Raises:
            Invalid: it is no digest (``artifact.digest``).
            Missing: its content is erased (``journal.erased``).
        """
        stream = promotion_stream(tenant, check_digest(sha256))
        return evolve(Way(tenant=tenant, sha256=sha256), map(_said, self.store.read(stream)))

    def now_ms(self, way: Way | None = None) -> int:
        """The instant that counts: not before what happened to the artifact last."""
        return max(self.attestations.clock.now_ms(), 0 if way is None else way.last_ms)

    def rows(self, way: Way, *bodies: Body) -> Batch:
        """The next events of an artifact's way; none where it went on since it was read."""
        stream = promotion_stream(way.tenant, way.sha256)
        writer = continued(self.store, stream, tenant=check_name(way.tenant, "tenant"))
        if writer.seq != way.seq:
            return Batch(())
        kinds = events.KINDS
        now_ms = self.now_ms(way)
        return Batch(
            [writer.append(kinds[type(b)], encode(plain(b)), at_ms=now_ms) for b in bodies]
        )

    def commit(self, batch: Batch, envelope: dict[str, Any] | None, *, tenant: str) -> bool:
        """Whether it is written, with the statement if there is one; False where others were
        faster.
        """
        if not batch.rows:
            return False
        try:
            if envelope is None:
                self.store.commit(batch)
            else:
                self.attestations.record(envelope, tenant=tenant, beside=batch)
        except Conflict as error:
            if error.code not in OVERTAKEN:
                raise
            return False
        return True


def check_signer(
    signer: Signer, names: tuple[str, ...], code: str, verb: str, *, tenant: str
) -> str:
    """The signer's name, if it is one of these and of this tenant.

    Raises:
        Denied: it is not (``code``).
    """
    name = name_of(signer.verifier)
    if name in names and (name == OPERATOR or signer.name == PrincipalId(tenant, name).stream):
        return name
    raise Denied(
        f"{signer.verifier.label} may not {verb} by this pipeline",
        code=code,
        next_step=f"sign as one of: {', '.join(names)}",
        signer=name,
    )


def check_reason(reason: str) -> None:
    """Refuse to go on without a reason.

    Raises:
        Invalid: there is none, or a very long one (``promotion.reason``).
    """
    if not reason.strip() or len(reason) > REASON_CHARS_MAX:
        raise Invalid(
            f"a reason has 1 to {REASON_CHARS_MAX} characters",
            code="promotion.reason",
            next_step="say why: it is signed and kept",
        )


def never_still(sha256: str) -> Conflict:
    """The fault that others were faster every time."""
    return Conflict(f"the way of {sha256[:12]} never stood still", code="journal.position")


def _said(event: Event) -> Said:
    if event.body is None:
        raise Missing(
            f"the content of {event.stream} is erased: its key was destroyed",
            code="journal.erased",
            stream=event.stream,
        )
    return Said(event.seq, event.recorded_at_ms, events.DECODERS[event.kind](event.body))
