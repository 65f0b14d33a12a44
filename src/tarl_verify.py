"""tarl-verify: checks the evidence of one run, offline, knowing nothing but a root public key.

This file is the whole program. It imports the standard library and PyNaCl (Ed25519) and nothing of
tarl, so that whoever does not trust the maker of the evidence has only this to read. The format of
the file, what success proves and what it cannot prove: ``docs/reference/evidence.md``.

1. The file is read once, line by line; every line must have the one spelling there is (RFC 8785).
2. Every signature leads to the root key: root signs the log's and the operator's key, the operator
   signs the run's head and, at the end, every byte of the file; the log signs its checkpoint.
3. Every event is hashed into a chain that ends in the head, and is found in the log.
4. Nothing is printed as proved that was not checked; whatever is unexpected is refused.

Units: ``at`` is milliseconds and a cosignature's time is seconds since 1970 UTC; blobs are measured
in bytes, logs in leaves. Memory: 40 bytes an event, the digests of blobs, and one line.
"""

from __future__ import annotations

import argparse
import base64
import hmac
import json
import re
import sys
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from itertools import takewhile
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, NoReturn

from nacl.bindings import crypto_core_ed25519_is_valid_point
from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

LINE_BYTES_MAX = 64 * 1024 * 1024  # bounds the memory that a hostile file can take
NOTE_BYTES_MAX = 1024 * 1024
NOTE_SIGNATURES_MAX = 64  # C2SP signed-note asks for 16 or more
PROOF_LINE_HASHES = 1024  # in every "inclusion" line but the last
INTEGER_MAX = 2**53 - 1  # RFC 8785
GROUP_ORDER = 2**252 + 27742317777372353535851937790883648493  # RFC 8032, section 5.1
NOTE_KEY, WITNESS_KEY = 0x01, 0x04  # signature types of C2SP signed-note
TERMINAL_KINDS = frozenset(
    {"run.completed/1", "run.failed/1", "run.cancelled/1", "run.terminated/1", "run.continued/1"}
)
HEX_32 = re.compile(r"[0-9a-f]{64}")
DECIMAL = re.compile(r"0|[1-9][0-9]{0,15}")
SEGMENT = r"(?:[A-Za-z0-9._~-]|%[0-9A-F]{2})+"
RUN_STREAM = re.compile(rf"run/{SEGMENT}/{SEGMENT}/[1-9][0-9]*")


class Failure(Exception):
    """The evidence does not hold (exit code 6); ``line`` counts from 1."""

    def __init__(self, code: str, what: str, expected: Any = None, found: Any = None) -> None:
        super().__init__(what)
        self.code, self.what, self.line = f"evidence.{code}", what, 0
        self.sides = {"expected": expected, "found": found}


class Usage(Exception):
    """What the command line gives cannot be used (exit code 2)."""


def require(holds: bool, code: str, what: str, found: Any = None) -> None:
    """Fail unless it holds."""
    if not holds:
        raise Failure(code, what, found=found)


def require_same(code: str, what: str, expected: Any, found: Any) -> None:
    """Fail unless both are the same value of the same type (``True`` is not ``1``)."""
    if type(expected) is not type(found) or expected != found:
        raise Failure(code, what, expected, found)


# -- Encodings -----------------------------------------------------------------------------------


def length_prefixed(*fields: bytes) -> bytes:
    """Each field after its length in 8 big-endian bytes: other fields always give other bytes."""
    return b"".join(len(field).to_bytes(8, "big") + field for field in fields)


def base64_bytes(text: Any, *, size: int | None = None) -> bytes:
    """The bytes behind standard padded base64 in its one canonical spelling (RFC 4648, 3.5)."""
    try:
        data = base64.b64decode(text, validate=True)
    except (TypeError, ValueError):
        data = b""
    require(base64.b64encode(data).decode() == text, "format", "not canonical base64", text)
    require(size in (None, len(data)), "format", f"not {size} bytes of base64", text)
    return data


def hex_32(text: Any) -> bytes:
    """The 32 bytes behind 64 lowercase hexadecimal digits."""
    is_hex = isinstance(text, str) and HEX_32.fullmatch(text) is not None
    require(is_hex, "format", "not 64 lowercase hexadecimal digits", text)
    return bytes.fromhex(text)


def whole(value: Any, *, least: int = 0) -> int:
    """An integer from ``least`` to 2^53-1."""
    is_whole = type(value) is int and least <= value <= INTEGER_MAX
    require(is_whole, "format", f"not an integer from {least} to 2^53-1", value)
    return int(value)


def text_of(value: Any) -> str:
    """A string with something in it."""
    require(isinstance(value, str) and value != "", "format", "not a non-empty string", value)
    return str(value)


def fields(value: Any, required: str, optional: str = "") -> dict[str, Any]:
    """An object with all the members named in ``required``, and no others than ``optional``."""
    needed, allowed = set(required.split()), set(f"{required} {optional}".split())
    if not isinstance(value, dict) or not needed <= value.keys() <= allowed:
        raise Failure("format", "not an object with these members", sorted(needed), value)
    return value


def canonical_json(data: bytes) -> Any:
    """A value from bytes spelled as RFC 8785 spells it, without fractions.

    Callers accept known ASCII names, strings and small integers only. There Python's own writer is
    canonical, so: parse, write again, compare. Duplicate names, spaces, needless escapes, wrong
    order and ``-0`` all come out as other bytes.
    """
    try:
        value = json.loads(data.decode(), parse_float=refuse, parse_constant=refuse)
        text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        again = text.encode()
    except (ValueError, RecursionError) as error:
        raise Failure("format", f"not canonical JSON in UTF-8: {error}") from None
    if again != data:
        same = sum(
            1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(again, data, strict=False))
        )
        what = f"not the canonical spelling, from byte {same + 1}"
        raise Failure("noncanonical", what, again[same : same + 80], data[same : same + 80])
    return value


def refuse(literal: str) -> NoReturn:
    """Refuse a number as the JSON parser meets it."""
    raise ValueError(f"the number {literal[:40]} is refused")


# -- Keys and signatures -------------------------------------------------------------------------


class Key(NamedTuple):
    """An Ed25519 public key with the name and the signature type that C2SP signed-note gives it."""

    name: str
    type: int
    public: bytes

    @property
    def id(self) -> bytes:
        """SHA-256 of name, newline, type and public key: the first four bytes."""
        return sha256(self.name.encode() + b"\n" + bytes([self.type]) + self.public).digest()[:4]

    @property
    def label(self) -> str:
        """``<name>+<key id>``, as envelopes and reports name the key."""
        return f"{self.name}+{self.id.hex()}"

    def is_sound(self) -> bool:
        """Whether the name is printable without spaces and plus signs, and the point is good."""
        named = all(c.isprintable() and not c.isspace() and c != "+" for c in self.name)
        return self.name != "" and named and is_sound_point(self.public)


def parse_vkey(text: str, key_type: int) -> Key:
    """A C2SP verifier key: ``<name>+<key id in hex>+<base64 of type and public key>``.

    Raises:
        Usage: it is anything else. The message never repeats the text, which may be a secret.
    """
    name, key_id, material = [*text.split("+", 2), "", ""][:3]
    try:
        data = base64_bytes(material, size=33)
    except Failure:
        raise Usage("not of the form <name>+<key id>+<base64 of 33 bytes>") from None
    key = Key(name, data[0], data[1:])
    if key.type != key_type:
        raise Usage(f"a key for signatures of type {key.type}, where {key_type} is needed")
    if not key.is_sound() or key_id != key.id.hex():
        raise Usage("the name, the key id and the public key do not go together")
    return key


def is_sound_point(point: bytes) -> bool:
    """Whether it is the canonical encoding of a point of the prime-order group, not the neutral."""
    return bool(crypto_core_ed25519_is_valid_point(point))


def is_signed(public: bytes, message: bytes, signature: bytes) -> bool:
    """Strict Ed25519 (RFC 8032): one verdict, whichever version of libsodium is installed.

    The public key and R must be canonical encodings in the prime-order group: then no point is of
    low or mixed order, and verifying with and without the cofactor agree. S must be below the
    group order: then nobody can make a second signature from a first.
    """
    if len(signature) != 64 or int.from_bytes(signature[32:], "little") >= GROUP_ORDER:
        return False
    if not is_sound_point(public) or not is_sound_point(signature[:32]):
        return False
    try:
        VerifyKey(public).verify(message, signature)
    except BadSignatureError:
        return False
    return True


def open_envelope(envelope: Any, key: Key, kind: str, members: str) -> dict[str, Any]:
    """The payload of a DSSE envelope with one signature, by ``key``, over a payload of ``kind``."""
    fields(envelope, "payload payloadType signatures")
    payload_type = f"application/vnd.tarl.{kind}+json"
    require_same("format", "payload type", payload_type, envelope["payloadType"])
    signatures = envelope["signatures"]
    one = isinstance(signatures, list) and len(signatures) == 1
    require(one, "format", "not exactly one signature", signatures)
    fields(signatures[0], "keyid sig")
    require_same("signature", "signing key", key.label, signatures[0]["keyid"])
    payload = base64_bytes(envelope["payload"])
    # DSSE's pre-authentication encoding: the type is signed together with the payload.
    preamble = f"DSSEv1 {len(payload_type)} {payload_type} {len(payload)} ".encode()
    good = is_signed(key.public, preamble + payload, base64_bytes(signatures[0]["sig"]))
    require(good, "signature", f"the signature of {key.label} does not verify")
    content = fields(canonical_json(payload), f"{members} type")
    require_same("format", "type of the payload", f"tarl.{kind}/1", content["type"])
    return content


def certified_key(envelope: Any, root: Key, purpose: str) -> Key:
    """The key that the root key certifies for one purpose."""
    content = open_envelope(envelope, root, "key", "name public purpose")
    require_same("format", "purpose of the key", purpose, content["purpose"])
    key = Key(text_of(content["name"]), NOTE_KEY, base64_bytes(content["public"], size=32))
    require(key.is_sound(), "format", "the name or the public key is not valid", key.name)
    return key


# -- Checkpoints (C2SP signed-note, tlog-checkpoint, tlog-cosignature) ---------------------------


class Checkpoint(NamedTuple):
    """A signed note with a log's size and root; ``signatures`` are (name, key id, bytes)."""

    body: str
    origin: str
    size: int
    root: bytes
    signatures: list[tuple[str, bytes, bytes]]

    def signatures_of(self, key: Key) -> list[bytes]:
        """The signatures that claim to be this key's."""
        return [data for name, id_, data in self.signatures if (name, id_) == (key.name, key.id)]

    def is_signed_by(self, log: Key) -> bool:
        """Whether the log's key signed: at least one signature in its name, and none that fails."""
        claimed, message = self.signatures_of(log), self.body.encode()
        return bool(claimed) and all(is_signed(log.public, message, data) for data in claimed)

    def cosigned_at(self, witness: Key) -> int | None:
        """The latest time at which the witness cosigned, in seconds; None if never or one fails."""
        times = []
        for data in self.signatures_of(witness):
            times.append(int.from_bytes(data[:8], "big"))
            message = f"cosignature/v1\ntime {times[-1]}\n{self.body}".encode()
            if times[-1] >= 2**63 or not is_signed(witness.public, message, data[8:]):
                return None
        return max(times, default=None)


def parse_checkpoint(text: Any) -> Checkpoint:
    """A note of exactly three lines (origin, size, root); its signatures are not checked here."""
    is_clean = isinstance(text, str) and not any(c < " " and c != "\n" for c in text)
    require(is_clean, "format", "a note is text without control characters", text)
    body, blank, block = text.rpartition("\n\n")
    require(blank != "" and block.endswith("\n"), "format", "not a signed note", text)
    lines, signed = body.split("\n"), block[:-1].split("\n")
    require(1 <= len(signed) <= NOTE_SIGNATURES_MAX, "format", "number of signatures", len(signed))
    signatures = []
    for line in signed:
        parts = line.split(" ")
        require(len(parts) == 3 and parts[0] == "—", "format", "not a signature line", line)
        data = base64_bytes(parts[2])
        signatures.append((parts[1], data[:4], data[4:]))
    three = len(lines) == 3 and lines[0] != "" and DECIMAL.fullmatch(lines[1]) is not None
    require(three, "format", "a checkpoint has three lines: origin, size and root", body)
    root = base64_bytes(lines[2], size=32)
    return Checkpoint(f"{body}\n", lines[0], whole(int(lines[1])), root, signatures)


# -- Merkle tree (RFC 6962, section 2.1) ---------------------------------------------------------


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node; leaves have 0x00 in front: neither passes for the other."""
    return sha256(b"\x01" + left + right).digest()


def split_of(size: int) -> int:
    """How many leaves stand under the left child: the largest power of two below ``size``."""
    return 1 << ((size - 1).bit_length() - 1)


def next_hash(proof: Iterator[bytes], code: str) -> bytes:
    """The next hash of a proof, which must have one."""
    found = next(proof, b"")
    require(found != b"", code, "the proof has too few hashes")
    return found


def root_with(
    indices: Sequence[int], leaves: bytearray, size: int, proof: Iterator[bytes]
) -> bytes:
    """The root of a tree of ``size`` leaves with ours at ``indices`` (ascending, below size).

    A subtree without a leaf of ours is the proof's next hash; all other hashes are computed.
    """

    def root_of(low: int, high: int, first: int, last: int) -> bytes:
        if first == last:
            return next_hash(proof, "inclusion")
        if high - low == 1:
            return bytes(leaves[32 * first : 32 * last])
        middle = low + split_of(high - low)
        cut = bisect_left(indices, middle, first, last)
        left = root_of(low, middle, first, cut)
        return node_hash(left, root_of(middle, high, cut, last))

    return root_of(0, size, 0, len(indices))


def roots_before_and_after(
    old_size: int, new_size: int, old_root: bytes, proof: Iterator[bytes]
) -> tuple[bytes, bytes]:
    """Both roots, rebuilt from a consistency proof (RFC 6962, 2.1.2); 0 < old size < new size."""

    def rebuild(old: int, new: int, is_whole_old_tree: bool) -> tuple[bytes, bytes]:
        if old == new:
            shared = old_root if is_whole_old_tree else next_hash(proof, "consistency")
            return shared, shared
        split = split_of(new)
        if old <= split:
            before, left = rebuild(old, split, is_whole_old_tree)
            return before, node_hash(left, next_hash(proof, "consistency"))
        before, right = rebuild(old - split, new - split, False)
        left = next_hash(proof, "consistency")
        return node_hash(left, before), node_hash(left, right)

    return rebuild(old_size, new_size, True)


# -- Event bodies and blobs ----------------------------------------------------------------------


def content_digest(data: bytes, line: dict[str, Any]) -> bytes:
    """SHA-256 of what lies in clear; HMAC-SHA-512 cut to 256 bits of what lies sealed.

    The hash functions differ so that no digest can be opened both ways, and the HMAC key has one
    length because HMAC fills shorter keys up with zeros.
    """
    if "opening" not in line:
        return sha256(data).digest()
    return hmac.digest(hex_32(line["opening"]), data, "sha512")[:32]


def strict_object(body: str) -> dict[str, Any]:
    """A body as JSON without double meanings; its exact spelling is the chain's to check."""

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(value := dict(pairs)) != len(pairs):
            raise ValueError("a name occurs twice")
        return value

    def number(literal: str) -> float:
        value = int(literal) if literal.lstrip("-").isdigit() else float(literal)
        bound = INTEGER_MAX if isinstance(value, int) else sys.float_info.max
        return value if abs(value) <= bound else refuse(literal)

    try:
        value = json.loads(
            body,
            object_pairs_hook=members,
            parse_int=number,
            parse_float=number,
            parse_constant=refuse,
        )
        json.dumps(value, ensure_ascii=False).encode()  # refuses lone surrogates
    except (ValueError, RecursionError) as error:
        raise Failure("body", f"not strict JSON in the body: {error}") from None
    require(isinstance(value, dict), "body", "the body is not an object", body)
    return dict(value)


# -- The file ------------------------------------------------------------------------------------


class Lines:
    """The file's lines, read once, in order; ``tag`` and ``value`` are the current line's.

    The first line is the header and has no tag; every other line is an object with one member.
    """

    def __init__(self, source: BinaryIO) -> None:
        self.source, self.raw, self.before = source, b"", sha256()
        self.number, self.tag = 0, "header"
        self.value: Any = None

    def advance(self) -> None:
        """Go to the next line, which must be there."""
        self.before.update(self.raw)
        self.number += 1
        self.raw = self.source.readline(LINE_BYTES_MAX + 1)
        require(len(self.raw) <= LINE_BYTES_MAX, "format", f"more than {LINE_BYTES_MAX} bytes")
        require(self.raw != b"", "truncated", "the file stops before its end line")
        require(self.raw.endswith(b"\n"), "truncated", "the file stops in the middle of a line")
        self.value = canonical_json(self.raw[:-1])
        if self.number > 1:
            one = isinstance(self.value, dict) and len(self.value) == 1
            require(one, "format", "not an object with one member", self.value)
            ((self.tag, self.value),) = self.value.items()

    def take(self, tag: str) -> Any:
        """The current line's value, if this kind of line stands here."""
        require_same("order", "kind of line", tag, self.tag)
        return self.value


class Evidence:
    """One file on its way through the checks; once ``check`` returns, its attributes are proved.

    Args:
        source: The file, open for reading bytes.
        root: The root public key, known from elsewhere.
        reference: A checkpoint of the same log, known from elsewhere.
        witnesses: Keys that must have cosigned the checkpoint in the file.
    """

    def __init__(
        self,
        source: BinaryIO,
        root: Key,
        *,
        reference: Checkpoint | None = None,
        witnesses: Sequence[Key] = (),
    ) -> None:
        self.lines, self.root = Lines(source), root
        self.reference, self.witnesses = reference, list(dict.fromkeys(witnesses))
        self.witnessed: list[tuple[str, int]] = []  # name, seconds since 1970
        self.digest, self.last_kind, self.erased = bytes(32), "", 0
        self.indices, self.leaves = array("Q"), bytearray()
        self.blob_sizes: dict[bytes, int] = {}  # by digest, as bodies state them

    def check(self) -> None:
        """Check everything, in the order of the file.

        Raises:
            Failure: the first thing wrong, with the line it stands on.
        """
        try:
            self.lines.advance()
            self.check_header()
            self.check_certificates()
            self.check_head()
            self.check_checkpoint()
            self.check_consistency()
            self.check_events()
            self.check_blobs()
            self.check_inclusion()
            self.check_end()
        except Failure as failure:
            failure.line = self.lines.number
            raise

    def check_header(self) -> None:
        """The version of the format, and what everything after must be about."""
        header = fields(self.lines.value, "evidence origin stream")
        require_same("version", "version of the format", "tarl/1", header["evidence"])
        self.origin, self.stream = text_of(header["origin"]), text_of(header["stream"])
        is_run = RUN_STREAM.fullmatch(self.stream) is not None
        require(is_run, "format", "not the name of a run's stream", self.stream)
        self.lines.advance()

    def check_certificates(self) -> None:
        """The root key says which keys are the log's and the operator's."""
        self.log_key = certified_key(self.lines.take("certificate"), self.root, "log")
        self.lines.advance()
        self.operator = certified_key(self.lines.take("certificate"), self.root, "operator")
        self.lines.advance()

    def check_head(self) -> None:
        """The operator's word: at this size of the log the run has so many events, ending so."""
        members = "digest length open origin size stream"
        head = open_envelope(self.lines.take("head"), self.operator, "run-head", members)
        require_same("head", "origin", self.origin, head["origin"])
        require_same("head", "stream", self.stream, head["stream"])
        self.length = whole(head["length"], least=1)
        self.head_size = whole(head["size"], least=self.length)
        self.head_digest, self.is_open = hex_32(head["digest"]), head["open"]
        require(isinstance(self.is_open, bool), "format", "open is true or false", self.is_open)
        self.lines.advance()

    def check_checkpoint(self) -> None:
        """The log's word on its size and root, and what others outside know of that log."""
        self.log = parse_checkpoint(self.lines.take("checkpoint"))
        require_same("checkpoint", "origin of the log", self.origin, self.log.origin)
        require_same("checkpoint", "size of the log", self.head_size, self.log.size)
        signed = self.log.is_signed_by(self.log_key)
        require(signed, "signature", f"no valid signature by the log key {self.log_key.label}")
        if self.reference:
            self.check_reference(self.reference)
        own = {self.root.public, self.log_key.public, self.operator.public}
        for key in self.witnesses:
            require(key.public not in own, "witness", f"{key.label} is the maker's own key")
            at = self.log.cosigned_at(key)
            if at is None:
                raise Failure("witness", f"no valid cosignature by {key.label}")
            self.witnessed.append((key.name, at))
        self.lines.advance()

    def check_reference(self, reference: Checkpoint) -> None:
        """The log is not older than the reference, and not another one of the same size."""
        require(reference.is_signed_by(self.log_key), "reference", "--checkpoint: not by this log")
        require_same("reference", "--checkpoint: origin", self.origin, reference.origin)
        if self.log.size < reference.size:
            raise Failure("older", "size of the log", f"at least {reference.size}", self.log.size)
        known = {0: sha256().digest(), self.log.size: self.log.root}
        self.check_same_past(reference, known.get(reference.size, reference.root))

    def check_same_past(self, reference: Checkpoint, root: bytes) -> None:
        """The root that this log had at the reference's size is the reference's."""
        what = f"--checkpoint shows another log: root at size {reference.size}"
        require_same("forked", what, reference.root, root)

    def check_consistency(self) -> None:
        """Earlier states of the log are prefixes of this one; the reference is one of them."""
        wanted = self.reference
        if wanted and wanted.size in (0, self.log.size):
            wanted = None  # settled with the checkpoint
        least = 1
        while self.lines.tag == "consistency":
            line = fields(self.lines.value, "proof root size")
            size, root = whole(line["size"], least=least), base64_bytes(line["root"], size=32)
            require(size < self.log.size, "format", "not smaller than the log", size)
            require(isinstance(line["proof"], list), "format", "not a list", line["proof"])
            if wanted and wanted.size == size:
                self.check_same_past(wanted, root)
                wanted = None
            proof = iter([base64_bytes(text, size=32) for text in line["proof"]])
            before, after = roots_before_and_after(size, self.log.size, root, proof)
            require_same("consistency", f"root at size {size}", root, before)
            require_same("consistency", "root of the log", self.log.root, after)
            require(next(proof, None) is None, "consistency", "the proof has too many hashes")
            least = size + 1
            self.lines.advance()
        if wanted:
            what = f"no proof leads from --checkpoint (size {wanted.size}) to this log: ask for an"
            raise Failure("no_consistency", f"{what} export by `tarl export --checkpoint NOTE`")

    def check_events(self) -> None:
        """All events from the first to the head, each hashed onto the one before."""
        for seq in range(1, self.length + 1):
            what = f"event {seq} of {self.length} is missing"
            require(self.lines.tag == "event", "truncated", what, self.lines.tag)
            self.check_event(seq)
            if seq == self.length:
                require_same("head", "digest of the head", self.head_digest, self.digest)
                is_open = self.last_kind not in TERMINAL_KINDS
                require_same("head", "open, in the head", is_open, self.is_open)
            self.lines.advance()
        what = f"the head knows of {self.length} events; here is one more"
        require(self.lines.tag != "event", "extended", what)

    def check_event(self, seq: int) -> None:
        """One event: its place in the chain, its body if there is one, its leaf in the log."""
        optional = "body commitment observed opening"
        event = fields(self.lines.value, "at digest index kind seq", optional)
        require_same("chain", "number of the event", seq, event["seq"])
        ended = self.last_kind in TERMINAL_KINDS
        require(not ended, "head", f"event {seq} follows {self.last_kind}, which ends a run")
        self.last_kind, index = text_of(event["kind"]), whole(event["index"])
        place = self.stream.encode(), seq.to_bytes(8, "big"), self.last_kind.encode()
        content = self.check_body(event)
        preimage = length_prefixed(b"tarl.event/1", self.digest, *place, content)
        self.digest = sha256(preimage).digest()
        require_same("chain", f"event {seq}: digest", self.digest, hex_32(event["digest"]))
        follows = (self.indices[-1] if self.indices else -1) < index < self.log.size
        require(follows, "inclusion", f"event {seq}: impossible index in the log", index)
        at = whole(event["at"]).to_bytes(8, "big")
        observed = text_of(event["observed"]).encode() if "observed" in event else b""
        leaf = length_prefixed(b"tarl.leaf/1", self.digest, at, observed)
        self.indices.append(index)
        self.leaves += sha256(b"\x00" + leaf).digest()

    def check_body(self, event: dict[str, Any]) -> bytes:
        """The digest of the body, or what stands in its place when it is erased; note its blobs."""
        if "body" not in event:
            erased = "commitment" in event and "opening" not in event
            require(erased, "format", "neither a body nor a commitment alone", sorted(event))
            self.erased += 1
            return hex_32(event["commitment"])
        require("commitment" not in event, "format", "both a body and a commitment")
        body = text_of(event["body"])
        for value in strict_object(body).values():
            if isinstance(value, dict) and next(iter(value), "") == "$blob":
                blob = fields(fields(value, "$blob")["$blob"], "digest size")
                digest, size = hex_32(blob["digest"]), whole(blob["size"])
                known = self.blob_sizes.setdefault(digest, size)
                require_same("blob", f"size of blob {digest.hex()}", known, size)
        return content_digest(body.encode(), event)

    def check_blobs(self) -> None:
        """Exactly the blobs that bodies refer to, in the order of their digests."""
        for digest in sorted(self.blob_sizes):
            require(self.lines.tag == "blob", "blob", f"blob {digest.hex()} is missing")
            blob = fields(self.lines.value, "data digest", "opening")
            require_same("blob", "blob", digest, hex_32(blob["digest"]))
            data = base64_bytes(blob["data"])
            require_same("blob", "size of the blob", self.blob_sizes[digest], len(data))
            require_same("blob", "digest of the blob", digest, content_digest(data, blob))
            self.lines.advance()
        what = "no event refers to this blob, or it is here twice"
        require(self.lines.tag != "blob", "blob", what)

    def check_inclusion(self) -> None:
        """All events are leaves of the log, each at its index."""
        proof = self.inclusion_hashes()
        root = root_with(self.indices, self.leaves, self.log.size, proof)
        what = "the events do not lead to the log's checkpoint: root"
        require_same("inclusion", what, self.log.root, root)
        require(next(proof, None) is None, "inclusion", "the proof has too many hashes")

    def inclusion_hashes(self) -> Iterator[bytes]:
        """The proof's hashes, in as few lines as hold them; one empty line if there are none."""
        self.lines.take("inclusion")
        count, is_first = PROOF_LINE_HASHES, True
        while self.lines.tag == "inclusion":
            require(count == PROOF_LINE_HASHES, "format", "the proof line before is not full")
            hashes = self.lines.value
            require(isinstance(hashes, list), "format", "not a list of hashes", hashes)
            count = len(hashes)
            fits = (0 if is_first else 1) <= count <= PROOF_LINE_HASHES
            require(fits, "format", "not the right number of hashes in a line", count)
            yield from (base64_bytes(text, size=32) for text in hashes)
            is_first = False
            self.lines.advance()

    def check_end(self) -> None:
        """The last line: the operator signs every byte before it. Nothing follows."""
        end = open_envelope(self.lines.take("end"), self.operator, "evidence-end", "lines sha256")
        require_same("seal", "number of lines", self.lines.number, end["lines"])
        before = self.lines.before.hexdigest()
        require_same("seal", "SHA-256 of all lines before", end["sha256"], before)
        require(self.lines.source.read(1) == b"", "extended", "something follows the end line")

    def facts(self) -> dict[str, Any]:
        """What is proved, as data."""
        named = [(key.name, key.id) for key in (self.log_key, *self.witnesses)]
        return {
            "blobs": len(self.blob_sizes),
            "erased": self.erased,
            "events": self.length,
            "head": self.digest.hex(),
            "log_key": self.log_key.label,
            "log_root": base64.b64encode(self.log.root).decode(),
            "log_size": self.log.size,
            "open": self.is_open,
            "operator_key": self.operator.label,
            "origin": self.origin,
            "reference_size": self.reference.size if self.reference else None,
            "root_key": self.root.label,
            "stream": self.stream,
            "unchecked_signatures": sum(s[:2] not in named for s in self.log.signatures),
            "witnessed": [{"name": name, "time": at} for name, at in self.witnessed],
        }

    def statements(self) -> list[str]:
        """What is proved, for a person, one statement a line, and no more than was checked."""
        fact = self.facts()
        state = f"closed by its last event, {self.last_kind}"
        if self.is_open:
            state = f"open at log size {self.log.size}; later events are not in this file"
        erased = f"erased: {self.erased}"
        if self.erased:
            erased += " (body erased, digest chain still proved; erased or withheld is not proved)"
        said = [
            "signed by: {root_key}, which certified {log_key} and {operator_key}",
            "stream: {stream}",
            "events: {events}, an unbroken chain to the signed head {head}",
            f"state: {state}",
            "log: every event is included in log {origin} of size {log_size}, root {log_root}",
            "blobs: {blobs}"
            + (", each matches its digest in the chain" if self.blob_sizes else ""),
            erased,
            "file: every byte is as {operator_key} signed it",
            "times: the recorded times are claims by the holder of the log key",
        ]
        if fact["unchecked_signatures"]:
            said.append("not checked: {unchecked_signatures} signature(s) on the checkpoint")
        if self.reference:
            said.append("freshness: at least as new as the checkpoint of size {reference_size}")
        said = [line.format_map(fact) for line in said]
        for name, at in self.witnessed:
            seen = f"witness {name} saw this log at {utc(at)}"
            said.append(f"freshness: {seen} (size {self.log.size})")
        if not self.reference and not self.witnesses:
            said.append("freshness: not proved")
        return [shown(line, most=2000) for line in said]


# -- The command ---------------------------------------------------------------------------------


def shown(value: Any, *, most: int = 200) -> str:
    """Something from the file for a person: one line of ASCII, so that it cannot pose as output."""
    if isinstance(value, bytes):
        value = value.hex() if len(value) == 32 else value.decode(errors="replace")
    text = value if isinstance(value, str) else json.dumps(value)
    short = (c if c.isascii() and c.isprintable() else ascii(c)[1:-1] for c in text[:most])
    return "".join(short) + ("..." if len(text) > most else "")


def utc(seconds: int) -> str:
    """Seconds since 1970 as a date; as they are where the calendar ends."""
    if seconds >= 253402300800:
        return f"{seconds} s after 1970"
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read_key(argument: str, key_type: int) -> Key:
    """A key given as vkey text, or as the path of a file that holds one."""
    path = Path(argument)
    try:
        if not path.is_file():
            return parse_vkey(argument, key_type)
        with path.open("rb") as file:
            return parse_vkey(file.read(4096).decode().removesuffix("\n"), key_type)
    except (Usage, OSError, ValueError) as error:
        raise Usage(f"not a key, nor a file with one: {shown(argument)}: {error}") from None


def read_checkpoint(path: str) -> Checkpoint:
    """The checkpoint in a file; who signed it is checked later."""
    try:
        with Path(path).open("rb") as file:
            return parse_checkpoint(file.read(NOTE_BYTES_MAX).decode())
    except (OSError, ValueError, Failure) as error:
        raise Usage(f"not a signed checkpoint: {shown(path)}: {error}") from None


def check_file(options: argparse.Namespace) -> tuple[int, dict[str, Any], list[str]]:
    """The exit code, the answer as data, and the answer for a person."""
    try:
        root = read_key(options.root, NOTE_KEY)
        witnesses = [read_key(key, WITNESS_KEY) for key in options.witness]
        reference = read_checkpoint(options.checkpoint) if options.checkpoint else None
        with Path(options.file).open("rb") as source:
            evidence = Evidence(source, root, reference=reference, witnesses=witnesses)
            evidence.check()
    except Failure as failure:
        sides = {name: shown(side) for name, side in failure.sides.items() if side is not None}
        what = shown(failure.what)
        data = {"code": failure.code, "line": failure.line, "message": what, **sides}
        said = [f"FAILED line {failure.line}: {what} [{failure.code}]"]
        return 6, data, said + [f"  {name}: {side}" for name, side in sides.items()]
    except (Usage, OSError, ValueError) as error:
        return 2, {"code": "usage", "message": str(error)}, [f"tarl-verify: {error}"]
    said = evidence.statements()
    return 0, {**evidence.facts(), "proved": said}, ["PROVED", *(f"  {line}" for line in said)]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    parser = argparse.ArgumentParser(
        prog="tarl-verify",
        description="Check the evidence of a run offline, knowing only the root public key.",
        epilog="exit codes: 0 all proved, 2 wrong usage, 6 verification failed",
    )
    parser.add_argument("file", metavar="FILE", help="the evidence, from `tarl export`")
    parser.add_argument("--root", metavar="KEY", required=True, help="root key: text or file")
    parser.add_argument("--checkpoint", metavar="NOTE", help="a checkpoint known before")
    parser.add_argument("--witness", metavar="KEY", action="append", default=[], help="a cosigner")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(arguments)
    code, data, said = check_file(options)
    if options.json:
        print(json.dumps({"verified": code == 0, **data}, sort_keys=True))
    else:
        print("\n".join(said), file=sys.stderr if code == 2 else sys.stdout)
    return code


if __name__ == "__main__":
    sys.exit(main())
