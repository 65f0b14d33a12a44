"""What else in the journal bears on a run: the records that its evidence must carry.

Of the agents that acted in it: what they signed about it, the grants that they used, with all
records above those, and the principals that signed any of it. Of the people it asked: the requests
and the votes. And what was revoked in the tenant: all of it is listed, and the part shown that is
about somebody or something above.

1. Nothing beyond the log's size that the evidence is about.
2. A batch that other runs have leaves in is shown without those (``Batch``).
3. Streams in ``whole`` are listed from their first event to their last, so that leaving one out
   can be seen; of agents and authorities only what bears on the run is there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from tarl.journal.event import GENESIS, Event
from tarl.journal.merkle import fold, hash_of_leaf, split
from tarl.journal.store import Store
from tarl.kernel import events as run_events
from tarl.kernel.approvals import events as approval_events
from tarl.kernel.approvals.names import ApprovalId, PrincipalId
from tarl.kernel.approvals.statement import claimed
from tarl.kernel.history import verified
from tarl.trust import events as trust_events
from tarl.trust.signed import parse
from tarl.values.canonical import encode
from tarl.values.ids import RunId, encode_segment

_TELLING = frozenset(
    {run_events.RUN_STARTED, run_events.STEP_SCHEDULED, run_events.APPROVAL_REQUESTED}
)


class Batch(NamedTuple):
    """What an agent signed of a run in one commit: the leaves, their places among all, and the
    proof that they are among those.
    """

    envelope: Any
    leaves: list[Any]
    places: list[int]
    proof: list[bytes]
    is_whole: bool


class Bearer(NamedTuple):
    """An event of another stream, with the digest of the one before it there.

    ``batch`` is set for what agents signed; a body that is not ``shown`` is withheld.
    """

    event: Event
    prev: bytes
    batch: Batch | None = None
    shown: bool = True


class Bearing:
    """The records that bear on one run, found while its events pass.

    Args:
        store: The journal.
        run: The run.
        size: The size of the log that the evidence is about.
    """

    def __init__(self, store: Store, run: RunId, *, size: int) -> None:
        self._store = store
        self._run = run
        self._size = size
        self._first_index = 0
        self._agents: set[str] = set()
        self._approvals: set[str] = set()
        self._people: set[str] = set()
        self._targets: set[tuple[str, str]] = set()
        self._found: dict[int, Bearer] = {}
        self.whole: dict[str, tuple[int, bytes]] = {}

    def note(self, event: Event) -> None:
        """Take notice of an event of the run: who acts, and who is asked."""
        if event.seq == 1:
            self._first_index = event.log_index
        if event.kind not in _TELLING or event.body is None:
            return
        said = run_events.DECODERS[event.kind](event.body)
        if event.kind == run_events.APPROVAL_REQUESTED:
            self._approvals.add(said.approval)
        elif said.agent is not None:
            self._agents.add(said.agent)

    def records(self) -> list[Bearer]:
        """All records, in the order of the log; ``whole`` is filled with the ends of the streams
        that are here as a whole.

        Raises:
            ChainBrokenError: one of the streams is damaged.
        """
        if self._agents:  # whose steps may have been held until somebody approved
            asked = self._store.scan("approval", {"run": self._run.stream})
            self._approvals |= {row["id"] for row in asked}
        for approval in sorted(self._approvals):
            self._add_approval(ApprovalId(self._run.tenant, approval))
        for agent in sorted(self._agents):
            self._people.add(agent)
            for permit in self._add_effects(agent):
                if permit["grant"] is not None:
                    self._add_chain(permit["grant"])
                for ground in permit["grounds"]:
                    if ground["code"] == "trust.allowed":
                        self._add_chain(ground["facts"]["grant"])
                    self._add_policy(ground["facts"])
        if self._agents:
            self._add_revocations()
        for name in sorted(self._people):
            self._add_whole(PrincipalId(self._run.tenant, name).stream)
        return [self._found[index] for index in sorted(self._found)]

    def _add(self, bearer: Bearer) -> None:
        self._found[bearer.event.log_index] = bearer

    def _within(self, stream: str, *, after: int = 0) -> Iterator[Event]:
        """A stream's events that the checkpoint covers."""
        for event in self._store.read(stream, after=after):
            if event.log_index >= self._size:
                return
            yield event

    def _add_whole(self, stream: str) -> list[Event]:
        prev, listed = GENESIS, []
        for event in verified(stream, self._within(stream)):
            self._add(Bearer(event, prev))
            prev = event.digest
            self.whole[stream] = event.seq, event.digest
            listed.append(event)
        return listed

    def _add_approval(self, id: ApprovalId) -> None:
        """A request with everything that was said to it, and who said it."""
        for event in self._add_whole(id.stream):
            if event.body is None:
                continue
            said: Any = approval_events.DECODERS[event.kind](event.body)
            if event.kind in (approval_events.VOTED, approval_events.DELEGATED):
                self._people.add(claimed(said.envelope).principal)

    # --- authority

    def _add_effects(self, agent: str) -> Iterator[Any]:
        """What an agent signed about the run; gives its permits."""
        stream = trust_events.agent_stream(self._run.tenant, agent)
        mine = b'"run":%b' % encode(self._run.stream.removeprefix("run/"))
        for event in self._within(stream, after=self._start(stream)):
            if event.kind != trust_events.EFFECTS or event.body is None or mine not in event.body:
                continue
            batch = _batch(event.body, self._run)
            if batch.leaves:
                self._add(Bearer(event, self._digest_before(event), batch))
            yield from (leaf["permit"] for leaf in batch.leaves if "permit" in leaf)

    def _add_policy(self, facts: Any) -> None:
        """The edition of a policy that a permit rests on."""
        names = facts.get("policy"), facts.get("version")
        if None in names or "digest" not in facts:
            return
        row = self._store.get("policy_edition", self._run.tenant, *names)
        if row is not None:
            stream = f"policy/{encode_segment(self._run.tenant)}/{encode_segment(names[0])}"
            seq = row["seq"]
            for event in self._store.read(stream, after=seq - 1, until=seq):
                if event.log_index < self._size:
                    self._add(Bearer(event, self._digest_before(event)))

    def _start(self, stream: str) -> int:
        """The last of a stream's events before the run began, by bisection."""
        head = self._store.head(stream)
        low, high = 0, 0 if head is None else head.seq
        while low < high:
            middle = (low + high + 1) // 2
            event = next(self._store.read(stream, after=middle - 1, until=middle))
            if event.log_index < self._first_index:
                low = middle
            else:
                high = middle - 1
        return low

    def _add_chain(self, digest: str) -> None:
        """A record of trust and those above it."""
        row = self._store.get("trust_record", self._run.tenant, digest)
        if row is None or ("record", digest) in self._targets:
            return
        seq = row["seq"]
        event = next(self._store.read(row["stream"], after=seq - 1, until=seq), None)
        if event is None or event.body is None or event.log_index >= self._size:
            return
        self._add(Bearer(event, self._digest_before(event)))
        said: Any = trust_events.DECODERS[event.kind](event.body)
        record: Any = parse(said.envelope).record
        kind = record.KIND
        self._targets |= {
            ("record", digest),
            (kind if kind == "authority" else "agent", row["agent"]),
        }
        above = {
            "authority": ("parent",),
            "genesis": ("authority",),
            "attestation": ("genesis", "authority"),
            "delegation": ("parent",),
        }[kind]
        for name in above:
            if getattr(record, name) is not None:
                self._add_chain(getattr(record, name))
        if kind == "authority":
            self._people |= {PrincipalId.from_stream(k.split("+")[0]).id for k in record.keys}
        else:
            self._people.add(row["agent"])
        origin = getattr(record, "human_origin", None)
        if origin is not None:
            self._targets.add(("human", origin.human))

    def _add_revocations(self) -> None:
        """The tenant's revocations: those about anything above shown, the others listed."""
        for event in self._add_whole(trust_events.revocations_stream(self._run.tenant)):
            if event.body is None or not self._bears(event):
                bearer = self._found[event.log_index]
                self._add(bearer._replace(shown=False))

    def _bears(self, event: Event) -> bool:
        said: Any = trust_events.DECODERS[event.kind](event.body or b"")
        record: Any = parse(said.envelope).record
        target = getattr(record, "target", None)
        named = ("agent", record.agent) if target is None else (target.noun, target.name)
        return named in self._targets

    def _digest_before(self, event: Event) -> bytes:
        before = self._store.read(event.stream, after=event.seq - 2, until=event.seq - 1)
        return next((found.digest for found in before), GENESIS) if event.seq > 1 else GENESIS


def _batch(body: bytes, run: RunId) -> Batch:
    """The part of a batch that is about a run."""
    said = msgspec.json.decode(body)
    leaves, ref = said["leaves"], run.stream.removeprefix("run/")
    places = [
        place
        for place, leaf in enumerate(leaves)
        if any(isinstance(part, dict) and part.get("run") == ref for part in leaf.values())
    ]
    hashes = [hash_of_leaf(encode(leaf)) for leaf in leaves]
    proof: list[bytes] = []
    _collect(hashes, 0, set(places), proof)
    is_whole = len(places) == len(leaves)
    return Batch(said["envelope"], [leaves[n] for n in places], places, proof, is_whole)


def _collect(hashes: list[bytes], start: int, places: set[int], proof: list[bytes]) -> None:
    """The hashes of the largest subtrees without any of the places, from left to right."""
    if not any(start <= place < start + len(hashes) for place in places):
        proof.append(fold(hashes))
    elif len(hashes) > 1:
        middle = split(len(hashes))
        _collect(hashes[:middle], start, places, proof)
        _collect(hashes[middle:], start + middle, places, proof)
