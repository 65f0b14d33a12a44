"""Makes evidence of a run that agents carried out, from the description of the format alone.

A ``Journal`` is a log of events of many streams, the run's among them, in the order in which they
were recorded; ``draft`` writes the evidence of the run with the records that bear on it. It shares
no code with tarl or with the verifier.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import evidence_builder as build
from evidence_builder import Draft, Signer, b64, canonical, length_prefixed, sha256

NOW = 1_763_712_000_000
HOUR = 3_600_000
RUN = build.STREAM
ORIGIN = build.ORIGIN
HUMAN = {
    "authenticated_at_ms": NOW - HOUR,
    "human": "maria",
    "name": "Maria",
    "provider": "idp.example.org",
    "session": "s-1",
}


def signer(id: str, serial: int = 1) -> Signer:
    """The key of a principal, the same in every test."""
    return Signer(f"principal/default/{id}", sha256(f"{id} {serial}".encode()))


def dsse(payload_type: str, payload: dict[str, Any], *signers: Signer) -> dict[str, Any]:
    """An envelope that several keys signed."""
    body = canonical(payload)
    message = f"DSSEv1 {len(payload_type)} {payload_type} {len(body)} ".encode() + body
    signatures = [{"keyid": key.label, "sig": b64(key.sign(message))} for key in signers]
    return {"payload": b64(body), "payloadType": payload_type, "signatures": signatures}


@dataclass
class Entry:
    """One event in the log."""

    stream: str
    kind: str
    body: dict[str, Any]
    at: int
    seq: int = 0
    prev: bytes = bytes(32)
    digest: bytes = bytes(32)
    is_withheld: bool = False
    shown: list[int] | None = None  # the leaves of a batch that are shown; None for all
    observed: str | None = None


@dataclass
class Journal:
    """Events of all streams in the order of the log; ``partial`` streams are shown in part."""

    entries: list[Entry] = field(default_factory=list)
    nonce: int = 0
    now: int = NOW
    hidden: set[str] = field(default_factory=set)
    partial: tuple[str, ...] = ("agent/", "authority/", "policy/")

    def add(self, stream: str, kind: str, body: dict[str, Any], **options: Any) -> Entry:
        self.now += 1
        entry = Entry(stream, kind, body, options.pop("at", self.now), **options)
        self.entries.append(entry)
        return entry

    def record(
        self, kind: str, event: str, stream: str, says: dict[str, Any], *signers: Signer
    ) -> str:
        """A record of trust; its digest."""
        self.nonce += 1
        payload = {
            "issued_at_ms": self.now,
            "nonce": f"{self.nonce:032x}",
            "tenant": "default",
            "type": f"tarl.{kind}/1",
            **says,
        }
        envelope = dsse(f"application/vnd.tarl.{kind}.v1+json", payload, *signers)
        self.add(stream, event, {"envelope": envelope})
        return sha256(canonical(payload)).hex()

    def register(
        self,
        id: str,
        kind: str = "agent",
        serial: int = 1,
        *,
        by: tuple[Signer, ...] | None = None,
        recovered: str | None = None,
        grace_ms: int | None = None,
    ) -> Signer:
        key = signer(id, serial)
        before = (signer(id, serial - 1),) if serial > 1 else (build.OPERATOR,)
        payload = {
            "key": key.vkey,
            "kind": kind,
            "principal": id,
            "serial": serial,
            "tenant": "default",
            "type": "tarl.principal/1",
            **({} if grace_ms is None else {"grace_ms": grace_ms}),
        }
        signed = dsse(
            "application/vnd.tarl.principal+json", payload, key, *(before if by is None else by)
        )
        event = "principal.registered/1" if serial == 1 else "principal.key_rotated/1"
        body = {"envelope": signed, "recovered": recovered}
        self.add(f"principal/default/{id}", event, body)
        return key

    def authority(
        self, id: str = "acme", *signers: Signer, changes: dict[str, Any] | None = None
    ) -> str:
        says = {
            "authority": id,
            "delegable": True,
            "envelope": {},
            "expires_at_ms": None,
            "grants": [grant("*")],
            "keys": [signer(id).vkey],
            "name": "Acme",
            "not_before_ms": NOW,
            "parent": None,
            "threshold": 1,
            **(changes or {}),
        }
        keys = signers or (build.OPERATOR, signer(id))
        return self.record(
            "authority", "authority.recorded/1", f"authority/default/{id}", says, *keys
        )

    def genesis(self, agent: str, authority: str, /, *signers: Signer, **changes: Any) -> str:
        says = {
            "agent": agent,
            "authority": authority,
            "expires_at_ms": None,
            "human_origin": HUMAN,
            "key": signer(agent).vkey,
            "not_before_ms": NOW,
            **changes,
        }
        keys = signers or (signer("acme"),)
        return self.record("genesis", "genesis.recorded/1", f"agent/default/{agent}", says, *keys)

    def attestation(
        self, agent: str, genesis: str, authority: str, /, *signers: Signer, **changes: Any
    ) -> str:
        says = {
            "agent": agent,
            "audience": None,
            "authority": authority,
            "depth_left": 2,
            "envelope": {},
            "expires_at_ms": NOW + HOUR,
            "genesis": genesis,
            "grants": [grant("mail.*", "mailbox/*"), grant("trust.delegate")],
            "not_before_ms": NOW,
            "roles": [],
            "task": None,
            **changes,
        }
        keys = signers or (signer("acme"),)
        return self.record(
            "attestation", "attestation.recorded/1", f"agent/default/{agent}", says, *keys
        )

    def delegation(
        self, delegator: str, delegatee: str, parent: str, /, *signers: Signer, **changes: Any
    ) -> str:
        says = {
            "audience": None,
            "delegatee": delegatee,
            "delegatee_key": signer(delegatee).vkey,
            "delegator": delegator,
            "depth_left": 1,
            "envelope": {},
            "expires_at_ms": NOW + HOUR,
            "grants": [grant("mail.send", "mailbox/alice")],
            "human_origin": HUMAN,
            "not_before_ms": NOW,
            "parent": parent,
            "reasoning": None,
            "task": None,
            **changes,
        }
        keys = signers or (signer(delegator),)
        return self.record(
            "delegation", "delegation.recorded/1", f"agent/default/{delegatee}", says, *keys
        )

    def revoke(self, target: dict[str, Any], *signers: Signer) -> str:
        says = {"issuer": "operator", "reason": "no longer trusted", "target": target}
        keys = signers or (build.OPERATOR,)
        return self.record(
            "revocation", "revocation.recorded/1", "revocations/default", says, *keys
        )

    def effects(
        self,
        agent: str,
        leaves: list[dict[str, Any]],
        /,
        *signers: Signer,
        shown: list[int] | None = None,
        **changes: Any,
    ) -> Entry:
        key = signers[0] if signers else signer(agent)
        root = build.tree([sha256(b"\x00" + canonical(leaf)) for leaf in leaves])
        says = {
            "agent": agent,
            "count": len(leaves),
            "key": key.label,
            "root": root.hex(),
            **changes,
        }
        self.record("effects", "effects.signed/1", f"agent/default/{agent}", says, key)
        entry = self.entries[-1]
        entry.body["leaves"] = leaves
        entry.shown = shown
        return entry

    # --- the run

    def started(self, agent: str | None = "clerk", task: str | None = "invoices") -> Entry:
        acting = {} if agent is None else {"agent": agent, "task": task}
        body = {"code": "c0de", "input": {}, "seed": "00", "workflow": "w", **acting}
        return self.add(RUN, "run.started/1", body)

    def scheduled(self, step: int, **more: Any) -> Entry:
        return self.add(
            RUN, "step.scheduled/1", {"activity": "send", "args": ["alice"], "step": step, **more}
        )

    def completed(self, step: int) -> Entry:
        return self.add(RUN, "step.completed/1", {"result": "ok", "step": step})

    def ended(self) -> Entry:
        return self.add(RUN, "run.completed/1", {"result": None})

    def step(
        self,
        grant: str,
        step: int = 1,
        *,
        agent: str = "clerk",
        permit: dict[str, Any] | None = None,
        outcome: dict[str, Any] | None = None,
        shown: list[int] | None = None,
        others: tuple[dict[str, Any], ...] = (),
        **scheduled: Any,
    ) -> None:
        """A strict step: the intent, the outcome and the signed batch of one commit."""
        intent = self.scheduled(step, **scheduled)
        done = self.completed(step)
        allowed = permitted(intent, grant, at=intent.at, **(permit or {}))
        leaves = [allowed, resulted(done, allowed, **(outcome or {})), *others]
        self.effects(agent, leaves, shown=shown)

    def draft(self, **head: Any) -> Draft:
        """The evidence of the run."""
        ends: dict[str, tuple[int, bytes]] = {}
        leaves = [sha256(b"other")]
        for entry in self.entries:
            entry.seq, entry.prev = ends.get(entry.stream, (0, bytes(32)))
            entry.seq += 1
            entry.digest = sha256(
                length_prefixed(
                    b"tarl.event/1",
                    entry.prev,
                    entry.stream.encode(),
                    entry.seq.to_bytes(8, "big"),
                    entry.kind.encode(),
                    sha256(canonical(entry.body)),
                )
            )
            ends[entry.stream] = entry.seq, entry.digest
            at, observed = entry.at.to_bytes(8, "big"), (entry.observed or "").encode()
            data = length_prefixed(b"tarl.leaf/1", entry.digest, at, observed)
            leaves.append(sha256(b"\x00" + data))
        leaves += [sha256(b"later %d" % n) for n in range(2)]
        return Draft(self._lines(leaves, ends, head), leaves)

    def _lines(
        self, leaves: list[bytes], ends: dict[str, tuple[int, bytes]], head: dict[str, Any]
    ) -> list[Any]:
        size, root = len(leaves), build.tree(leaves)
        length, digest = ends[RUN]
        last = [entry for entry in self.entries if entry.stream == RUN][-1]
        payload = {
            "digest": digest.hex(),
            "length": length,
            "open": last.kind != "run.completed/1",
            "origin": ORIGIN,
            "size": size,
            "stream": RUN,
            "type": "tarl.run-head/1",
        }
        whole = [
            {"digest": end.hex(), "length": length, "stream": stream}
            for stream, (length, end) in sorted(ends.items())
            if stream != RUN and not stream.startswith(self.partial) and stream not in self.hidden
        ]
        heads = {
            "origin": ORIGIN,
            "size": size,
            "streams": whole,
            "type": "tarl.stream-heads/1",
            **head,
        }
        lines: list[Any] = [
            {"evidence": "tarl/2", "origin": ORIGIN, "stream": RUN},
            build.certificate(build.ROOT, build.LOG, "log"),
            build.certificate(build.ROOT, build.OPERATOR, "operator"),
            {"head": build.envelope(build.OPERATOR, "run-head", payload)},
            {"checkpoint": build.checkpoint(size, root)},
        ]
        places = {n: e for n, e in enumerate(self.entries, 1) if e.stream not in self.hidden}
        for index, entry in places.items():
            if entry.stream == RUN:
                lines.append({"event": _event(index, entry)})
        lines.append({"heads": build.envelope(build.OPERATOR, "stream-heads", heads)})
        for index, entry in places.items():
            if entry.kind == "effects.signed/1":
                lines.append({"effects": _batch(index, entry)})
            elif entry.stream != RUN:
                stream = {"prev": entry.prev.hex(), "stream": entry.stream}
                lines.append({"record": {**_event(index, entry), **stream}})
        lines.append({"inclusion": [b64(node) for node in build.batch_proof(leaves, set(places))]})
        return lines


def _event(index: int, entry: Entry) -> dict[str, Any]:
    line = {
        "at": entry.at,
        "digest": entry.digest.hex(),
        "index": index,
        "kind": entry.kind,
        "seq": entry.seq,
    }
    if entry.observed is not None:
        line["observed"] = entry.observed
    body = canonical(entry.body)
    if entry.is_withheld:
        return {**line, "commitment": sha256(body).hex()}
    return {**line, "body": body.decode()}


def _batch(index: int, entry: Entry) -> dict[str, Any]:
    leaves = entry.body["leaves"]
    shown = list(range(len(leaves))) if entry.shown is None else entry.shown
    hashes = [sha256(b"\x00" + canonical(leaf)) for leaf in leaves]
    line = {
        "at": entry.at,
        "digest": entry.digest.hex(),
        "envelope": entry.body["envelope"],
        "index": index,
        "leaves": [leaves[n] for n in shown],
        "places": shown,
        "prev": entry.prev.hex(),
        "proof": [b64(node) for node in build.batch_proof(hashes, set(shown))],
        "seq": entry.seq,
        "stream": entry.stream,
    }
    if entry.shown is not None:
        line["commitment"] = sha256(canonical(entry.body)).hex()
    return line


def grant(action: str, resource: str = "*", **constraints: Any) -> dict[str, Any]:
    return {"action": action, "constraints": constraints, "resource": resource}


def key_of(step: int) -> str:
    names = (ORIGIN.encode(), RUN.encode())
    return sha256(length_prefixed(b"tarl.key/2", *names, step.to_bytes(8, "big"))).hex()


def permitted(intent: Entry, grant: str, /, *, at: int, **changes: Any) -> dict[str, Any]:
    step = intent.body["step"]
    says = {
        "actions": ["mail.send"],
        "at_ms": at,
        "attempt": 1,
        "grant": grant,
        "grounds": [],
        "intent": sha256(canonical(intent.body)).hex(),
        "key": key_of(step),
        "resource": "mailbox/alice",
        "run": RUN.removeprefix("run/"),
        "step": step,
        "task": "invoices",
        **changes,
    }
    return {"permit": says}


def resulted(done: Entry, permit: dict[str, Any], /, **changes: Any) -> dict[str, Any]:
    says = {
        "attempt": permit["permit"]["attempt"],
        "body": sha256(canonical(done.body)).hex(),
        "kind": done.kind,
        "permit": sha256(canonical(permit)).hex(),
        "run": RUN.removeprefix("run/"),
        "step": done.body["step"],
        **changes,
    }
    return {"outcome": says}


def delegated(act: Callable[[Journal, str], None] | None = None, **changes: Any) -> Journal:
    """A run of an agent to whom another delegated; ``changes`` are to the delegation."""
    journal = Journal()
    journal.register("acme", "service")
    journal.register("planner")
    journal.register("clerk")
    top = journal.authority()
    born = journal.genesis("planner", top)
    held = journal.attestation("planner", born, top)
    given = journal.delegation("planner", "clerk", held, **changes)
    journal.started()
    if act is None:
        journal.step(given, 1)
    else:
        act(journal, given)
    journal.ended()
    return journal
