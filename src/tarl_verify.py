"""tarl-verify: checks the evidence of one run, offline, knowing nothing but a root public key.

This file is the whole program. It imports the standard library and PyNaCl (Ed25519) and nothing of
tarl, so that whoever does not trust the maker of the evidence has only this to read. The format of
the file, what success proves and what it cannot prove: ``docs/reference/evidence.md``.

1. The file is read once, line by line; every line must have the one spelling there is (RFC 8785).
2. Every signature leads to the root key: root signs the log's and the operator's key, the operator
   signs the run's head and, at the end, every byte of the file; the log signs its checkpoint.
3. Every event is hashed into a chain that ends in the head, and is found in the log.
4. Records of other streams (authority, permits, approvals) are judged in the order of the log:
   authority only narrows, nothing revoked acts, every effect of an agent has permit and outcome.
5. Nothing is printed as proved that was not checked; whatever is unexpected is refused.

Units: ``at`` is milliseconds and a cosignature's time is seconds since 1970 UTC; blobs are measured
in bytes, logs in leaves. Memory: 40 bytes an event, the digests of blobs, one line, and the records
of other streams.
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
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from itertools import pairwise, takewhile
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, NoReturn
from urllib.parse import quote, unquote

from nacl.bindings import crypto_core_ed25519_is_valid_point
from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

LINE_BYTES_MAX = 64 * 1024 * 1024  # bounds the memory that a hostile file can take
NOTE_BYTES_MAX = 1024 * 1024
NOTE_SIGNATURES_MAX = 64  # C2SP signed-note asks for 16 or more
PROOF_LINE_HASHES = 1024  # in every "inclusion" line but the last
SIGNATURES_MAX = 8  # in one envelope
PAYLOAD_BYTES_MAX = 64 * 1024  # of a record of trust
CHAIN_MAX = 64  # links from a grant up to the operator
SKEW_MS = 5 * 60 * 1000  # by which a time that somebody signed may differ from the log's
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
RESOURCE = re.compile(rf"(?!\.\.?(?:/|\Z)){SEGMENT}(?:/(?!\.\.?(?:/|\Z)){SEGMENT})*")
OTHER_STREAM = re.compile(
    rf"(?:agent|approval|authority|policy|principal)/{SEGMENT}/{SEGMENT}|revocations/{SEGMENT}"
)


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


class Signed(NamedTuple):
    """A DSSE envelope taken apart; its signatures are not checked yet."""

    payload: bytes
    message: bytes  # DSSE's pre-authentication encoding: type and payload are signed together
    signatures: dict[str, bytes]  # by the label of the key

    @property
    def digest(self) -> str:
        """SHA-256 of the payload in hex: the id of a record."""
        return sha256(self.payload).hexdigest()

    @property
    def content(self) -> Any:
        """What the payload says."""
        return canonical_json(self.payload)

    def is_by(self, key: Key) -> bool:
        """Whether this key signed. A signature in its name that does not verify is a failure."""
        if key.label not in self.signatures:
            return False
        good = is_signed(key.public, self.message, self.signatures[key.label])
        require(good, "signature", f"the signature of {key.label} does not verify")
        return True

    def require_by(self, key: Key) -> None:
        """Fail unless this key signed."""
        if not self.is_by(key):
            raise Failure("signature", "signing key", key.label, sorted(self.signatures))


def read_envelope(envelope: Any, payload_type: str, *, most: int = SIGNATURES_MAX) -> Signed:
    """A DSSE envelope of this type, with 1 to ``most`` signatures of different keys."""
    fields(envelope, "payload payloadType signatures")
    require_same("format", "payload type", payload_type, envelope["payloadType"])
    listed = envelope["signatures"]
    some = isinstance(listed, list) and 1 <= len(listed) <= most
    require(some, "format", f"not 1 to {most} signature(s)", listed)
    signatures = {
        text_of(one["keyid"]): base64_bytes(one["sig"])
        for one in (fields(signature, "keyid sig") for signature in listed)
    }
    require(len(signatures) == len(listed), "format", "two signatures of one key", listed)
    payload = base64_bytes(envelope["payload"])
    preamble = f"DSSEv1 {len(payload_type)} {payload_type} {len(payload)} ".encode()
    return Signed(payload, preamble + payload, signatures)


def open_envelope(envelope: Any, key: Key, kind: str, members: str) -> dict[str, Any]:
    """The payload of a DSSE envelope with one signature, by ``key``, over a payload of ``kind``."""
    signed = read_envelope(envelope, f"application/vnd.tarl.{kind}+json", most=1)
    signed.require_by(key)
    content = fields(signed.content, f"{members} type")
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


def leaf_of(digest: bytes, line: dict[str, Any]) -> bytes:
    """An event's leaf in the log: over its digest, its time and what was observed."""
    at = whole(line["at"]).to_bytes(8, "big")
    observed = text_of(line["observed"]).encode() if "observed" in line else b""
    return sha256(b"\x00" + length_prefixed(b"tarl.leaf/1", digest, at, observed)).digest()


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


# -- Narrowing: whether one grant lies within another --------------------------------------------

CONSTRAINTS = {  # kind: members besides the kind
    "at_most": "limit",
    "at_least": "limit",
    "one_of": "values",
    "interval": "hi lo",
    "prefix": "prefixes",
    "required": "values",
    "forbidden": "values",
    "window": "zone",
    "budget": "limit unit",
}
RANGES = ("at_most", "at_least", "interval")
WEEK_MINUTES = 7 * 1440
CLIMBS = re.compile(r"(?:\A|[/\\])(?:\.|%2[eE]){2}(?:[/\\]|\Z)|\x00")  # .. in a path


def covers(pattern: str, name: str, separator: str) -> bool:
    """Whether a pattern covers a name, or all that another pattern covers.

    ``*`` covers everything, ``mail.*`` what is below ``mail``, anything else itself.
    """
    if pattern in ("*", name):
        return True
    stem = pattern.removesuffix(f"{separator}*")
    return stem != pattern and name.startswith(stem + separator)


def constraints_of(*envelopes: Any) -> dict[str, list[dict[str, Any]]]:
    """All the constraints of several envelopes together, by dimension."""
    found: dict[str, list[dict[str, Any]]] = {}
    for envelope in envelopes:
        require(isinstance(envelope, dict), "format", "constraints are not an object", envelope)
        for dimension, listed in envelope.items():
            require(isinstance(listed, list), "format", "constraints are not a list", listed)
            found.setdefault(dimension, []).extend(constraint(one) for one in listed)
    return found


def constraint(one: Any) -> dict[str, Any]:
    """A constraint of a known kind, of the form that its kind has."""
    kind = one.get("kind") if isinstance(one, dict) else None
    require(isinstance(kind, str) and kind in CONSTRAINTS, "constraint", "unknown kind", one)
    optional = "days from_minute to_minute" if kind == "window" else ""
    fields(one, f"kind {CONSTRAINTS[str(kind)]}", optional)
    for name in ("limit", "lo", "hi", "from_minute", "to_minute"):
        number = one.get(name, 0)
        is_whole = type(number) is int and abs(number) <= INTEGER_MAX
        require(is_whole, "format", "a bound is no integer", one)
    for name in ("values", "prefixes", "days"):
        types = {"values": (str, int, bool), "prefixes": (str,), "days": (int,)}[name]
        values = one.get(name, [])
        listed = isinstance(values, list) and all(type(value) in types for value in values)
        require(listed, "format", "not a list of texts and numbers", one)
    return dict(one)


def implies(have: list[dict[str, Any]], wanted: dict[str, Any]) -> bool:
    """Whether everything that constraints admit together is admitted by one more.

    What cannot be shown counts as no. ``have`` is read as: some listed values, a range of
    integers, texts with a prefix, or arrays that hold something; each without what is forbidden.
    """

    def of(*kinds: str) -> list[dict[str, Any]]:
        return [one for one in have if one["kind"] in kinds]

    kind, wanted_values = wanted["kind"], wanted.get("values", [])
    gaps = [value for one in of("forbidden") for value in one["values"]]
    listed, ranges, prefixes, required = of("one_of"), of(*RANGES), of("prefix"), of("required")
    if any(one["values"] == [] for one in listed):
        return True
    if of("window", "budget"):
        return other_implies(have, wanted)
    if listed:
        left = (v for v in listed[0]["values"] if all(admits(one, v) for one in have))
        return all(admits(wanted, value) for value in left)
    if sum(map(bool, (ranges, prefixes, required))) > 1:
        return True  # nothing is of two types
    if ranges:
        return range_implies(ranges, gaps, wanted)
    if prefixes:
        return prefix_implies(prefixes, gaps, wanted)
    held = [value for one in required for value in one["values"]]
    if any(value in gaps for value in held):
        return True  # nothing is held and forbidden
    if kind == "required":
        return all(tagged(value) in map(tagged, held) for value in wanted_values)
    return bool(have) and kind == "forbidden" and all(value in gaps for value in wanted_values)


def tagged(value: Any) -> tuple[str, Any]:
    """What tells a value from every other one: ``True`` from ``1``."""
    return type(value).__name__, value


def admits(one: dict[str, Any], value: Any) -> bool:
    """Whether a constraint admits a text, an integer or a boolean."""
    kind = one["kind"]
    if kind in RANGES:
        low, high = bounds([one])
        return type(value) is int and low <= value <= high
    if kind == "prefix":
        begins = isinstance(value, str) and value.startswith(tuple(one["prefixes"]))
        return begins and CLIMBS.search(value) is None
    if kind == "one_of":
        return tagged(value) in map(tagged, one["values"])
    return kind == "forbidden" and value not in one["values"]


def bounds(ranges: list[dict[str, Any]]) -> tuple[int, int]:
    """The least and the greatest integer that all the ranges admit."""
    lows = [one["lo" if "lo" in one else "limit"] for one in ranges if one["kind"] != "at_most"]
    highs = [one["hi" if "hi" in one else "limit"] for one in ranges if one["kind"] != "at_least"]
    return max([-INTEGER_MAX, *lows]), min([INTEGER_MAX, *highs])


def range_implies(ranges: list[dict[str, Any]], gaps: list[Any], wanted: dict[str, Any]) -> bool:
    """``implies`` for integers between bounds; ``True`` is forbidden with 1."""
    low, high = bounds(ranges)
    out = {int(value) for value in gaps if not isinstance(value, str)}
    while low in out:
        low += 1
    while high in out:
        high -= 1
    if low > high:
        return True
    if wanted["kind"] in RANGES:
        least, most = bounds([wanted])
        return least <= low and high <= most
    if wanted["kind"] == "forbidden":
        numbers = {int(value) for value in wanted["values"] if not isinstance(value, str)}
        return all(number in out for number in numbers if low <= number <= high)
    allowed = {v for v in wanted.get("values", []) if type(v) is int}
    few = high - low + 1 - sum(low < n < high for n in out) <= len(allowed)
    return wanted["kind"] == "one_of" and few and allowed | out >= set(range(low, high + 1))


def prefix_implies(prefixes: list[dict[str, Any]], gaps: list[Any], wanted: dict[str, Any]) -> bool:
    """``implies`` for texts that begin with one of some prefixes."""
    stems = {""}
    for one in prefixes:
        pairs = ((p, q) for p in stems for q in one["prefixes"])
        stems = {max(p, q, key=len) for p, q in pairs if p.startswith(q) or q.startswith(p)}
    if not stems:
        return True
    if wanted["kind"] == "prefix":
        return all(stem.startswith(tuple(wanted["prefixes"])) for stem in stems)
    mine = {"kind": "prefix", "prefixes": sorted(stems)}
    touched = [value for value in wanted.get("values", []) if admits(mine, value)]
    return wanted["kind"] == "forbidden" and all(value in gaps for value in touched)


def other_implies(have: list[dict[str, Any]], wanted: dict[str, Any]) -> bool:
    """``implies`` for windows of time and for budgets, which mix with nothing else."""
    if {one["kind"] for one in have} == {wanted["kind"]} == {"budget"}:
        same = {one["unit"] for one in have} == {wanted["unit"]}
        return same and min(one["limit"] for one in have) <= wanted["limit"]
    if {one["kind"] for one in have} != {"window"}:
        return False
    whole_week = (1 << WEEK_MINUTES) - 1
    open_minutes: dict[str, int] = {}
    for one in have:
        zone = text_of(one["zone"])
        open_minutes[zone] = open_minutes.get(zone, whole_week) & week(one)
    if 0 in open_minutes.values():
        return True
    if wanted["kind"] != "window":
        return False
    outside = whole_week & ~week(wanted)
    return outside == 0 or open_minutes.get(wanted["zone"], outside) & outside == 0


def week(window: dict[str, Any]) -> int:
    """The minutes of the week within a window, one bit each from Monday 00:00."""
    start, end = window.get("from_minute", 0), window.get("to_minute", 1440)
    require(0 <= start < 1440 and 0 < end <= 1440 and start != end, "format", "minutes", window)
    mask, length = 0, (end - start) % 1440 or 1440
    for day in window.get("days", range(1, 8)):
        require(1 <= day <= 7, "format", "no day of a week", window)
        span = ((1 << length) - 1) << ((day - 1) * 1440 + start)
        mask |= span & ((1 << WEEK_MINUTES) - 1) | span >> WEEK_MINUTES
    return mask


class Grant(NamedTuple):
    """What may be done on what, with the constraints of the grant and of the whole record."""

    action: str
    resource: str
    limits: dict[str, list[dict[str, Any]]]

    def admits(self, facts: dict[str, str]) -> bool:
        """Whether it covers an action on a resource, as far as these facts go."""
        covered = covers(self.action, facts["action"], ".")
        covered = covered and covers(self.resource, facts["resource"], "/")
        known = [(facts[at], one) for at in facts for one in self.limits.get(at, [])]
        return covered and all(admits(one, value) for value, one in known)

    def is_within(self, wide: Grant) -> bool:
        """Whether everything that it allows is allowed by a wider one."""
        if not covers(wide.action, self.action, ".") or not covers(
            wide.resource, self.resource, "/"
        ):
            return False
        mine = constraints_of(self.limits, self.implied())
        if any(implies(have, NOTHING) for have in mine.values()):
            return True
        limits = wide.limits.items()
        return all(implies(mine.get(at, []), one) for at, ones in limits for one in ones)

    def implied(self) -> dict[str, list[dict[str, Any]]]:
        """What the patterns say, as constraints."""
        found = {}
        for name, pattern in (("action", self.action), ("resource", self.resource)):
            if pattern.endswith("*") and pattern != "*":
                found[name] = [{"kind": "prefix", "prefixes": [pattern[:-1]]}]
            elif pattern != "*":
                found[name] = [{"kind": "one_of", "values": [pattern]}]
        return found


NOTHING = {"kind": "one_of", "values": []}


def grants_of(says: dict[str, Any]) -> list[Grant]:
    """A record's grants."""
    require(isinstance(says["grants"], list), "format", "grants are not a list", says["grants"])
    found = []
    for one in says["grants"]:
        fields(one, "action", "constraints resource")
        limits = constraints_of(one.get("constraints", {}), says["envelope"] or {})
        found.append(Grant(text_of(one["action"]), text_of(one.get("resource", "*")), limits))
    return found


def check_within(child: dict[str, Any], parent: dict[str, Any]) -> None:
    """Fail unless each grant of the child lies within one grant of the parent."""
    wide = grants_of(parent)
    for grant in grants_of(child):
        inside = any(grant.is_within(one) for one in wide)
        what = f"the grant of {grant.action} on {grant.resource} is wider than its source"
        require(inside, "wider", what)


# -- Authority: records of other streams, judged in the order of the log -------------------------


class Record(NamedTuple):
    """An event of another stream; ``body`` is None where it is withheld."""

    stream: str
    kind: str
    entry: int  # index in the log
    at: int
    body: dict[str, Any] | None
    text: str

    @property
    def names(self) -> list[str]:
        """The parts of the stream's name."""
        return [unquote(part) for part in self.stream.split("/")]


class Act(NamedTuple):
    """An event of the run that says what was asked for or what came of it."""

    kind: str
    entry: int  # index in the log
    at: int
    body: dict[str, Any]
    digest: str


class Link(NamedTuple):
    """A record of trust that was found good when it was recorded; ``parents`` lead to the root."""

    digest: str
    kind: str
    says: dict[str, Any]
    entry: int  # index in the log
    at: int
    parents: tuple[Link, ...]

    def chain(self) -> list[Link]:
        """The link and all above it, each once."""
        found = {self.digest: self}
        for parent in self.parents:
            found.update((link.digest, link) for link in parent.chain())
        return list(found.values())

    @property
    def hash(self) -> str:
        """The hash of the chain: SHA-256 of that of the chain above and the record's digest.

        An attestation stands below the agent's genesis, everything else below its one parent.
        """
        above = self.parents[-1].hash if self.parents else bytes(32).hex()
        return sha256(bytes.fromhex(above + self.digest)).hexdigest()

    @property
    def agent(self) -> str:
        """Whose grants these are."""
        return str(self.says["delegatee" if self.kind == "delegation" else "agent"])

    @property
    def origin(self) -> Any:
        """The human from whom it all comes, or None."""
        origins = [link.says["human_origin"] for link in self.chain() if link.kind == "genesis"]
        return origins[0] if origins else None


class Person(NamedTuple):
    """A principal: the keys in their order, the last one counts."""

    kind: str
    keys: tuple[Key, ...]
    revoked: int | None = None  # index in the log
    revoked_at: int = 0
    vouched: bool = True  # the operator signed each key, or it was handed on by the one before


class Stop(NamedTuple):
    """From when on something does not count: a revocation, or a suspension until it is lifted."""

    target: tuple[str, str]
    why: str
    entry: int  # index in the log
    at: int
    until: int | None = None


Needed = list[tuple[list[list[Key]], int]]
"""Groups of members, each with the keys that count, and how many of a group must sign."""


class Permit(NamedTuple):
    """A permit as an agent signed it."""

    agent: str
    says: dict[str, Any]
    record: Record


RECORD_MEMBERS = {
    "authority": "authority delegable envelope expires_at_ms grants keys name not_before_ms parent"
    " threshold",
    "genesis": "agent authority expires_at_ms human_origin key not_before_ms",
    "attestation": "agent audience authority depth_left envelope expires_at_ms genesis grants"
    " not_before_ms roles task",
    "delegation": "audience delegatee delegatee_key delegator depth_left envelope expires_at_ms"
    " grants human_origin not_before_ms parent reasoning task",
    "revocation": "issuer reason target",
    "suspension": "agent issuer reason until_ms",
    "resumption": "agent issuer reason",
    "posture": "agent evidence from issuer posture reason",
    "effects": "agent count key root",
}
TRUST_KINDS = {  # kind of event: kind of record
    "authority.recorded/1": "authority",
    "genesis.recorded/1": "genesis",
    "attestation.recorded/1": "attestation",
    "delegation.recorded/1": "delegation",
    "revocation.recorded/1": "revocation",
    "suspension.recorded/1": "suspension",
    "suspension.lifted/1": "resumption",
    "posture.changed/1": "posture",
}
OUTCOMES = frozenset({"step.completed/1", "step.failed/1", "step.attempt_failed/1"})
ACTS = OUTCOMES | {
    "run.started/1",
    "step.scheduled/1",
    "approval.asked/1",
    "approval.received/1",
}


class Trust:
    """Who could do what: taken from records in the log's order, then held against the run.

    Args:
        stream: The run.
        origin: The log.
        operator: Whose word an authority without a parent rests on.
        whole: The streams of which the file has every event, as the operator signed.
    """

    def __init__(self, stream: str, origin: str, operator: Key, whole: set[str]) -> None:
        self.stream, self.origin, self.operator, self.whole = stream, origin, operator, whole
        self.tenant = unquote(stream.split("/")[1])
        self.people: dict[str, Person] = {}
        self.links: dict[str, Link] = {}
        self.stops: list[Stop] = []
        self.permits: dict[str, Permit] = {}
        self.outcomes: list[Permit] = []
        self.ballots: dict[str, Ballot] = {}
        self.policies: set[tuple[str, int, str]] = set()  # id, version, digest
        self.used: list[Link] = []
        self.late: set[tuple[int, int]] = set()  # step and attempt
        self.withheld, self.unlinked = 0, 0
        self.has_records, self.unshown = True, list[str]()

    def take(self, record: Record) -> None:
        """The next record."""
        room = record.names[0]
        require_same("record", "tenant", self.tenant, record.names[1])
        if record.body is None:
            self.withheld += 1
        elif record.kind in TRUST_KINDS:
            self.take_trust(record, record.body, TRUST_KINDS[record.kind])
        elif room == "principal":
            self.take_person(record, record.body)
        elif room == "approval":
            ballot = self.ballots.setdefault(record.names[2], Ballot(self, record.names[2]))
            ballot.take(record, record.body)
        elif record.kind == "policy.registered/1":
            self.take_policy(record.names[2], record.body)
        else:
            raise Failure("record", f"no such event in {record.stream}", found=record.kind)

    def take_policy(self, name: str, body: dict[str, Any]) -> None:
        """An edition of a policy: its digest is of its text and of all else that decides."""
        members = "closed digest language level schema text version vocabulary"
        says = fields(body, members)
        decides = {at: says[at] for at in ("closed", "language", "level", "text", "vocabulary")}
        digest = sha256(json_bytes(decides)).hexdigest()
        require_same("record", f"digest of the policy {name}", digest, says["digest"])
        self.policies.add((name, whole(says["version"]), digest))

    def take_trust(self, record: Record, body: dict[str, Any], kind: str) -> None:
        """A record of trust: its form, then what its kind asks for."""
        envelope = fields(body, "envelope")["envelope"]
        signed, says = self.open_record(envelope, kind)
        subject = says.get("delegatee", says.get("agent", says.get("authority")))
        room = "authority" if kind == "authority" else "agent"
        names = [room, self.tenant, subject]
        if room == "agent" and record.names[0] == "revocations":
            names = ["revocations", self.tenant]
        require_same("record", "stream of the record", names, record.names)
        if kind in ("revocation", "suspension", "resumption", "posture"):
            self.take_stop(record, signed, kind, says)
            return
        parents = self.parents_of(kind, says)
        for link in parents:
            self.require_live(link)
        checks = {
            "authority": self.check_authority,
            "genesis": self.check_genesis,
            "attestation": self.check_attestation,
            "delegation": self.check_delegation,
        }
        early = whole(says["issued_at_ms"]) <= record.at + SKEW_MS
        require(early, "record", "issued after it was recorded", says["issued_at_ms"])
        needed = checks[kind](says, parents)
        self.require_signed(signed, needed)
        link = Link(signed.digest, kind, says, record.entry, record.at, tuple(parents))
        require(len(link.chain()) <= CHAIN_MAX, "record", "the chain is too long")
        self.links[link.digest] = link

    def open_record(self, envelope: Any, kind: str) -> tuple[Signed, dict[str, Any]]:
        """A record's envelope, and what it says; who signed it is not checked yet."""
        signed = read_envelope(envelope, f"application/vnd.tarl.{kind}.v1+json")
        require(len(signed.payload) <= PAYLOAD_BYTES_MAX, "format", "the record is too large")
        says = fields(signed.content, f"{RECORD_MEMBERS[kind]} issued_at_ms nonce tenant type")
        require_same("format", "type of the record", f"tarl.{kind}/1", says["type"])
        require_same("record", "tenant of the record", self.tenant, says["tenant"])
        whole(says["issued_at_ms"])
        return signed, says

    def parents_of(self, kind: str, says: dict[str, Any]) -> list[Link]:
        """The records that this one rests on."""
        wanted = {
            "authority": [(says.get("parent"), {"authority"})],
            "genesis": [(says.get("authority"), {"authority"})],
            "attestation": [
                (says.get("authority"), {"authority"}),
                (says.get("genesis"), {"genesis"}),
            ],
            "delegation": [(says.get("parent"), {"attestation", "delegation"})],
        }[kind]
        if kind == "authority" and says["parent"] is None:
            return []
        found = []
        for digest, kinds in wanted:
            link = self.links.get(digest) if isinstance(digest, str) else None
            if link is None or link.kind not in kinds:
                raise Failure("record", f"what the {kind} rests on is not before it", digest)
            found.append(link)
        return found

    def check_authority(self, says: dict[str, Any], parents: list[Link]) -> Needed:
        """By the operator, or by enough members of the parent; and by enough of its own."""
        own = self.members_of(says)
        if not parents:
            return [([[self.operator]], 1), own]
        above = parents[0].says
        require(above["delegable"] is True, "wider", "the parent may not pass it on")
        check_lasts(says, above)
        check_within(says, above)
        return [self.members_of(above), own]

    def check_genesis(self, says: dict[str, Any], parents: list[Link]) -> Needed:
        """Enough members of the authority say whose key the agent's is."""
        check_lasts(says, parents[0].says)
        self.check_bound(says["agent"], says["key"])
        return [self.members_of(parents[0].says)]

    def check_attestation(self, says: dict[str, Any], parents: list[Link]) -> Needed:
        """Enough members of the authority say what the agent may: no more than itself."""
        authority, genesis = parents
        require_same("record", "agent of the genesis", genesis.says["agent"], says["agent"])
        same = genesis.says["authority"] == authority.digest
        require(same, "record", "of another authority than the genesis", authority.digest)
        check_lasts(says, genesis.says)
        check_lasts(says, authority.says)
        check_within(says, authority.says)
        whole(says["depth_left"])
        return [self.members_of(authority.says)]

    def check_delegation(self, says: dict[str, Any], parents: list[Link]) -> Needed:
        """By the delegator's own key: less depth, the same task, origin and hearers, nobody twice
        and no grant that the delegator does not have.
        """
        parent = parents[0]
        require_same("record", "delegator", parent.agent, says["delegator"])
        to = text_of(says["delegatee"])
        may = any(
            covers(grant.action, "trust.delegate", ".")
            and covers(grant.resource, f"agent/{quote(to, safe='')}", "/")
            for grant in grants_of(parent.says)
        )
        require(may, "wider", f"{parent.agent} may not delegate")
        shallower = whole(says["depth_left"]) < whole(parent.says["depth_left"])
        require(shallower, "wider", "the delegation goes deeper than allowed", says["depth_left"])
        require_same("record", "human origin", parent.origin, says["human_origin"])
        for name in ("task", "audience"):
            same = parent.says[name] in (None, says[name])
            require(same, "wider", f"another {name} than its source", says[name])
        again = any(to == link.agent for link in parent.chain() if link.kind != "authority")
        require(not again, "record", "a circle of delegations", to)
        check_lasts(says, parent.says)
        check_within(says, parent.says)
        self.check_bound(to, says["delegatee_key"])
        return [([[self.key_of(parent.agent)]], 1)]

    def members_of(self, authority: dict[str, Any]) -> tuple[list[list[Key]], int]:
        """The keys of each of an authority's members that count now, and how many must sign.

        A member is a principal, named by a key; another key of the same principal may have taken
        over.
        """
        require(isinstance(authority["keys"], list), "format", "not a list", authority["keys"])
        members = []
        for text in authority["keys"]:
            key = vkey_of(text)
            id = unquote(key.name.split("/")[-1])
            person = self.people.get(id)
            known = person is not None and key in person.keys
            require(known, "record", "a key of the authority is nobody's", text)
            members.append([] if person is None or person.revoked is not None else person.keys[-1:])
        names = {key.name for keys in members for key in keys}
        distinct = len(names) == sum(len(keys) for keys in members)
        require(distinct, "record", "two keys of an authority are of one principal")
        return [list(keys) for keys in members], whole(authority["threshold"], least=1)

    def require_signed(self, signed: Signed, needed: Needed) -> None:
        """Fail unless enough of each group signed, and nobody else did."""
        known: set[str] = set()
        for members, threshold in needed:
            found = sum(any(signed.is_by(key) for key in keys) for keys in members)
            if found < threshold:
                labels = [key.label for keys in members for key in keys]
                raise Failure("signature", f"{threshold} of these have not signed", labels)
            known.update(key.label for keys in members for key in keys)
        odd = sorted(set(signed.signatures) - known)
        require(not odd, "signature", "signed by somebody whose word does not count", odd)

    def check_bound(self, agent: Any, text: Any) -> None:
        """The key that a record gives an agent is one that the agent registered."""
        person = self.people.get(agent)
        known = person is not None and any(vkey_of(text) == key for key in person.keys)
        require(known, "record", f"the key is none that {agent} has registered", text)

    def key_of(self, name: Any, kind: str = "agent", *, before: int | None = None) -> Key:
        """The key of a principal that counts now."""
        person = self.people.get(name)
        if person is None or person.kind != kind:
            raise Failure("signature", f"{name} is not registered as {kind}")
        revoked = person.revoked is not None and (before is None or person.revoked_at <= before)
        require(not revoked, "revoked", f"the principal {name} was revoked before")
        return person.keys[-1]

    def take_person(self, record: Record, body: dict[str, Any]) -> None:
        """A principal's first key, next key, or revocation."""
        stream, name = record.stream, record.names[2]
        require(stream in self.whole, "record", f"{stream} is not here as a whole")
        person = self.people.get(name)
        if person and person.revoked is None and record.kind == "principal.revoked/1":
            fields(body, "reason")
            self.people[name] = person._replace(revoked=record.entry, revoked_at=record.at)
            return
        first = person is None and record.kind == "principal.registered/1"
        further = person and person.revoked is None and record.kind == "principal.key_rotated/1"
        require(bool(first or further), "record", f"{record.kind} does not belong here")
        body = fields(body, "envelope recovered")
        signed = read_envelope(body["envelope"], "application/vnd.tarl.principal+json")
        says = fields(signed.content, "key kind principal serial tenant type")
        keys = person.keys if person else ()
        kind = person.kind if person else says["kind"]
        mine = {"principal": name, "tenant": self.tenant, "type": "tarl.principal/1", "kind": kind}
        found = {member: says[member] for member in mine}
        require_same(
            "record",
            "statement of the key",
            {**mine, "serial": len(keys) + 1},
            {**found, "serial": says["serial"]},
        )
        key = vkey_of(says["key"])
        require_same("record", "name of the key", stream, key.name)
        signed.require_by(key)
        handed = bool(keys) and signed.is_by(keys[-1])
        require(
            handed or not keys or body["recovered"] is not None,
            "signature",
            "not handed over by the key before",
        )
        vouched = signed.is_by(self.operator) or handed
        vouched = vouched and (person is None or person.vouched)
        self.people[name] = Person(str(kind), (*keys, key), vouched=vouched)

    def take_stop(self, record: Record, signed: Signed, kind: str, says: dict[str, Any]) -> None:
        """A revocation, a suspension or a posture, or the end of one.

        What takes authority away counts whoever wrote it. What gives some back counts only if the
        operator signed it, or a member of an authority.
        """
        if kind == "revocation":
            target = fields(says["target"], "", "agent authority human record")
            require(len(target) == 1, "format", "not one target", target)
            ((what, name),) = target.items()
            self.stops.append(Stop((what, text_of(name)), "revoked", record.entry, record.at))
            return
        agent, until = ("agent", text_of(says["agent"])), INTEGER_MAX
        why = "posture" if kind == "posture" else "suspended"
        if kind == "suspension" and says["until_ms"] is not None:
            until = whole(says["until_ms"])
        if kind == "suspension" or says.get("posture") == "pseudo":
            self.stops.append(Stop(agent, why, record.entry, record.at, until))
            return
        links = [link for link in self.links.values() if link.kind == "authority"]
        keys = [key for link in links for member in self.members_of(link.says)[0] for key in member]
        if any(signed.is_by(key) for key in (self.operator, *keys)):
            for n, stop in enumerate(self.stops):
                if (stop.target, stop.why) == (agent, why):
                    self.stops[n] = stop._replace(until=min(stop.until or 0, record.at))

    def stops_of(self, link: Link) -> list[Stop]:
        """What has stopped a link, or anything above it."""
        names: set[tuple[str, Any]] = set()
        for above in link.chain():
            names |= {("record", above.digest)}
            names |= {(what, above.says.get(what)) for what in ("agent", "authority")}
            names |= {
                ("agent", above.says.get("delegatee")),
                ("agent", above.says.get("delegator")),
            }
            if above.kind != "authority":
                names -= {("authority", above.says.get("authority"))}
        names |= {("human", link.origin["human"])} if link.origin else set()
        return [stop for stop in self.stops if stop.target in names]

    def require_live(self, link: Link) -> None:
        """Nothing above is revoked by now."""
        stopped = [stop.target for stop in self.stops_of(link) if stop.until is None]
        require(not stopped, "revoked", "rests on what was revoked before", stopped)

    def take_effects(self, record: Record, line: dict[str, Any], leaves: list[Any]) -> None:
        """A batch of permits and outcomes that an agent signed; only this run's are in the file."""
        signed, says = self.open_record(line["envelope"], "effects")
        agent = record.names[2]
        require_same("record", "agent of the batch", agent, says["agent"])
        key = self.key_of(agent, before=record.at)
        signed.require_by(key)
        require_same("record", "key of the batch", key.label, says["key"])
        places = [whole(place) for place in line["places"]]
        ascending = all(a < b for a, b in pairwise(places))
        count = whole(says["count"], least=1)
        fits = ascending and len(places) == len(leaves) > 0 and places[-1] < count
        require(fits, "format", "the places of the leaves do not ascend", places)
        texts = [json_bytes(leaf) for leaf in leaves]
        hashes = bytearray(b"".join(sha256(b"\x00" + text).digest() for text in texts))
        proof = iter([base64_bytes(text, size=32) for text in line["proof"]])
        root = root_with(places, hashes, count, proof)
        require_same("record", "root of the batch", hex_32(says["root"]), root)
        require(next(proof, None) is None, "record", "the proof has too many hashes")
        for leaf, text in zip(leaves, texts, strict=True):
            self.take_leaf(Permit(agent, fields(leaf, "", "outcome permit"), record), text)

    def take_leaf(self, leaf: Permit, text: bytes) -> None:
        """A permit or an outcome of this run."""
        require(len(leaf.says) == 1, "format", "neither a permit nor an outcome", leaf.says)
        ((what, says),) = leaf.says.items()
        members = "actions at_ms attempt grant grounds intent key resource run step task"
        if what == "outcome":
            members = "attempt body kind permit run step"
        fields(says, members)
        require_same("record", "run of the leaf", self.stream.removeprefix("run/"), says["run"])
        if what == "outcome":
            self.outcomes.append(leaf._replace(says=says))
            return
        digest = sha256(text).hexdigest()
        require(digest not in self.permits, "permit", "the same permit twice", digest)
        self.permits[digest] = leaf._replace(says=says)

    def check_run(self, acts: list[Act]) -> None:
        """Every effect of an agent has a permit before and an outcome after; the permits held."""
        started = next((act.body for act in acts if act.kind == "run.started/1"), {})
        intents = {a.body.get("step"): a for a in acts if a.kind == "step.scheduled/1"}

        own_task = unquote(self.stream.split("/")[2])

        def acting(step: Any) -> tuple[Any, Any]:
            says = intents[step].body if step in intents else {}
            says = says if says.get("agent") is not None else started
            return says.get("agent"), says.get("task") or started.get("task") or own_task

        open_ends: dict[tuple[str, str], list[Act]] = {}
        for act in acts:
            if act.kind in OUTCOMES and acting(act.body.get("step"))[0] is not None:
                open_ends.setdefault((act.kind, act.digest), []).append(act)
        for permit in self.permits.values():
            self.check_permit(permit, intents, acting)
        self.check_outcomes(open_ends)
        rest = [act for found in open_ends.values() for act in found]
        for act in rest:
            what = (
                f"step {act.body.get('step')} of an agent has no permit and outcome that it signed"
            )
            require(act.kind != "step.completed/1", "permit", what)
        self.unlinked = len(rest)
        asked = {act.body["approval"] for act in acts if act.kind.startswith("approval.")}
        self.unshown = sorted(asked - set(self.ballots))
        if self.has_records:
            require(not self.unshown, "approval", "a request is not in the file", self.unshown)
        for ballot in self.ballots.values():
            ballot.check_run(acts)

    def check_permit(
        self, permit: Permit, intents: dict[Any, Act], acting: Callable[[Any], Any]
    ) -> None:
        """A permit is for what was asked, by the agent who acts, and its grants held then."""
        says, step = permit.says, permit.says["step"]
        what = f"permit of step {step}"
        if step not in intents:
            raise Failure("permit", f"{what}: no such step in the run")
        intent = intents[step]
        require_same("permit", f"{what}: digest of the intent", intent.digest, says["intent"])
        require_same(
            "permit", f"{what}: agent and task", acting(step), (permit.agent, says["task"])
        )
        require_same("permit", f"{what}: key", self.effect_key(intent), says["key"])
        grants = self.check_grounds(what, permit)
        for grant in grants:
            self.check_grant(what, grant, permit)
        self.check_covered(what, grants, says)

    def check_grounds(self, what: str, permit: Permit) -> list[Link]:
        """The records that a permit rests on, and the policies that allowed it, are all here."""
        grants = {permit.says["grant"]: None}
        for ground in permit.says["grounds"]:
            facts = fields(ground, "code facts")["facts"]
            if ground["code"] == "trust.allowed":
                grants[facts["grant"]] = facts["chain"]
            elif "policy" in facts:
                named = facts["policy"], facts["version"], facts["digest"]
                require(named in self.policies, "permit", f"{what}: unknown policy", list(named))
        links = []
        for digest, chain in grants.items():
            link = self.links.get(digest)
            held = link is not None and link.entry < permit.record.entry
            held = held and link is not None and link.agent == permit.agent
            if link is None or not held or link.kind not in ("attestation", "delegation"):
                raise Failure("permit", f"{what}: not by a grant of {permit.agent}", found=digest)
            require(chain in (None, link.hash), "permit", f"{what}: another chain", chain)
            links.append(link)
        return links

    def check_grant(self, what: str, grant: Link, permit: Permit) -> None:
        """A grant held when the permit was given: in its time, and stopped by nothing."""
        at, entry = whole(permit.says["at_ms"]), permit.record.entry
        in_time = grant.at - SKEW_MS <= at <= permit.record.at + SKEW_MS
        require(in_time, "permit", f"{what}: not given between grant and record", at)
        for link in grant.chain():
            low, high = link.says["not_before_ms"], link.says["expires_at_ms"]
            valid = whole(low) <= at and (high is None or at < whole(high))
            require(valid, "expired", f"{what}: the {link.kind} above was not valid then", at)
        for stop in self.stops_of(grant):
            if stop.entry < entry and stop.at <= at < (
                INTEGER_MAX + 1 if stop.until is None else stop.until
            ):
                raise Failure("revoked", f"{what}: stopped before", found=list(stop.target))
            if stop.entry < entry and at < stop.at:
                self.late.add((permit.says["step"], permit.says["attempt"]))
        if grant not in self.used:
            self.used.append(grant)

    def check_covered(self, what: str, grants: list[Link], says: dict[str, Any]) -> None:
        """Each action on the resource is covered by a grant, whose task is the permit's."""
        actions, resource = says["actions"], text_of(says["resource"])
        require(isinstance(actions, list) and bool(actions), "format", "no actions", actions)
        require(RESOURCE.fullmatch(resource) is not None, "format", "no resource", resource)
        facts = {"resource": resource, "task": text_of(says["task"]), "tenant": self.tenant}
        for grant in grants:
            task = grant.says["task"]
            require(task in (None, says["task"]), "wider", f"{what}: for another task", task)
        for action in actions:
            facts["action"] = text_of(action)
            inside = any(
                one.admits({**facts, "agent": grant.agent})
                for grant in grants
                for one in grants_of(grant.says)
            )
            require(inside, "wider", f"{what}: no grant covers {action}", resource)

    def check_outcomes(self, open_ends: dict[tuple[str, str], list[Act]]) -> None:
        """Each outcome that was signed is an event of the run, of one permit, after it."""
        used: set[str] = set()
        for leaf in self.outcomes:
            says = leaf.says
            what = f"outcome of step {says['step']}"
            acts = open_ends.get((text_of(says["kind"]), text_of(says["body"])), [])
            require(bool(acts), "permit", f"{what}: no such event in the run", says["body"])
            act, permit = acts.pop(0), self.permits.get(says["permit"])
            if permit is None or says["permit"] in used:
                raise Failure("permit", f"{what}: its permit is missing or used", says["permit"])
            used.add(says["permit"])
            same = {name: permit.says[name] for name in ("step", "attempt")}
            require_same("permit", what, same, {name: says[name] for name in same})
            require_same("permit", f"{what}: step", act.body.get("step"), says["step"])
            attempt = act.body.get("attempt", says["attempt"])
            require_same("permit", f"{what}: attempt", attempt, says["attempt"])
            require_same("permit", f"{what}: agent", permit.agent, leaf.agent)
            before = permit.record.entry <= leaf.record.entry
            require(before, "permit", f"{what}: recorded before its permit")

    def effect_key(self, intent: Act) -> str:
        """The idempotency key of a step, which each of its permits names."""
        says = intent.body
        if says.get("token") is not None:
            names = (self.tenant, says["activity"], says["token"])
            shared = length_prefixed(b"tarl.token-key/1", *(str(n).encode() for n in names))
            return sha256(shared).hexdigest()
        step = whole(says["step"]).to_bytes(8, "big")
        return sha256(length_prefixed(b"tarl.key/1", self.stream.encode(), step)).hexdigest()

    def statements(self) -> list[str]:
        """What is proved of authority and approvals, and what was not checked of them."""
        said = []
        for grant in self.used:
            human = f", for {grant.origin['human']}" if grant.origin else ""
            path = [link for link in grant.chain() if link.kind != "genesis"]
            steps = " <- ".join(f"{link.kind} {link.digest[:16]}" for link in path)
            said.append(f"authority: {grant.agent}{human}: {steps} <- {self.operator.label}")
        if self.permits:
            said.append(
                f"permits: {len(self.permits)}, each signed by its agent for the very arguments, by"
                f" a grant that held; outcomes: {len(self.outcomes)}, each of one permit"
            )
            said.append(
                "not checked at each effect: constraints on arguments, access, output, hours and"
                " budgets; postures; policies; that constraints narrow from link to link was"
            )
        if self.unlinked:
            said.append(f"not checked: {self.unlinked} failure(s) of agents' steps without permit")
        if self.late:
            said.append(
                f"not proved: {len(self.late)} permit(s) were recorded after a revocation; that"
                " they were given before is the agent's word"
            )
        if self.withheld:
            said.append(
                f"not checked: {self.withheld} record(s) are withheld; that no revocation among"
                " them bears on this run is the operator's word"
            )
        said += [ballot.statement() for ballot in self.ballots.values()]
        if self.unshown:
            said.append(f"not checked: {len(self.unshown)} approval(s), of which no vote is here")
        alone = sorted(name for name, person in self.people.items() if not person.vouched)
        if alone:
            said.append(f"not checked: whether the keys of {', '.join(alone)} are theirs")
        return said


def json_bytes(value: Any) -> bytes:
    """A value that was read from canonical JSON, in its canonical spelling."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return text.encode()


def vkey_of(text: Any) -> Key:
    """A verifier key that stands in the evidence."""
    try:
        return parse_vkey(text_of(text), NOTE_KEY)
    except Usage as error:
        raise Failure("format", f"not a key: {error}", found=text) from None


def check_lasts(says: dict[str, Any], above: dict[str, Any]) -> None:
    """Fail if a record lasts longer than the one above it."""
    end, limit = says["expires_at_ms"], above["expires_at_ms"]
    shorter = limit is None or (end is not None and whole(end) <= whole(limit))
    require(shorter, "wider", "lasts longer than its source", end)


class Ballot:
    """One request for approval, counted again: whose vote it was, and whether they sufficed."""

    def __init__(self, trust: Trust, name: str) -> None:
        self.trust, self.name = trust, name
        self.asked: dict[str, Any] = {}
        self.digest, self.at, self.status, self.level = "", 0, "pending", 0
        self.seats: list[list[str]] = []  # who held each right to vote, the holder last
        self.votes: dict[str, str] = {}  # choice by holder

    def take(self, record: Record, body: dict[str, Any]) -> None:
        """The request's next event."""
        stream = record.stream
        require(stream in self.trust.whole, "record", f"{stream} is not here as a whole")
        what = record.kind.removeprefix("approval.").removesuffix("/1")
        fits = (what == "requested") is not bool(self.asked) and self.status == "pending"
        require(fits, "approval", f"{record.kind} does not belong here")
        if what == "requested":
            self.take_request(record, body)
        elif what in ("voted", "delegated"):
            self.take_word(record, fields(body, "envelope")["envelope"], what)
        elif what == "escalated":
            further = self.asked["escalations"][self.level : self.level + 1]
            require_same("approval", "escalation", [one["to"] for one in further], [body["to"]])
            self.seats += [[name] for name in body["to"]]
            self.level += 1
        elif what == "decided":
            require_same("approval", "decision", self.decision(), fields(body, "status")["status"])
            self.status = str(body["status"])
        else:
            require(what in ("expired", "withdrawn"), "record", "no such event", record.kind)
            self.status = what

    def take_request(self, record: Record, body: dict[str, Any]) -> None:
        """What was asked; its digest is what people sign."""
        names = (self.trust.tenant.encode(), self.name.encode(), record.text.encode())
        self.digest = sha256(length_prefixed(b"tarl.approval/1", *names)).hexdigest()
        needed = "approvers description escalations expires_after_ms needed rejection run"
        self.asked, self.at = (
            fields(body, needed, "context reason_required step subject workflow_id"),
            record.at,
        )
        self.seats = [[text_of(name)] for name in body["approvers"]]

    def take_word(self, record: Record, envelope: Any, what: str) -> None:
        """A vote, or its handing on, by whoever has it, signed with their own key."""
        signed = read_envelope(envelope, "application/vnd.tarl.approval+json", most=1)
        extra, kind = ("choice", "vote") if what == "voted" else ("to", "delegation")
        members = f"approval digest journal origin principal reason tenant type {extra}"
        says = fields(signed.content, members)
        mine = {
            "approval": self.name,
            "digest": self.digest,
            "journal": self.trust.origin,
            "origin": "human",
            "tenant": self.trust.tenant,
            "type": f"tarl.approval-{kind}/1",
        }
        require_same("approval", "what was signed", mine, {name: says[name] for name in mine})
        holder = text_of(says["principal"])
        signed.require_by(self.trust.key_of(holder, "human"))
        lapses = self.asked["expires_after_ms"]
        require(lapses is None or record.at < self.at + lapses, "approval", "it had expired")
        seats = [seat for seat in self.seats if seat[-1] == holder]
        held = len(seats) == 1 and holder not in self.votes
        require(held, "approval", f"{holder} has no vote", [seat[-1] for seat in self.seats])
        if what == "voted":
            require(says["choice"] in ("approve", "reject"), "format", "no choice", says["choice"])
            self.votes[holder] = says["choice"]
        else:
            taken = any(says["to"] in seat for seat in self.seats)
            require(not taken, "approval", f"{says['to']} has a vote already")
            seats[0].append(text_of(says["to"]))

    def decision(self) -> str:
        """What the votes come to."""
        approve = sum(choice == "approve" for choice in self.votes.values())
        later = sum(len(one["to"]) for one in self.asked["escalations"][self.level :])
        reachable = approve + len(self.seats) - len(self.votes) + later
        if approve >= self.asked["needed"]:
            return "approved"
        strict = self.asked["rejection"] == "any" and approve < len(self.votes)
        return "rejected" if strict or reachable < self.asked["needed"] else "pending"

    def check_run(self, acts: list[Act]) -> None:
        """The run asked this, and received what was decided."""
        require_same("approval", "run of the request", self.trust.stream, self.asked.get("run"))
        for act in acts:
            of_step = act.kind == "step.scheduled/1" and act.body.get("step") == self.asked["step"]
            if of_step and self.asked["subject"] is not None:
                require_same("approval", "subject", act.digest, self.asked["subject"])
            if act.body.get("approval") != self.name:
                continue
            if act.kind == "approval.asked/1":
                asked = act.body["request"]
                require_same("approval", f"request {self.name}", asked, self.asked)
            elif act.kind == "approval.received/1":
                status = act.body["outcome"]["status"]
                require_same("approval", f"outcome of {self.name}", self.status, status)

    def statement(self) -> str:
        """Who decided, in one line."""
        said = ", ".join(f"{name}: {choice}" for name, choice in self.votes.items()) or "no votes"
        needed = self.asked.get("needed", 0)
        return f"approval: {self.name}: {self.status} ({said}; needed {needed}), signed by each"


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
        self.acts: list[Act] = []
        self.others: dict[int, bytes] = {}  # leaves of other streams, by index in the log
        self.ends: dict[str, tuple[int, bytes]] = {}  # length and digest so far, by stream

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
            try:
                self.check_records()
            except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
                raise Failure("format", f"not of the form described: {error}") from None
            self.check_inclusion()
            self.check_end()
        except Failure as failure:
            failure.line = self.lines.number
            raise

    def check_header(self) -> None:
        """The version of the format, and what everything after must be about."""
        header = fields(self.lines.value, "evidence origin stream")
        self.version = text_of(header["evidence"])
        if self.version not in ("tarl/1", "tarl/2"):
            raise Failure("version", "version of the format", "tarl/1 or tarl/2", self.version)
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
        self.indices.append(index)
        self.leaves += leaf_of(self.digest, event)

    def check_body(self, event: dict[str, Any]) -> bytes:
        """The digest of the body, or what stands in its place when it is erased; note its blobs."""
        if "body" not in event:
            erased = "commitment" in event and "opening" not in event
            require(erased, "format", "neither a body nor a commitment alone", sorted(event))
            self.erased += 1
            return hex_32(event["commitment"])
        require("commitment" not in event, "format", "both a body and a commitment")
        body = text_of(event["body"])
        says = strict_object(body)
        if event["kind"] in ACTS:
            place = whole(event["index"]), whole(event["at"])
            self.acts.append(Act(event["kind"], *place, says, sha256(body.encode()).hexdigest()))
        for value in says.values():
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

    def check_records(self) -> None:
        """Events of other streams, in the log's order; then the run is held against them.

        The operator's word says of which streams the file has every event.
        """
        heads: dict[str, tuple[int, bytes]] = {}
        if self.version == "tarl/2":
            heads = self.stream_heads()
        self.trust = Trust(self.stream, self.origin, self.operator, set(heads))
        self.trust.has_records = self.version == "tarl/2"
        last = -1
        while self.version == "tarl/2" and self.lines.tag in ("record", "effects"):
            last = self.check_record(last)
            self.lines.advance()
        ends = {stream: self.ends.get(stream) for stream in heads}
        require_same("head", "ends of the other streams", heads, ends)
        self.trust.check_run(self.acts)

    def stream_heads(self) -> dict[str, tuple[int, bytes]]:
        """Length and last digest of the streams that are here as a whole: the operator's word."""
        members = "origin size streams"
        said = open_envelope(self.lines.take("heads"), self.operator, "stream-heads", members)
        require_same("head", "origin", self.origin, said["origin"])
        require_same("head", "size of the log", self.log.size, said["size"])
        require(isinstance(said["streams"], list), "format", "not a list", said["streams"])
        heads = {}
        for one in said["streams"]:
            fields(one, "digest length stream")
            heads[text_of(one["stream"])] = whole(one["length"], least=1), hex_32(one["digest"])
        require(list(heads) == sorted(heads), "format", "the streams are not in order")
        require(len(heads) == len(said["streams"]), "format", "a stream is named twice")
        self.lines.advance()
        return heads

    def check_record(self, last: int) -> int:
        """One event of another stream: its digest, its place in its stream and in the log."""
        is_batch = self.lines.tag == "effects"
        members = "at digest index prev seq stream"
        members += " envelope leaves places proof" if is_batch else " kind"
        optional = "commitment observed opening" + ("" if is_batch else " body")
        line = fields(self.lines.value, members, optional)
        stream, kind = text_of(line["stream"]), line.get("kind", "effects.signed/1")
        named = OTHER_STREAM.fullmatch(stream) is not None
        require(named and is_batch is (kind == "effects.signed/1"), "record", "stream", stream)
        seq, index = whole(line["seq"], least=1), whole(line["index"])
        require(last < index < self.log.size, "order", "impossible index in the log", index)
        length, before = self.ends.get(stream, (0, bytes(32)))
        prev = hex_32(line["prev"])
        require(seq > length, "chain", f"{stream}: events do not ascend", seq)
        if seq == length + 1:
            require_same("chain", f"{stream}: digest of the event before", before, prev)
        require(stream not in self.trust.whole or seq == length + 1, "chain", f"{stream}: gap", seq)
        content = self.record_content(line, is_batch)
        place = stream.encode(), seq.to_bytes(8, "big"), text_of(kind).encode()
        digest = sha256(length_prefixed(b"tarl.event/1", prev, *place, content)).digest()
        require_same("chain", f"{stream}: digest of event {seq}", digest, hex_32(line["digest"]))
        self.ends[stream] = seq, digest
        self.others[index] = leaf_of(digest, line)
        body = line.get("body", "")
        says = strict_object(body) if body else None
        record = Record(stream, kind, index, whole(line["at"]), says, body)
        if is_batch:
            self.trust.take_effects(record, line, line["leaves"])
        else:
            self.trust.take(record)
        return index

    def record_content(self, line: dict[str, Any], is_batch: bool) -> bytes:
        """The digest of a record's body; a batch with leaves of others withholds its body."""
        if is_batch:
            require(isinstance(line["leaves"], list), "format", "not a list", line["leaves"])
            if "commitment" not in line:
                body = {"envelope": line["envelope"], "leaves": line["leaves"]}
                return content_digest(json_bytes(body), line)
        elif "body" in line:
            require("commitment" not in line, "format", "both a body and a commitment")
            return content_digest(text_of(line["body"]).encode(), line)
        withheld = "commitment" in line and "opening" not in line
        require(withheld, "format", "neither a body nor a commitment alone", sorted(line))
        return hex_32(line["commitment"])

    def check_inclusion(self) -> None:
        """All events are leaves of the log, each at its index."""
        proof = self.inclusion_hashes()
        indices, leaves = self.indices, self.leaves
        if self.others:
            found = dict(self.others)
            found.update((n, bytes(leaves[32 * k : 32 * k + 32])) for k, n in enumerate(indices))
            require(len(found) == len(self.others) + len(indices), "inclusion", "two at one index")
            indices = array("Q", sorted(found))
            leaves = bytearray(b"".join(found[index] for index in indices))
        root = root_with(indices, leaves, self.log.size, proof)
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
            "agents": [
                {"agent": grant.agent, "chain": grant.hash, "grant": grant.digest}
                for grant in self.trust.used
            ],
            "approvals": {name: found.status for name, found in self.trust.ballots.items()},
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
            "outcomes": len(self.trust.outcomes),
            "permits": len(self.trust.permits),
            "reference_size": self.reference.size if self.reference else None,
            "root_key": self.root.label,
            "stream": self.stream,
            "unchecked_signatures": sum(s[:2] not in named for s in self.log.signatures),
            "withheld": self.trust.withheld,
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
        said[-1:-1] = self.trust.statements()
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
