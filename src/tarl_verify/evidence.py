"""The file: its lines in their order, each checked as it is read."""

from __future__ import annotations

import base64
import re
from array import array
from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Any, BinaryIO

from tarl_verify.checks import (
    SEGMENT,
    Failure,
    base64_bytes,
    canonical_json,
    fields,
    hex_32,
    json_bytes,
    length_prefixed,
    require,
    require_same,
    shown,
    strict_object,
    text_of,
    utc,
    whole,
)
from tarl_verify.keys import Key, certified_key, open_envelope
from tarl_verify.log import (
    Checkpoint,
    content_digest,
    leaf_of,
    parse_checkpoint,
    root_with,
    roots_before_and_after,
)
from tarl_verify.records import ACTS, Act, Record
from tarl_verify.trust import Trust

LINE_BYTES_MAX = 64 * 1024 * 1024  # bounds the memory that a hostile file can take
PROOF_LINE_HASHES = 1024  # in every "inclusion" line but the last
TERMINAL_KINDS = frozenset(
    {"run.completed/1", "run.failed/1", "run.cancelled/1", "run.terminated/1", "run.continued/1"}
)
RUN_STREAM = re.compile(rf"run/{SEGMENT}/{SEGMENT}/[1-9][0-9]*")
OTHER_STREAM = re.compile(
    rf"(?:agent|approval|authority|policy|principal)/{SEGMENT}/{SEGMENT}|revocations/{SEGMENT}"
)


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
            decided = event.get("observed") == '{"resolved_by":"operator"}'
            intent = sha256(body.encode()).hexdigest()
            self.acts.append(Act(event["kind"], event["seq"], says, intent, decided))
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
