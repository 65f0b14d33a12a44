"""What another machine needs of a home's keys to do the same work: all but the root's.

It can run, sign checkpoints, export and verify. It cannot certify another log or operator key, and
it does not cosign as this home's witness.
"""

from __future__ import annotations

from pathlib import Path

from tarl.crypto.keys import (
    Keyring,
    Purpose,
    read_secret,
    sync_directory,
    write_certificates,
    write_secret,
)
from tarl.errors import Conflict

_COPIED: tuple[Purpose, ...] = ("log", "operator")


def copy_keys(keyring: Keyring, target: Path) -> list[str]:
    """Copy keys into the home ``target``; the files, as they are called below it.

    Args:
        keyring: Whose keys; the one that names redacted values is made if there is none, since
            every machine needs the same.
        target: The other home; made if there is none.

    Raises:
        Conflict: it holds keys already (``keys.exist``).
        Missing: a key, or the root's word on it, is not here (``keys.missing``,
            ``keys.certificates``).
        Denied: others may read a key's file (``keys.permissions``).
    """
    other = Keyring(target)
    if other.directory.exists() and any(other.directory.iterdir()):
        raise Conflict(
            f"{other.directory} holds keys already",
            code="keys.exist",
            next_step="name a directory that is empty, or is not there yet",
            path=str(other.directory),
        )
    certificates, root = keyring.certificates(), keyring.public("root")
    secrets = {f"{each}.key": read_secret(keyring.directory / f"{each}.key") for each in _COPIED}
    public = {f"{each}.pub": keyring.public(each).vkey for each in _COPIED}
    secrets["redaction.key"] = keyring.redaction_key()
    for path in sorted((keyring.directory / "tenants").glob("*.key")):
        secrets[f"tenants/{path.name}"] = read_secret(path)
    other.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name, data in secrets.items():
        place = other.directory / name
        place.parent.mkdir(exist_ok=True, mode=0o700)
        write_secret(place, data)
    for name, vkey in {**public, "root.pub": root.vkey}.items():
        (other.directory / name).write_text(vkey + "\n")
    write_certificates(other.directory, certificates)
    sync_directory(other.directory)
    return sorted(str(path.relative_to(target)) for path in other.directory.rglob("*.*"))
