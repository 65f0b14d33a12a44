"""Key files: the only place where secrets are drawn, kept and destroyed.

``$TARL_HOME/keys`` holds a root, a log and an operator key (mode 0600), the public half of each as
a C2SP verifier key, the root's certificates for the other two, one key per tenant that seals its
data, and the last checkpoint of each journal. Keys never lie beside a database.

The root's secret half signs the two certificates and nothing else: a home that has those does all
of its work without it (see ``copies.py``).
"""

from __future__ import annotations

import base64
import contextlib
import errno
import fcntl
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any, Literal

import msgspec

from tarl.crypto import dsse
from tarl.crypto.ed25519 import SigningKey
from tarl.crypto.note import Signer, VerifierKey, parse_vkey
from tarl.errors import Conflict, Corrupt, Denied, Missing, TarlError
from tarl.values.canonical import encode
from tarl.values.ids import encode_segment

Purpose = Literal["root", "log", "operator", "witness"]
PURPOSES: tuple[Purpose, ...] = ("root", "log", "operator")
KEY_TYPE = "application/vnd.tarl.key+json"
CERTIFICATES = "certificates.json"
"""The file of the root's certificates, beside the keys."""
_SEED_BYTES = 32


class _KeyFile(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    seed: str
    type: str


def home(path: str | Path | None = None) -> Path:
    """The directory of a person's tarl: ``path``, else ``$TARL_HOME``, else ``~/.tarl``."""
    return Path(path or os.environ.get("TARL_HOME") or Path.home() / ".tarl")


class Keyring:
    """The keys under one home.

    Args:
        path: The home; see ``home``.
    """

    def __init__(self, path: str | Path | None = None) -> None:
        self.directory = home(path) / "keys"

    def exists(self) -> bool:
        """Whether keys were made here, or copied to here; some may lie elsewhere."""
        return any(self.has(purpose) for purpose in PURPOSES)

    def has(self, purpose: Purpose) -> bool:
        """Whether the secret half of a key is here."""
        return (self.directory / f"{purpose}.key").exists()

    def init(self) -> Keyring:
        """Make the three keys.

        Raises:
            Conflict: there are keys already (``keys.exist``).
        """
        if self.exists() or not self._make():
            raise Conflict(
                f"{self.directory} holds keys already",
                code="keys.exist",
                next_step="keep them; to start anew choose another TARL_HOME",
                path=str(self.directory),
            )
        return self

    def ensure(self) -> Keyring:
        """The keys, made now if nobody has; of two processes that do, one wins and both use its
        keys.
        """
        if not self.exists():
            self._make()
        return self

    def signer(self, purpose: Purpose) -> Signer:
        """A secret key.

        Raises:
            Missing: never made, or kept elsewhere (``keys.missing``).
            Denied: others may read the file (``keys.permissions``).
            Corrupt: the file is damaged (``keys.malformed``).
        """
        path = self.directory / f"{purpose}.key"
        if purpose in PURPOSES and self.exists() and not path.exists():
            raise Missing(
                f"{self.directory} holds other keys, but not {path.name}",
                code="keys.missing",
                next_step="bring it from where these keys were made: tarl keys copy DIRECTORY there"
                " makes what a machine needs",
                path=str(path),
            )
        try:
            stored = msgspec.json.decode(read_secret(path), type=_KeyFile)
            seed = base64.b64decode(stored.seed, validate=True)
            if stored.type != "tarl.ed25519/1" or len(seed) != _SEED_BYTES:
                raise ValueError("not an Ed25519 seed")
        except (msgspec.MsgspecError, ValueError) as error:
            raise _damaged(path) from error
        return Signer(stored.name, SigningKey(seed))

    def public(self, purpose: Purpose) -> VerifierKey:
        """A public key; its secret half may lie elsewhere.

        Raises:
            Missing: neither half is here (``keys.missing``).
            Corrupt: the file is damaged (``keys.malformed``).
        """
        path = self.directory / f"{purpose}.pub"
        if self.has(purpose) or not path.exists():
            return self.signer(purpose).verifier
        try:
            return parse_vkey(path.read_text())
        except (TarlError, UnicodeDecodeError) as error:
            raise _damaged(path) from error

    def certificates(self) -> list[dict[str, Any]]:
        """The root's word on whose the log's and the operator's keys are: two DSSE envelopes.

        Raises:
            Missing: neither the root's key nor its word is here (``keys.certificates``).
            Corrupt: its word is about other keys, or damaged (``keys.malformed``).
        """
        certified: tuple[Purpose, ...] = ("log", "operator")
        if self.has("root"):
            root = self.signer("root")
            return [_certificate(root, self.public(each), each) for each in certified]
        path = self.directory / CERTIFICATES
        try:
            kept = msgspec.json.decode(path.read_bytes(), type=list[dict[str, Any]])
            root_key = self.public("root")
            for purpose, envelope in zip(certified, kept, strict=True):
                payload = dsse.verify(envelope, KEY_TYPE, root_key)
                if payload != _certified(self.public(purpose), purpose):
                    raise ValueError("about another key")
        except FileNotFoundError:
            raise Missing(
                f"the root key is not in {self.directory}, and neither is what it says of the"
                " others",
                code="keys.certificates",
                next_step="bring certificates.json and root.pub from where root.key is: tarl keys"
                " copy DIRECTORY there writes them",
                path=str(path),
            ) from None
        except (msgspec.MsgspecError, ValueError, TarlError) as error:
            raise _damaged(path) from error
        return kept

    def init_witness(self) -> VerifierKey:
        """Make the key under which this home cosigns other logs' checkpoints; the key that
        verifies.

        Raises:
            Conflict: there is one already (``keys.exist``).
        """
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        name, seed = f"tarl-witness-{os.urandom(4).hex()}", os.urandom(_SEED_BYTES)
        public = Signer(name, SigningKey(seed)).cosigner
        try:
            _write_pair(self.directory, "witness", seed, public)
        except FileExistsError:
            raise Conflict(
                f"{self.directory} holds a witness key already",
                code="keys.exist",
                next_step="keep it; to start anew choose another TARL_HOME",
                path=str(self.directory),
            ) from None
        sync_directory(self.directory)
        return public

    # --- what seals a tenant's data

    def tenant_key(self, tenant: str) -> bytes | None:
        """The 32-byte key that seals a tenant's data; None if never made, or destroyed."""
        path = self._tenant_file(tenant)
        return read_secret(path) if path.exists() else None

    def make_tenant_key(self, tenant: str) -> None:
        """Draw the key of a tenant.

        Raises:
            Conflict: it has one (``keys.exist``).
        """
        path = self.ensure()._tenant_file(tenant)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            write_secret(path, os.urandom(_SEED_BYTES))
        except FileExistsError:
            raise Conflict(f"tenant {tenant!r} has a key already", code="keys.exist") from None
        sync_directory(path.parent)

    def destroy_tenant_key(self, tenant: str) -> None:
        """Destroy the key of a tenant: what it sealed is gone for good, chains still verify.

        The file is overwritten before it is removed; copies in backups and on flash cells that the
        device has set aside are beyond a program's reach.

        Raises:
            Missing: it has none (``keys.tenant_missing``).
        """
        path = self._tenant_file(tenant)
        if not path.exists():
            raise Missing(f"tenant {tenant!r} has no key", code="keys.tenant_missing")
        with path.open("r+b") as file:
            file.write(bytes(_SEED_BYTES))
            file.flush()
            os.fsync(file.fileno())
        path.unlink()
        sync_directory(path.parent)

    # --- what names values that are taken out of records

    def redaction_key(self) -> bytes:
        """The 32-byte key by which marks stand for values that were taken out: who does not have it
        cannot try values until one gives the mark. Made when it is first asked for.
        """
        path = self.ensure().directory / "redaction.key"
        if not path.exists():
            drawn = path.with_suffix(f".{os.urandom(4).hex()}")
            write_secret(drawn, os.urandom(_SEED_BYTES))
            with contextlib.suppress(FileExistsError):  # another process was faster, and whole
                os.link(drawn, path)
            drawn.unlink()
            sync_directory(self.directory)
        return read_secret(path)

    # --- the last checkpoint of each journal

    def kept_checkpoint(self, origin: str) -> str | None:
        """The newest checkpoint note seen of a journal, kept away from the journal."""
        path = self._checkpoint_file(origin)
        return path.read_text() if path.exists() else None

    def keep_checkpoint(self, origin: str, note: str) -> None:
        """Keep a journal's newest checkpoint, in one step."""
        path = self._checkpoint_file(origin)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as file:
            file.write(note)
            file.flush()
            os.fsync(file.fileno())
        Path(file.name).replace(path)
        sync_directory(path.parent)

    def signing_lock(self, origin: str) -> Path:
        """The file whose lock says which process signs a journal's checkpoints."""
        path = self._checkpoint_file(origin).with_suffix(".lock")
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        return path

    def _tenant_file(self, tenant: str) -> Path:
        return self.directory / "tenants" / f"{encode_segment(tenant)}.key"

    def _checkpoint_file(self, origin: str) -> Path:
        return self.directory / "checkpoints" / f"{encode_segment(origin)}.note"

    def _make(self) -> bool:
        """Make the keys in a directory of their own and move it into place; False if somebody was
        faster.
        """
        parent = self.directory.parent
        parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        making = Path(tempfile.mkdtemp(dir=parent, prefix=".keys-"))
        try:
            suffix = os.urandom(4).hex()
            for purpose in PURPOSES:
                seed = os.urandom(_SEED_BYTES)
                signer = Signer(f"tarl-{purpose}-{suffix}", SigningKey(seed))
                _write_pair(making, purpose, seed, signer.verifier)
            made = Keyring(parent)
            made.directory = making
            write_certificates(making, made.certificates())
            sync_directory(making)
            return self._move_in(making)
        finally:
            shutil.rmtree(making, ignore_errors=True)

    def _move_in(self, making: Path) -> bool:
        """Put new keys where they belong, beside others' (a witness's) that may be there; False if
        somebody was faster.
        """
        try:
            making.rename(self.directory)
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
        else:
            sync_directory(self.directory.parent)
            return True
        descriptor = os.open(self.directory, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if self.exists():
                return False
            for file in sorted(making.iterdir(), key=lambda file: file.suffix == ".key"):
                file.rename(self.directory / file.name)
        finally:
            os.close(descriptor)
        sync_directory(self.directory)
        return True


def _damaged(path: Path) -> Corrupt:
    return Corrupt(f"the key file {path} is damaged", code="keys.malformed", path=str(path))


def _certificate(root: Signer, key: VerifierKey, purpose: str) -> dict[str, Any]:
    return dsse.sign(_certified(key, purpose), KEY_TYPE, root)


def _certified(key: VerifierKey, purpose: str) -> bytes:
    """What the root says of a key."""
    return encode(
        {
            "name": key.name,
            "public": base64.b64encode(key.public).decode(),
            "purpose": purpose,
            "type": "tarl.key/1",
        }
    )


def write_certificates(directory: Path, certificates: list[dict[str, Any]]) -> None:
    """Keep the root's word beside the keys that it is about."""
    (directory / CERTIFICATES).write_bytes(encode(certificates) + b"\n")


def draw_secret(size_bytes: int = _SEED_BYTES) -> bytes:
    """Bytes that nobody can guess."""
    return os.urandom(size_bytes)


def _write_pair(directory: Path, purpose: Purpose, seed: bytes, public: VerifierKey) -> None:
    stored = {
        "name": public.name,
        "seed": base64.b64encode(seed).decode(),
        "type": "tarl.ed25519/1",
    }
    write_secret(directory / f"{purpose}.key", encode(stored) + b"\n")
    (directory / f"{purpose}.pub").write_text(public.vkey + "\n")


def read_secret(path: Path) -> bytes:
    """The content of a file that nobody else may read.

    Raises:
        Missing: there is none (``keys.missing``).
        Denied: others may read it (``keys.permissions``).
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        raise Missing(
            f"no key at {path}",
            code="keys.missing",
            next_step="tarl keys init",
            path=str(path),
        ) from None
    if mode & 0o077:
        raise Denied(
            f"the key file {path} may be read by others",
            code="keys.permissions",
            next_step=f"chmod 600 {path}",
            path=str(path),
        )
    return path.read_bytes()


def write_secret(path: Path, data: bytes) -> None:
    """Write a new file that nobody else may read, and have it on disk.

    Raises:
        FileExistsError: there is one.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def sync_directory(path: Path) -> None:
    """Have a directory's entries on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # some file systems cannot sync a directory
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
