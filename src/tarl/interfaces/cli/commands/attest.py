"""``tarl attest`` and ``tarl attestations``: signed statements about runs, artifacts and files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from tarl.interfaces.cli.commands.artifacts import CURSOR, LIMIT
from tarl.interfaces.cli.invocation import Invocation, common_options
from tarl.interfaces.cli.spans import DURATION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tarl.interfaces.cli.provenance import Ledgers
    from tarl.provenance.artifacts.artifact import Artifact
    from tarl.provenance.attestations.statement import Subject
    from tarl.values.ids import RunId


class _Said(NamedTuple):
    """What is to be signed."""

    subjects: Sequence[Subject]
    type: str
    predicate: dict[str, Any]
    tenant: str


@click.command(short_help="Sign a statement about a run, an artifact or files.")
@click.argument("subject", metavar="[RUN|ARTIFACT]", required=False)
@click.option(
    "--file",
    "files",
    metavar="FILE",
    multiple=True,
    help="Instead: about this file's content (may be repeated).",
)
@click.option(
    "--type",
    "type",
    metavar="TYPE",
    help="slsa-provenance (a run's default), lineage (an artifact's), test-result, review,"
    " approval, any other name, or the URI of a predicate type.",
)
@click.option(
    "--predicate", metavar="JSON|@FILE", help="What is stated: an object (default: empty)."
)
@click.option(
    "--as",
    "names",
    metavar="PRINCIPAL",
    multiple=True,
    help="The principal that signs (may be repeated; default: the operator).",
)
@click.option(
    "--expires",
    "expires_ms",
    metavar="DURATION",
    type=DURATION,
    help="Counts no more after this time: 30d. Not for types of others.",
)
@click.option(
    "-o",
    "--output",
    "target",
    metavar="FILE",
    help="Write the signed statement there; - is stdout.",
)
@common_options
@click.pass_obj
def attest(
    invocation: Invocation,
    subject: str | None,
    files: tuple[str, ...],
    type: str | None,
    predicate: str | None,
    names: tuple[str, ...],
    expires_ms: int | None,
    target: str | None,
) -> None:
    """Sign a statement (in-toto, in a DSSE envelope) and record it in the journal.

    Of a run, by default, how it came about: SLSA provenance, drawn from the journal. Of an
    artifact: its lineage. `tarl verify FILE` checks what -o writes.
    """
    from tarl.interfaces.cli.files import PIPE, require_pipe, write_out
    from tarl.interfaces.cli.provenance import attestation_data, open_ledgers, signers
    from tarl.provenance.attestations.statement import make
    from tarl.values.canonical import encode

    if (subject is None) == (not files):
        raise click.UsageError("Name a RUN or an ARTIFACT, or files with --file.")
    output = invocation.output
    if target is not None:
        require_pipe(output, target)
    with open_ledgers(invocation, must_exist=not files) as ledgers:
        hands = signers(invocation, ledgers.people, names)
        if subject is None:
            said = _about_files(ledgers, files, type, predicate)
        else:
            said = _about(invocation, ledgers, subject, type, predicate)
        said = _until(said, expires_ms)
        envelope = make(said.subjects, said.type, said.predicate, signers=hands)
        found = ledgers.attestations.record(envelope, tenant=said.tenant)
    if target is not None:
        write_out(output, target, [encode(envelope) + b"\n"])
    keys = [hand.verifier.vkey for hand in hands]
    if output.as_json:
        output.document("attest", **attestation_data(found), file=target, keys=keys)
        return
    if target is not None:
        where = "to standard output" if target == PIPE else target
        output.note(f"wrote {where}; it verifies with:")
        for key in keys:
            output.note(f"  {key}")
    say = output.note if target == PIPE else output.data
    say(found.id)


def _about(
    invocation: Invocation,
    ledgers: Ledgers,
    text: str,
    type: str | None,
    predicate: str | None,
) -> _Said:
    from tarl.interfaces.cli.provenance import find_run_or_artifact, json_object
    from tarl.provenance.attestations import predicates
    from tarl.provenance.attestations.statement import Subject
    from tarl.values.ids import RunId

    found = find_run_or_artifact(ledgers, text)
    is_run = isinstance(found, RunId)
    wanted = predicates.type_of(type or ("slsa-provenance" if is_run else "lineage"))
    if predicate is None and wanted in (predicates.SLSA_PROVENANCE, predicates.LINEAGE):
        if not is_run and wanted == predicates.SLSA_PROVENANCE:
            raise click.UsageError("SLSA provenance is of a run; give it with --predicate.")
        return _drawn(invocation, ledgers, found, wanted)
    if isinstance(found, RunId):
        root = _registered(ledgers, found)
        subject, tenant = Subject(name=found.stream, sha256=root), found.tenant
    else:
        subject, tenant = Subject(name=found.name, sha256=found.sha256), ledgers.tenant
    said = json_object(predicate or "{}", option="--predicate")
    return _Said([subject], wanted, said, tenant)


def _drawn(invocation: Invocation, ledgers: Ledgers, found: RunId | Artifact, type: str) -> _Said:
    """What the journal says of a run or an artifact, as it is now."""
    from tarl.crypto.note import open_note, parse_checkpoint
    from tarl.interfaces.cli.commands.evidence import signed_checkpoint
    from tarl.provenance import slsa
    from tarl.provenance.attestations import predicates
    from tarl.provenance.lineage import told
    from tarl.values.ids import RunId

    artifacts, tenant = ledgers.artifacts, ledgers.tenant
    if isinstance(found, RunId):
        digest, tenant = _registered(ledgers, found), found.tenant
    else:
        digest = found.sha256
    signed = signed_checkpoint(invocation, artifacts.store)
    text, _ = open_note(signed.note, invocation.keyring.public("log"))
    log = parse_checkpoint(text)
    if isinstance(found, RunId) and type == predicates.SLSA_PROVENANCE:
        subjects, predicate = slsa.provenance(artifacts, found, log=log)
    else:
        subjects, predicate = told.lineage(artifacts, digest, log=log, tenant=tenant)
    return _Said(subjects, type, predicate, tenant)


def _registered(ledgers: Ledgers, run: RunId) -> str:
    from tarl.provenance.lineage.environment import environment
    from tarl.provenance.lineage.registering import register_run

    here = environment()
    return register_run(ledgers.artifacts, run, by=ledgers.by, environment=here).root.sha256


def _about_files(
    ledgers: Ledgers, files: tuple[str, ...], type: str | None, predicate: str | None
) -> _Said:
    from tarl.interfaces.cli.provenance import digest_of_file, json_object
    from tarl.provenance.attestations import predicates
    from tarl.provenance.attestations.statement import Subject

    if type is None:
        raise click.UsageError("--file goes with --type: what is stated about it?")
    subjects = [Subject(name=Path(f).name, sha256=digest_of_file(Path(f))) for f in files]
    said = json_object(predicate or "{}", option="--predicate")
    return _Said(subjects, predicates.type_of(type), said, ledgers.tenant)


def _until(said: _Said, expires_ms: int | None) -> _Said:
    """The same with an end."""
    from tarl.interfaces.cli.people import now_ms
    from tarl.provenance.attestations.predicates import is_own
    from tarl.values.instants import isoformat_ms

    if expires_ms is None:
        return said
    if not is_own(said.type):
        raise click.UsageError(f"--expires is not for {said.type}: that type has no end.")
    expiry = {"expiresOn": isoformat_ms(now_ms() + expires_ms)}
    return said._replace(predicate=said.predicate | expiry)


@click.group(short_help="Signed statements about runs, artifacts and files.")
def attestations() -> None:
    """What was signed and recorded; `tarl attest` adds to it."""


@attestations.command("record", short_help="Record a statement that somebody else signed.")
@click.argument("file", metavar="FILE")
@common_options
@click.pass_obj
def record(invocation: Invocation, file: str) -> None:
    """Record the signed statement in FILE (DSSE). A principal of the journal, or the operator, must
    have signed it with a key that counts now.
    """
    from tarl.interfaces.cli.provenance import attestation_data, open_ledgers
    from tarl.interfaces.cli.statements import read_envelope

    envelope = read_envelope(Path(file))
    with open_ledgers(invocation) as ledgers:
        found = ledgers.attestations.record(envelope, tenant=ledgers.tenant)
    if invocation.output.as_json:
        invocation.output.document("attestations.record", **attestation_data(found))
    else:
        invocation.output.data(found.id)


@attestations.command("ls", short_help="List what was signed.")
@click.option("--type", "type", metavar="TYPE", help="Only those of a type of predicate.")
@click.option("--by", "signer", metavar="NAME", help="Only those that somebody signed.")
@LIMIT
@CURSOR
@common_options
@click.pass_obj
def list_attestations(
    invocation: Invocation, type: str | None, signer: str | None, limit: int, cursor: int | None
) -> None:
    """List what was signed, the newest first."""
    from tarl.interfaces.cli.provenance import attestation_data, open_ledgers
    from tarl.interfaces.cli.trust import instant
    from tarl.provenance.attestations.predicates import type_of

    with open_ledgers(invocation) as ledgers:
        page = ledgers.attestations.ls(
            predicate_type=None if type is None else type_of(type),
            signer=signer,
            limit=limit,
            cursor=cursor,
            tenant=ledgers.tenant,
        )
    if invocation.output.as_json:
        listed = [attestation_data(each) for each in page.items]
        invocation.output.document("attestations.ls", attestations=listed, cursor=page.cursor)
        return
    rows = [
        (
            each.id[:12],
            each.predicate_type,
            each.subjects[0].name,
            ", ".join(each.signers),
            instant(each.recorded_at_ms),
        )
        for each in page.items
    ]
    invocation.output.table(("id", "type", "about", "signed by", "recorded"), rows)
    if page.cursor is not None:
        invocation.output.note(f"there are more: --cursor {page.cursor}")


@attestations.command("show", short_help="Print a statement that was signed.")
@click.argument("id", metavar="ID")
@click.option("--envelope", is_flag=True, help="As it was signed (DSSE), to be kept in a file.")
@common_options
@click.pass_obj
def show(invocation: Invocation, id: str, envelope: bool) -> None:
    """Print what the attestation of an ID states; the id is the SHA-256 of the signed payload."""
    from tarl.interfaces.cli.provenance import attestation_data, open_ledgers

    with open_ledgers(invocation) as ledgers:
        found = ledgers.attestations.get(id, tenant=ledgers.tenant)
    if envelope:
        invocation.output.value(found.envelope)
    else:
        data = attestation_data(found)
        invocation.output.document("attestations.show", **data, predicate=found.predicate)
