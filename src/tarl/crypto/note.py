"""C2SP signed notes: text with signature lines, and the checkpoints and cosignatures made of them.

A verifier key (vkey) is ``<name>+<key id>+<base64 of type and public key>``; types are 0x01 for
notes and 0x04 for a witness's cosignatures (signed-note, tlog-checkpoint, tlog-cosignature).
"""

from __future__ import annotations

import base64
import binascii
from hashlib import sha256
from typing import NamedTuple

from tarl.crypto.ed25519 import SigningKey, is_sound_point, verify
from tarl.errors import Corrupt, Invalid

NOTE_TYPE = 0x01
COSIGNATURE_TYPE = 0x04
SIGNATURES_MAX = 64


class VerifierKey(NamedTuple):
    """A public key with its name and signature type."""

    name: str
    type: int
    public: bytes

    @property
    def id(self) -> bytes:
        """The four bytes that stand before each signature."""
        return sha256(self.name.encode() + b"\n" + bytes([self.type]) + self.public).digest()[:4]

    @property
    def label(self) -> str:
        """``<name>+<key id>``: how envelopes and reports name the key."""
        return f"{self.name}+{self.id.hex()}"

    @property
    def vkey(self) -> str:
        """The key as C2SP text."""
        return f"{self.label}+{_b64(bytes([self.type]) + self.public)}"


class Signer(NamedTuple):
    """A secret key with the name that it signs under."""

    name: str
    key: SigningKey

    @property
    def verifier(self) -> VerifierKey:
        """The key that verifies its notes."""
        return VerifierKey(self.name, NOTE_TYPE, self.key.public)

    @property
    def cosigner(self) -> VerifierKey:
        """The key that verifies its cosignatures."""
        return VerifierKey(self.name, COSIGNATURE_TYPE, self.key.public)


class NoteSignature(NamedTuple):
    """One signature line: whose it claims to be, and the bytes after the key id."""

    name: str
    key_id: bytes
    data: bytes


class Checkpoint(NamedTuple):
    """What a checkpoint says: the log's name, its size in leaves, its root (32 bytes)."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The note's text."""
        return f"{self.origin}\n{self.size}\n{_b64(self.root)}\n"


def parse_vkey(text: str) -> VerifierKey:
    """The key of a vkey text.

    Raises:
        Invalid: malformed, a bad point, or a key id of another key (``key.malformed``).
    """
    name, key_id, material = [*text.strip().split("+", 2), "", ""][:3]
    data = _unb64(material)
    if len(data) != 33 or data[0] not in (NOTE_TYPE, COSIGNATURE_TYPE):
        raise _bad_key("it is not <name>+<key id>+<base64 of 33 bytes>")
    key = VerifierKey(name, data[0], data[1:])
    if not is_name(name) or key.id.hex() != key_id or not is_sound_point(key.public):
        raise _bad_key("its name, key id and public key do not go together")
    return key


def is_name(name: str) -> bool:
    """Whether a key may have this name: not empty, printable, no spaces, no plus signs."""
    return bool(name) and all(c.isprintable() and not c.isspace() and c != "+" for c in name)


def sign_note(text: str, *signers: Signer) -> str:
    """The text with a signature line of each signer.

    Raises:
        Invalid: the text does not end in a newline or has control characters (``note.text``).
    """
    if not text.endswith("\n") or any(c < " " and c != "\n" for c in text):
        raise Invalid(
            "a note's text ends in a newline and has no control characters", code="note.text"
        )
    lines = [_line(s.verifier, s.key.sign(text.encode())) for s in signers]
    return f"{text}\n{''.join(lines)}"


def split_note(note: str) -> tuple[str, list[NoteSignature]]:
    """A note's text and its signature lines, none of them verified.

    Raises:
        Invalid: it is not a note (``note.malformed``).
    """
    text, blank, block = note.rpartition("\n\n")
    lines = block.split("\n")
    if not blank or lines.pop() != "" or not 1 <= len(lines) <= SIGNATURES_MAX:
        raise Invalid("not a signed note", code="note.malformed")
    if any(c < " " and c != "\n" for c in note):
        raise Invalid("a note has no control characters", code="note.malformed")
    signatures = []
    for line in lines:
        parts = line.split(" ")
        data = _unb64(parts[2]) if len(parts) == 3 and parts[0] == "—" else b""
        if len(data) < 5 or not is_name(parts[1]):
            raise Invalid(f"not a signature line: {line[:80]!r}", code="note.malformed")
        signatures.append(NoteSignature(parts[1], data[:4], data[4:]))
    return f"{text}\n", signatures


def open_note(note: str, *keys: VerifierKey) -> tuple[str, list[VerifierKey]]:
    """The text of a note that at least one of the keys signed, and which of them did.

    Raises:
        Invalid: not a note.
        Corrupt: no signature by a known key, or one of theirs does not verify (``note.signature``).
    """
    text, signatures = split_note(note)
    by = []
    for key in keys:
        for signature in signatures:
            if (signature.name, signature.key_id) == (key.name, key.id):
                verify(key.public, text.encode(), signature.data)
                by.append(key)
    if not by:
        raise Corrupt("no known key has signed the note", code="note.signature")
    return text, by


def parse_checkpoint(text: str) -> Checkpoint:
    """What a checkpoint's text says.

    Raises:
        Invalid: not three lines of origin, decimal size and root (``checkpoint.malformed``).
    """
    lines = text.split("\n")
    if len(lines) == 4 and lines[0] and lines[3] == "" and _is_decimal(lines[1]):
        root = _unb64(lines[2])
        if len(root) == 32:
            return Checkpoint(lines[0], int(lines[1]), root)
    raise Invalid("not a checkpoint of origin, size and root", code="checkpoint.malformed")


def cosign(note: str, signer: Signer, *, at_s: int) -> str:
    """The note with the signer's cosignature: it has seen this log at ``at_s`` (seconds, UTC)."""
    text, _ = split_note(note)
    data = at_s.to_bytes(8, "big") + signer.key.sign(_cosigned(text, at_s))
    return note + _line(signer.cosigner, data)


def cosigned_at(note: str, key: VerifierKey) -> int:
    """When the witness saw this log, in seconds since 1970; the latest of several times.

    Raises:
        Corrupt: it has not cosigned, or a cosignature of its does not verify
            (``note.cosignature``).
    """
    text, signatures = split_note(note)
    times = []
    for signature in signatures:
        if (signature.name, signature.key_id) == (key.name, key.id):
            at_s = int.from_bytes(signature.data[:8], "big")
            verify(key.public, _cosigned(text, at_s), signature.data[8:])
            times.append(at_s)
    if not times:
        raise Corrupt(f"{key.label} has not cosigned the note", code="note.cosignature")
    return max(times)


def _cosigned(text: str, at_s: int) -> bytes:
    return f"cosignature/v1\ntime {at_s}\n{text}".encode()


def _line(key: VerifierKey, data: bytes) -> str:
    return f"— {key.name} {_b64(key.id + data)}\n"


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _unb64(text: str) -> bytes:
    """Canonical standard base64, or nothing."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
    return data if _b64(data) == text else b""


def _is_decimal(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 16 and str(int(text)) == text


def _bad_key(why: str) -> Invalid:
    return Invalid(f"not a verifier key: {why}", code="key.malformed")
