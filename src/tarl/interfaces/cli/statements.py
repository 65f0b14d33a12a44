"""``tarl verify`` of a signed statement: who signed it, and whether what it says is so."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from tarl.errors import Denied, Invalid, Missing
from tarl.interfaces.cli import exits
from tarl.interfaces.cli.files import reading
from tarl.interfaces.cli.invocation import Invocation

if TYPE_CHECKING:
    from tarl.crypto.note import VerifierKey
    from tarl.interfaces.cli.provenance import Ledgers
    from tarl.provenance.attestations.statement import Statement
    from tarl.provenance.lineage.comparing import Finding

ENVELOPE_BYTES_MAX = 8 * 1024 * 1024
"""Of the file: the largest payload in base64, with its signatures."""

_HEAD_BYTES = 64


def is_statement(path: Path) -> bool:
    """Whether a file is meant as a signed statement: one JSON object that is no evidence."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES).lstrip()
    except OSError:
        return False
    return head.startswith(b"{") and not head.startswith(b'{"evidence"')


def read_envelope(path: Path) -> Any:
    """The JSON in a file, which is bounded.

    Raises:
        Missing, Denied: it cannot be read (``input.missing``, ``input.unreadable``).
        Invalid: it is too large or no JSON (``attestation.malformed``, ``json.*``).
    """
    from tarl.values.canonical import decode

    try:
        with reading(path) as file:
            data = file.read(ENVELOPE_BYTES_MAX + 1)
    except FileNotFoundError:
        raise Missing(f"no statement at {path}", code="input.missing", path=str(path)) from None
    except OSError as error:
        raise Denied(
            f"{path} cannot be read: {error.strerror}", code="input.unreadable", path=str(path)
        ) from None
    if len(data) > ENVELOPE_BYTES_MAX:
        raise Invalid(
            f"{path} has more than {ENVELOPE_BYTES_MAX} bytes, which no signed statement has",
            code="attestation.malformed",
            next_step="check that it is the file that `tarl attest` wrote",
        )
    return decode(data)


class Checked(NamedTuple):
    """What was found: who signed, what is so, and what is not."""

    signers: tuple[str, ...]
    lines: list[str]
    findings: list[Finding]


def verify_statement(
    invocation: Invocation,
    file: Path,
    *,
    keys: tuple[str, ...],
    directory: str | None,
    beside: Path,
    max_age_ms: int | None,
) -> int:
    """Verify a signed statement, say what was checked, and return the exit code.

    Args:
        invocation: The command line.
        file: The statement.
        keys: Who must have signed it, without a journal; where none is given, a principal of the
            journal, or the operator, whose key counts, or counted when it was recorded.
        directory: Where all its subjects lie as files.
        beside: Where those that are there are compared when no directory is given.
        max_age_ms: How long ago it may have been recorded in the journal.
    """
    from tarl.provenance.attestations import statement

    if keys and max_age_ms is not None:
        raise click.UsageError("--max-age asks the journal; --key does without one.")
    envelope = read_envelope(file)
    said = statement.read(envelope)
    if keys:
        checked = Checked(statement.check(envelope, _keys_of(keys)), [], _expired(said))
    else:
        checked = _by_journal(invocation, envelope, said, max_age_ms)
    _compare_files(said, directory, beside, checked)
    return _tell(invocation, said, checked)


def _by_journal(
    invocation: Invocation, envelope: Any, said: Statement, max_age_ms: int | None
) -> Checked:
    """Who signed it as the journal knows them, and what the journal says otherwise."""
    from tarl.interfaces.cli.provenance import open_ledgers
    from tarl.provenance.lineage.comparing import against_journal

    with open_ledgers(invocation) as ledgers:
        ledgers = ledgers._replace(tenant=_tenant_of(said, invocation))
        names = ledgers.attestations.signers_of(envelope, tenant=ledgers.tenant)
        compared = against_journal(said, ledgers.artifacts)
        findings = _expired(said) + _aged(ledgers, said, max_age_ms)
    if compared is None:
        return Checked(names, ["what it states was not compared with this journal"], findings)
    lines = [] if compared else ["it says what the journal says"]
    return Checked(names, lines, [*findings, *compared])


def _tenant_of(said: Statement, invocation: Invocation) -> str:
    """Whose principals are asked: the caller's; for the operator, those of who claims to have
    signed it.
    """
    from tarl.values.ids import tenant_of

    claimed = [tenant_of(keyid) for keyid in said.keyids if keyid.startswith("principal/")]
    return claimed[0] if claimed and invocation.tenant is None else invocation.home()


def _keys_of(texts: tuple[str, ...]) -> dict[str, VerifierKey]:
    """Keys that are given as text, or in files."""
    from tarl.crypto.note import parse_vkey
    from tarl.interfaces.cli.files import read_text

    found = [
        parse_vkey(read_text(text, what="key") if Path(text).is_file() else text) for text in texts
    ]
    return {key.label: key for key in found}


def _expired(said: Statement) -> list[Finding]:
    """Whether it says itself that it counts no more."""
    from tarl.interfaces.cli.people import now_ms
    from tarl.provenance.attestations.predicates import expires_at_ms
    from tarl.provenance.lineage.comparing import Finding
    from tarl.values.instants import isoformat_ms

    ends = expires_at_ms(said.predicate_type, said.predicate)
    if ends is None or now_ms() < ends:
        return []
    return [Finding("attestation.expired", f"it expired at {isoformat_ms(ends)}")]


def _aged(ledgers: Ledgers, said: Statement, max_age_ms: int | None) -> list[Finding]:
    """Whether it was recorded too long ago."""
    from tarl.interfaces.cli.people import now_ms
    from tarl.provenance.lineage.comparing import Finding
    from tarl.values.instants import isoformat_ms

    if max_age_ms is None:
        return []
    try:
        recorded_at_ms = ledgers.attestations.get(said.id, tenant=ledgers.tenant).recorded_at_ms
    except Missing:
        text = "it is not recorded in this journal: nobody knows how old it is"
        return [Finding("verify.age", text)]
    if now_ms() - recorded_at_ms <= max_age_ms:
        return []
    return [Finding("verify.age", f"it was recorded at {isoformat_ms(recorded_at_ms)}: too old")]


def _compare_files(said: Statement, directory: str | None, beside: Path, checked: Checked) -> None:
    """Hash the files that its subjects name."""
    from tarl.interfaces.cli.provenance import digest_of_file
    from tarl.provenance.lineage.comparing import against_files

    digests: dict[str, str | None] = {}
    for subject in said.subjects:
        path = _place(Path(directory) if directory else beside, subject.name)
        if path is not None and _is_file(path):
            digests[subject.name] = digest_of_file(path)
        elif directory:
            digests[subject.name] = None
    findings = list(against_files(said.subjects, digests))
    checked.findings.extend(findings)
    if digests and not findings:
        what = "one file is" if len(digests) == 1 else f"{len(digests)} files are"
        checked.lines.append(f"{what} what was signed")


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # no file system has such a name
        return False


def _place(directory: Path, name: str) -> Path | None:
    """Where a subject's file would lie; None for a name that leads out of the directory."""
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or ".." in parts or "\0" in name:
        return None
    return directory.joinpath(*parts)


def _tell(invocation: Invocation, said: Statement, checked: Checked) -> int:
    output = invocation.output
    if output.as_json:
        output.document(
            "verify.statement",
            verified=not checked.findings,
            id=said.id,
            predicate_type=said.predicate_type,
            signers=list(checked.signers),
            subjects=[{"name": each.name, "sha256": each.sha256} for each in said.subjects],
            checked=checked.lines,
            findings=[{"code": each.code, "text": each.text} for each in checked.findings],
        )
    else:
        output.data(f"signed by {', '.join(checked.signers)}: {said.predicate_type}")
        for subject in said.subjects:
            output.data(f"about {subject.name} ({subject.sha256})")
        for line in checked.lines:
            output.data(line)
        for each in checked.findings:
            output.data(f"WRONG: {each.text} ({each.code})")
    return exits.CORRUPT if checked.findings else exits.OK
