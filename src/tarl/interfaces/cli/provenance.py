"""What the commands about artifacts and attestations share: the ledgers, and what is named."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tarl.errors import Denied, Invalid, Missing, TarlError
from tarl.interfaces.cli.invocation import Invocation

if TYPE_CHECKING:
    from tarl.crypto.note import Signer
    from tarl.engines.embedded.people import People
    from tarl.provenance.artifacts.artifact import Artifact
    from tarl.provenance.artifacts.ledger import Artifacts
    from tarl.provenance.attestations.ledger import Attestation, Attestations
    from tarl.values.ids import RunId


class Ledgers(NamedTuple):
    """The artifacts and attestations of a journal, as a command may see them."""

    people: People
    artifacts: Artifacts
    attestations: Attestations
    tenant: str
    by: str


@contextmanager
def open_ledgers(invocation: Invocation, *, must_exist: bool = True) -> Iterator[Ledgers]:
    """The ledgers, with the keys under the home."""
    from tarl.engines.embedded.clock import SystemClock
    from tarl.engines.embedded.people import People
    from tarl.provenance.artifacts.ledger import Artifacts
    from tarl.provenance.attestations.ledger import Attestations
    from tarl.provenance.attestations.signers import present_keys

    keyring, clock = invocation.keyring, SystemClock()
    operators = [keyring.public("operator")] if keyring.exists() else []
    with invocation.open_store(make=not must_exist) as store:
        yield Ledgers(
            People(store, keyring),
            Artifacts(store, clock),
            Attestations(store, keys=present_keys(store, *operators, clock=clock), clock=clock),
            invocation.home(),
            invocation.tenant or "operator",
        )


def signers(invocation: Invocation, people: People, names: Sequence[str]) -> list[Signer]:
    """Who signs: the principals that are named, else the operator.

    Raises:
        Denied: a tenant acts and nobody is named (``tenant.operator``).
        Missing: no such principal, or the key is not kept here.
    """
    from tarl.interfaces.cli.people import ask_passphrase, principal_id

    if not names:
        invocation.require_operator()
        return [invocation.keyring.ensure().signer("operator")]
    found = []
    for name in names:
        key = people.principals.get(principal_id(name)).key
        secret = ask_passphrase() if people.keys.needs_passphrase(key) else None
        found.append(people.keys.signer(key, passphrase=secret))
    return found


def find_artifact(ledgers: Ledgers, text: str) -> Artifact:
    """The artifact of a digest, or the newest of a name.

    Raises:
        Missing: there is none (``artifact.missing``).
    """
    from tarl.provenance.attestations.statement import is_sha256

    if is_sha256(text):
        return ledgers.artifacts.get(text, tenant=ledgers.tenant)
    page = ledgers.artifacts.ls(name=text, limit=1, tenant=ledgers.tenant)
    for found in page.items:
        return found.artifact
    raise Missing(
        f"no artifact is called {text[:80]}",
        code="artifact.missing",
        next_step="tarl artifacts ls; tarl artifacts register FILE --kind KIND",
        artifact=text[:80],
    )


def find_run_or_artifact(ledgers: Ledgers, text: str) -> RunId | Artifact:
    """The run that a text names, else the artifact of that digest or name.

    Raises:
        Missing: neither (``lineage.missing``).
    """
    from tarl.interfaces.cli.run_refs import find_run
    from tarl.provenance.attestations.statement import is_sha256

    if is_sha256(text):
        return find_artifact(ledgers, text)
    try:
        return find_run(ledgers.artifacts.store, text)
    except TarlError as error:
        if error.code not in ("run.missing", "id.ref", "id.unexpected_event"):
            raise
    try:
        return find_artifact(ledgers, text)
    except Missing:
        raise Missing(
            f"there is no run and no artifact {text[:80]}",
            code="lineage.missing",
            next_step="tarl runs ls; tarl artifacts ls",
            named=text[:80],
        ) from None


def digest_of_file(path: Path) -> str:
    """The SHA-256 of a file's content.

    Raises:
        Missing: there is none (``input.missing``).
        Denied: it cannot be read (``input.unreadable``).
    """
    import hashlib

    if path.is_char_device():
        text = f"{path} cannot be read: it is a device, which has no end"
        raise Denied(text, code="input.unreadable", path=str(path))
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        raise Missing(f"no file at {path}", code="input.missing", path=str(path)) from None
    except OSError as error:
        raise Denied(
            f"{path} cannot be read: {error.strerror}", code="input.unreadable", path=str(path)
        ) from None


def json_object(text: str, *, option: str) -> dict[str, Any]:
    """The JSON object that an option gives: text, or @FILE.

    Raises:
        Invalid: it is another JSON value (``input.not_object``); and as ``read_json``.
    """
    from tarl.interfaces.cli.input_text import read_json

    found = read_json(text, option=option)
    if not isinstance(found, dict):
        raise Invalid(
            f"{option} is no JSON object", code="input.not_object", next_step="write {...}"
        )
    return found


def attestation_data(found: Attestation) -> dict[str, Any]:
    """An attestation as JSON values, without its envelope."""
    return {
        "id": found.id,
        "predicate_type": found.predicate_type,
        "signers": list(found.signers),
        "subjects": [{"name": each.name, "sha256": each.sha256} for each in found.subjects],
        "recorded_at_ms": found.recorded_at_ms,
        "expires_at_ms": found.expires_at_ms,
        "tenant": found.tenant,
    }


def artifact_data(artifact: Artifact) -> dict[str, Any]:
    """An artifact as JSON values."""
    return {name: getattr(artifact, name) for name in artifact.__struct_fields__}
