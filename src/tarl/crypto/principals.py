"""Key files of principals: ``$TARL_HOME/principals/<tenant>/<id>/<key id>.key``.

A key's name is the principal's stream, ``principal/<tenant>/<id>``. Files have mode 0600; a
passphrase seals the seed (Argon2id, then XChaCha20-Poly1305). Whoever can read the file, and knows
the passphrase if it has one, signs as the principal.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from nacl.exceptions import CryptoError
from nacl.pwhash import argon2id

from tarl.crypto.aead import open_sealed, seal
from tarl.crypto.ed25519 import SigningKey
from tarl.crypto.keys import draw_secret, home, read_secret, sync_directory, write_secret
from tarl.crypto.note import Signer, VerifierKey, is_name
from tarl.errors import Conflict, Corrupt, Denied, Invalid, Missing, TarlError
from tarl.values.canonical import encode
from tarl.values.digest import sha256

PASSPHRASE_PASSES = 4
PASSPHRASE_MEMORY_BYTES = 64 * 1024 * 1024
PASSPHRASE_MEMORY_BYTES_MAX = 1024 * 1024 * 1024
"""A damaged file must not take all memory."""

_PREFIX = "principal/"
_FILE_NAME_CHARS_MAX = 200


class _Stored(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    seed: str
    type: str
    salt: str | None = None
    passes: int = PASSPHRASE_PASSES
    memory_bytes: int = PASSPHRASE_MEMORY_BYTES


class PrincipalKeys:
    """The principals' keys under one home.

    Args:
        path: The home; see ``keys.home``.
    """

    def __init__(self, path: str | Path | None = None) -> None:
        self.directory = home(path) / "principals"

    def create(self, name: str, *, passphrase: str | None = None) -> Signer:
        """Draw a key for a principal and keep it; older keys stay where they are.

        Raises:
            Invalid: not a principal's stream (``keys.name``), or an empty passphrase.
        """
        seed = draw_secret()
        signer = Signer(name, SigningKey(seed))
        path = self._path(signer.verifier)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_secret(path, encode(_sealed(name, seed, passphrase)) + b"\n")
        sync_directory(path.parent)
        return signer

    def signer(self, key: VerifierKey, *, passphrase: str | None = None) -> Signer:
        """The secret half of a public key.

        Raises:
            Missing: it is not kept here (``keys.missing``).
            Denied: others may read the file (``keys.permissions``), or the passphrase is wrong
                (``keys.passphrase``).
            Corrupt: the file is damaged (``keys.malformed``).
        """
        path = self._path(key)
        if not path.exists():
            raise Missing(
                f"the key {key.label} is not kept here: no file {path}",
                code="keys.missing",
                next_step="sign where the key is, or set TARL_HOME to its home",
                path=str(path),
            )
        try:
            stored = msgspec.json.decode(read_secret(path), type=_Stored)
            signer = Signer(stored.name, SigningKey(_opened(stored, path, passphrase)))
            if signer.verifier != key:
                raise ValueError("it is another key")
        except (msgspec.MsgspecError, ValueError) as error:
            raise Corrupt(
                f"the key file {path} is damaged: {error}", code="keys.malformed", path=str(path)
            ) from error
        return signer

    def has(self, key: VerifierKey) -> bool:
        """Whether the secret half is kept here."""
        return self._path(key).exists()

    def copy(self, key: VerifierKey, target: Path) -> str:
        """Copy a key into the home ``target``, as it is, sealed if it is; its file there.

        Raises:
            Missing: it is not kept here (``keys.missing``).
            Denied: others may read the file (``keys.permissions``).
            Conflict: there is such a file (``keys.exist``).
        """
        path = self._path(key)
        data = read_secret(path)
        place = PrincipalKeys(target)._path(key)
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            write_secret(place, data)
        except FileExistsError:
            raise Conflict(
                f"there is a key {place} already", code="keys.exist", path=str(place)
            ) from None
        sync_directory(place.parent)
        return str(place.relative_to(target))

    def needs_passphrase(self, key: VerifierKey) -> bool:
        """Whether the file is sealed with one; False when it is not kept here, or damaged."""
        try:
            stored = msgspec.json.decode(read_secret(self._path(key)), type=_Stored)
        except (TarlError, msgspec.MsgspecError):
            return False
        return stored.salt is not None

    def names(self) -> Iterator[str]:
        """Principals with a key here, as their streams, in order."""
        found = set()
        for path in self.directory.glob("*/*/*.key"):
            try:
                found.add(msgspec.json.decode(read_secret(path), type=_Stored).name)
            except (TarlError, msgspec.MsgspecError):
                continue  # named by whatever uses it
        yield from sorted(found)

    def labels(self) -> Iterator[tuple[str, bool]]:
        """The labels of the keys here, in order, each with whether a passphrase seals it."""
        found = []
        for path in self.directory.glob("*/*/*.key"):
            try:
                stored = msgspec.json.decode(read_secret(path), type=_Stored)
            except (TarlError, msgspec.MsgspecError):
                continue  # named by whatever uses it
            found.append((f"{stored.name}+{path.stem}", stored.salt is not None))
        yield from sorted(found)

    def _path(self, key: VerifierKey) -> Path:
        parts = key.name.removeprefix(_PREFIX).split("/")
        if not key.name.startswith(_PREFIX) or len(parts) != 2 or not is_name(key.name):
            raise Invalid(f"{key.name!r} is no principal's stream", code="keys.name")
        tenant, id = (_file_name(part) for part in parts)
        return self.directory / tenant / id / f"{key.id.hex()}.key"


def _file_name(segment: str) -> str:
    """A percent-encoded segment, or its digest if no file could be called so."""
    if segment in ("", ".", "..") or os.sep in segment or "\0" in segment:
        raise Invalid(f"{segment!r} is no segment of a stream", code="keys.name")
    return segment if len(segment) <= _FILE_NAME_CHARS_MAX else sha256(segment.encode()).hex()


def _sealed(name: str, seed: bytes, passphrase: str | None) -> dict[str, Any]:
    if passphrase is None:
        return {"name": name, "seed": _b64(seed), "type": "tarl.ed25519/1"}
    if not passphrase:
        raise Invalid("the passphrase is empty", code="keys.passphrase")
    salt = draw_secret(argon2id.SALTBYTES)
    stored = _Stored(name=name, seed="", type="tarl.ed25519-sealed/1", salt=_b64(salt))
    sealed = seal(_stretched(stored, passphrase), seed, name.encode())
    return {**msgspec.to_builtins(stored), "seed": _b64(sealed)}


def _opened(stored: _Stored, path: Path, passphrase: str | None) -> bytes:
    data = base64.b64decode(stored.seed, validate=True)
    if stored.salt is None:
        seed = data
    elif passphrase is None:
        raise Denied(
            f"the key file {path} needs its passphrase", code="keys.passphrase", path=str(path)
        )
    else:
        try:
            seed = open_sealed(_stretched(stored, passphrase), data, stored.name.encode())
        except Corrupt:
            raise Denied(
                f"the passphrase does not open {path}", code="keys.passphrase", path=str(path)
            ) from None
    if len(seed) != 32 or stored.type not in ("tarl.ed25519/1", "tarl.ed25519-sealed/1"):
        raise ValueError("not an Ed25519 seed")
    return seed


def _stretched(stored: _Stored, passphrase: str) -> bytes:
    salt = base64.b64decode(stored.salt or "", validate=True)
    if stored.memory_bytes > PASSPHRASE_MEMORY_BYTES_MAX or stored.passes > 100:
        raise ValueError("its passphrase would take too much memory or time")
    try:
        key: bytes = argon2id.kdf(
            32,
            passphrase.encode(),
            salt,
            opslimit=stored.passes,
            memlimit=stored.memory_bytes,
        )
    except (CryptoError, TypeError) as error:
        raise ValueError(str(error)) from error
    return key


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()
