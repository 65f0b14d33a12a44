"""Makes evidence files for the verifier's tests, from the description of the format alone.

It shares no code with tarl or with the verifier: Merkle trees are built by RFC 6962's definitions
over whole lists, and the lines are plain dictionaries. So a test can spoil any of them and then
have the operator sign the spoilt file (``Draft.data``), as only a lying operator could.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from typing import Any

from nacl.signing import SigningKey

ORIGIN = "example.org/log"
STREAM = "run/default/prices/1"
PROOF_LINE_HASHES = 1024


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def length_prefixed(*parts: bytes) -> bytes:
    out = b""
    for part in parts:
        out += len(part).to_bytes(8, "big") + part
    return out


# -- Keys ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Signer:
    """A named Ed25519 key; ``type`` is 1 for notes and envelopes, 4 for cosignatures."""

    name: str
    seed: bytes
    type: int = 1

    @property
    def public(self) -> bytes:
        return bytes(SigningKey(self.seed).verify_key)

    @property
    def id(self) -> bytes:
        return sha256(self.name.encode() + b"\n" + bytes([self.type]) + self.public)[:4]

    @property
    def label(self) -> str:
        return f"{self.name}+{self.id.hex()}"

    @property
    def vkey(self) -> str:
        return f"{self.label}+{b64(bytes([self.type]) + self.public)}"

    def sign(self, message: bytes) -> bytes:
        return SigningKey(self.seed).sign(message).signature


ROOT = Signer("example.org/root", b"r" * 32)
LOG = Signer("example.org/log", b"l" * 32)
OPERATOR = Signer("example.org/operator", b"o" * 32)
WITNESS = Signer("example.org/witness", b"w" * 32, type=4)
STRANGER = Signer("example.org/stranger", b"s" * 32, type=4)


def envelope(signer: Signer, kind: str, payload: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A DSSE envelope; ``changes`` replace the type signed or the key id stated."""
    body = canonical(payload)
    payload_type = changes.get("payload_type", f"application/vnd.tarl.{kind}+json")
    pae = f"DSSEv1 {len(payload_type)} {payload_type} {len(body)} ".encode() + body
    return {
        "payload": b64(body),
        "payloadType": payload_type,
        "signatures": [{"keyid": changes.get("keyid", signer.label), "sig": b64(signer.sign(pae))}],
    }


def certificate(signer: Signer, key: Signer, purpose: str) -> dict[str, Any]:
    payload = {
        "name": key.name,
        "public": b64(key.public),
        "purpose": purpose,
        "type": "tarl.key/1",
    }
    return {"certificate": envelope(signer, "key", payload)}


def note_line(signer: Signer, data: bytes) -> str:
    return f"\u2014 {signer.name} {b64(signer.id + data)}\n"


def cosignature(witness: Signer, text: str, at: int) -> str:
    message = f"cosignature/v1\ntime {at}\n{text}".encode()
    return note_line(witness, at.to_bytes(8, "big") + witness.sign(message))


def checkpoint(
    size: int,
    root: bytes,
    *,
    origin: str = ORIGIN,
    log: Signer = LOG,
    cosigned: tuple[tuple[Signer, int], ...] = (),
) -> str:
    text = f"{origin}\n{size}\n{b64(root)}\n"
    lines = [note_line(log, log.sign(text.encode()))]
    lines += [cosignature(witness, text, at) for witness, at in cosigned]
    return text + "\n" + "".join(lines)


# -- Merkle trees, by the definitions of RFC 6962 ------------------------------------------------


def split(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def tree(leaves: list[bytes]) -> bytes:
    """The root over leaf hashes."""
    if not leaves:
        return sha256(b"")
    if len(leaves) == 1:
        return leaves[0]
    k = split(len(leaves))
    return sha256(b"\x01" + tree(leaves[:k]) + tree(leaves[k:]))


def batch_proof(leaves: list[bytes], wanted: set[int], offset: int = 0) -> list[bytes]:
    """The roots of the largest subtrees without a wanted leaf, from left to right."""
    if not any(offset <= index < offset + len(leaves) for index in wanted):
        return [tree(leaves)]
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    return batch_proof(leaves[:k], wanted, offset) + batch_proof(leaves[k:], wanted, offset + k)


def subproof(m: int, leaves: list[bytes], whole: bool) -> list[bytes]:
    n = len(leaves)
    if m == n:
        return [] if whole else [tree(leaves)]
    k = split(n)
    if m <= k:
        return [*subproof(m, leaves[:k], whole), tree(leaves[k:])]
    return [*subproof(m - k, leaves[k:], False), tree(leaves[:k])]


# -- Events --------------------------------------------------------------------------------------


def seal(opening: bytes, data: bytes) -> bytes:
    """What stands for sealed content in a chain: HMAC-SHA-512, cut to 256 bits."""
    return hmac.new(opening, data, "sha512").digest()[:32]


@dataclass
class Happening:
    """One event to be written; ``index`` is its place in the log."""

    kind: str
    body: str
    at: int = 1_763_712_000_000
    observed: str | None = None
    opening: bytes | None = None
    is_erased: bool = False
    index: int = 0


def blob_reference(data: bytes, opening: bytes | None = None) -> dict[str, Any]:
    digest = sha256(data) if opening is None else seal(opening, data)
    return {"$blob": {"digest": digest.hex(), "size": len(data)}}


def blob_line(data: bytes, opening: bytes | None = None) -> dict[str, Any]:
    digest = sha256(data) if opening is None else seal(opening, data)
    line = {"data": b64(data), "digest": digest.hex()}
    if opening is not None:
        line["opening"] = opening.hex()
    return {"blob": line}


@dataclass
class Draft:
    """An evidence file before its end line."""

    lines: list[Any]
    leaves: list[bytes] = field(default_factory=list)  # of the whole log

    def find(self, tag: str, nth: int = 0) -> int:
        """Where the nth line of a kind stands."""
        return [n for n, line in enumerate(self.lines) if tag in line][nth]

    def data(self, signer: Signer = OPERATOR, **changes: Any) -> bytes:
        """The file, with an end line that fits whatever the lines have become."""
        return close(b"".join(canonical(line) + b"\n" for line in self.lines), signer, **changes)


def close(before: bytes, signer: Signer = OPERATOR, **changes: Any) -> bytes:
    """Lines with an end line after them."""
    payload = {
        "lines": before.count(b"\n") + 1,
        "sha256": sha256(before).hex(),
        "type": "tarl.evidence-end/1",
        **changes,
    }
    return before + canonical({"end": envelope(signer, "evidence-end", payload)}) + b"\n"


def draft(
    happenings: list[Happening],
    *,
    stream: str = STREAM,
    origin: str = ORIGIN,
    before: int = 2,
    after: int = 3,
    consistent_with: tuple[int, ...] = (),
    cosigned: tuple[tuple[Signer, int], ...] = (),
    blobs: list[dict[str, Any]] | None = None,
    head: dict[str, Any] | None = None,
) -> Draft:
    """Evidence of one run in a log with other leaves before, between and after its events."""
    leaves = [sha256(b"other %d" % n) for n in range(before)]
    events = []
    digest = bytes(32)
    for seq, event in enumerate(happenings, start=1):
        body = event.body.encode()
        content = sha256(body) if event.opening is None else seal(event.opening, body)
        parts = (b"tarl.event/1", digest, stream.encode(), seq.to_bytes(8, "big"))
        digest = sha256(length_prefixed(*parts, event.kind.encode(), content))
        leaf = length_prefixed(
            b"tarl.leaf/1", digest, event.at.to_bytes(8, "big"), (event.observed or "").encode()
        )
        line = {"at": event.at, "digest": digest.hex(), "kind": event.kind, "seq": seq}
        if event.is_erased:
            line["commitment"] = content.hex()
        else:
            line["body"] = event.body
            if event.opening is not None:
                line["opening"] = event.opening.hex()
        if event.observed is not None:
            line["observed"] = event.observed
        while len(leaves) < event.index:
            leaves.append(sha256(b"between %d" % len(leaves)))
        line["index"] = len(leaves)
        leaves.append(sha256(b"\x00" + leaf))
        events.append({"event": line})
    leaves += [sha256(b"later %d" % n) for n in range(after)]

    terminal = ("run.completed/1", "run.failed/1", "run.cancelled/1")
    payload = {
        "digest": digest.hex(),
        "length": len(events),
        "open": happenings[-1].kind not in terminal,
        "origin": origin,
        "size": len(leaves),
        "stream": stream,
        "type": "tarl.run-head/1",
        **(head or {}),
    }
    proof = [b64(node) for node in batch_proof(leaves, {e["event"]["index"] for e in events})]
    lines: list[Any] = [
        {"evidence": "tarl/1", "origin": origin, "stream": stream},
        certificate(ROOT, LOG, "log"),
        certificate(ROOT, OPERATOR, "operator"),
        {"head": envelope(OPERATOR, "run-head", payload)},
        {"checkpoint": checkpoint(len(leaves), tree(leaves), origin=origin, cosigned=cosigned)},
    ]
    for size in sorted(consistent_with):
        steps = [b64(node) for node in subproof(size, leaves, True)]
        lines.append(
            {"consistency": {"proof": steps, "root": b64(tree(leaves[:size])), "size": size}}
        )
    lines += events
    lines += sorted(blobs or [], key=lambda line: line["blob"]["digest"])
    for start in range(0, max(1, len(proof)), PROOF_LINE_HASHES):
        lines.append({"inclusion": proof[start : start + PROOF_LINE_HASHES]})
    return Draft(lines, leaves)


def closed_run() -> list[Happening]:
    """A small run that is complete."""
    return [
        Happening("run.started/1", '{"code":"c0de","input":{"a":1.5},"seed":"00"}', index=2),
        Happening("step.scheduled/1", '{"activity":"fetch","args":["\u20ac"],"step":1}', index=3),
        Happening("step.completed/1", '{"result":[1,2],"step":1}', observed='{"ms":3}', index=6),
        Happening("run.completed/1", '{"result":null}', at=1_763_712_000_999, index=7),
    ]
