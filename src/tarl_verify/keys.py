"""Keys, signatures (RFC 8032, one strict profile), DSSE envelopes and certificates."""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from typing import Any, NamedTuple

from nacl.bindings import crypto_core_ed25519_is_valid_point
from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

from tarl_verify.checks import (
    Failure,
    Usage,
    base64_bytes,
    canonical_json,
    fields,
    require,
    require_same,
    text_of,
)

GROUP_ORDER = 2**252 + 27742317777372353535851937790883648493  # RFC 8032, section 5.1
NOTE_KEY, WITNESS_KEY = 0x01, 0x04  # signature types of C2SP signed-note
SIGNATURES_MAX = 8  # in one envelope
KEYS_MAX = 1024  # keys whose ids are remembered


class Key(NamedTuple):
    """An Ed25519 public key with the name and the signature type that C2SP signed-note gives it."""

    name: str
    type: int
    public: bytes

    @property
    def id(self) -> bytes:
        """SHA-256 of name, newline, type and public key: the first four bytes."""
        return _key_id(self)

    @property
    def label(self) -> str:
        """``<name>+<key id>``, as envelopes and reports name the key."""
        return f"{self.name}+{self.id.hex()}"

    def is_sound(self) -> bool:
        """Whether the name is printable without spaces and plus signs, and the point is good."""
        named = all(c.isprintable() and not c.isspace() and c != "+" for c in self.name)
        return self.name != "" and named and is_sound_point(self.public)


@lru_cache(maxsize=KEYS_MAX)
def _key_id(key: Key) -> bytes:
    return sha256(key.name.encode() + b"\n" + bytes([key.type]) + key.public).digest()[:4]


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


def vkey_of(text: Any) -> Key:
    """A verifier key that stands in the evidence."""
    try:
        return parse_vkey(text_of(text), NOTE_KEY)
    except Usage as error:
        raise Failure("format", f"not a key: {error}", found=text) from None


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
