"""What the commands of ``tarl promote`` share: the journal's rooms, what is meant, who signs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from tarl.errors import Invalid
from tarl.interfaces.cli import exits
from tarl.interfaces.cli.files import read_text
from tarl.interfaces.cli.invocation import Invocation, home_tenant
from tarl.interfaces.cli.provenance import digest_of_file

if TYPE_CHECKING:
    from tarl.crypto.note import Signer, VerifierKey
    from tarl.engines.embedded.people import People
    from tarl.governance.promotion.ledger import Promotions
    from tarl.governance.promotion.pipeline import Pipeline
    from tarl.governance.promotion.words import Words
    from tarl.provenance.artifacts.ledger import Artifacts
    from tarl.provenance.attestations.statement import Subject

OUTCOMES = {
    "PASSED": exits.OK,
    "FAILED": exits.NOT_PROMOTED,
    "INCONCLUSIVE": exits.INCONCLUSIVE,
    "NOT PROVED": exits.CORRUPT,
}
ENVIRONMENTS = click.Choice(("dev", "stage", "prod"))

subject_argument = click.argument("subject", metavar="SUBJECT")
as_option = click.option(
    "--as", "who", metavar="PRINCIPAL", help="Who signs (default: the one who may, if here)."
)
pipeline_option = click.option(
    "--pipeline", "pipeline_file", metavar="FILE", help="The pipeline (default: the last one's)."
)
environment_option = click.option(
    "--in", "environment", required=True, type=ENVIRONMENTS, help="In which environment."
)
reason_option = click.option(
    "--reason", required=True, metavar="TEXT", help="Why; signed and kept for good."
)
tenant_option = click.option(
    "--tenant", default=home_tenant, help="Whose it is (default: --as-tenant, else default)."
)

_DIGEST = re.compile(r"(?:sha256:)?([0-9a-f]{64})")


class Rooms(NamedTuple):
    """The rooms of one journal that promotion needs."""

    promotions: Promotions
    words: Words
    artifacts: Artifacts
    people: People


@contextmanager
def open_rooms(invocation: Invocation) -> Iterator[Rooms]:
    """The journal, which must exist, for whom the command acts."""
    from tarl.engines.embedded.clock import SystemClock
    from tarl.engines.embedded.people import People
    from tarl.governance.promotion.ledger import Promotions
    from tarl.governance.promotion.records import Records
    from tarl.governance.promotion.words import Words
    from tarl.provenance.artifacts.ledger import Artifacts
    from tarl.provenance.attestations.ledger import Attestations
    from tarl.provenance.attestations.signers import present_keys

    with invocation.open_store() as store:
        clock = SystemClock()
        operators = [invocation.keyring.public("operator")] if invocation.keyring.exists() else []
        keys = present_keys(store, *operators, clock=clock)
        artifacts = Artifacts(store, clock)
        records = Records(store, Attestations(store, keys=keys, clock=clock), artifacts)
        people = People(store, invocation.keyring)
        yield Rooms(Promotions(records), Words(records), artifacts, people)


def read_pipeline_file(file: str) -> Pipeline:
    """The pipeline of a file.

    Raises:
        Missing, Denied, Invalid: it cannot be read, or is none (``promotion.pipeline``).
    """
    from tarl.governance.promotion.pipeline_file import parse

    return parse(read_text(file, what="pipeline"))


def subject_of(text: str, *, artifacts: Artifacts | None = None, tenant: str = "") -> Subject:
    """What is to be promoted: a digest, or a file, of which the digest is taken.

    Raises:
        Invalid: it is neither (``promotion.subject``).
        Denied: the file cannot be read (``input.unreadable``).
    """
    from tarl.provenance.attestations.statement import Subject

    found = _DIGEST.fullmatch(text)
    if found is not None:
        digest = found[1]
        known = None if artifacts is None else artifacts.find(digest, tenant=tenant)
        return Subject(name=f"sha256:{digest}" if known is None else known.name, sha256=digest)
    path = Path(text)
    if not path.is_file():
        raise Invalid(
            f"{text[:200]!r} is no file and no SHA-256",
            code="promotion.subject",
            next_step="name a file, or sha256: and 64 hexadecimal digits",
        )
    return Subject(name=path.name, sha256=digest_of_file(path))


def signer_of(
    rooms: Rooms, invocation: Invocation, who: str | None, names: Sequence[str], *, tenant: str
) -> Signer:
    """Whoever signs: whom ``--as`` names, else the one of these whose key is here.

    Raises:
        Invalid: nobody or several could be meant (``promotion.as``).
        Missing: the key is not here, or nobody is registered.
    """
    from tarl.interfaces.cli.people import passphrase_for
    from tarl.kernel.approvals.names import PrincipalId
    from tarl.provenance.attestations.statement import OPERATOR

    people = rooms.people
    if who is None:
        local = sorted({id.id for id in people.local(tenant)} & set(names))
        if len(local) != 1:
            raise Invalid(
                f"say who signs: the keys of {', '.join(local) or 'none of them'} are here",
                code="promotion.as",
                next_step=f"--as NAME, one of: {', '.join(names)}",
            )
        who = local[0]
    if who == OPERATOR:
        return invocation.keyring.signer("operator")
    key = people.principals.get(PrincipalId(tenant, who)).key
    return people.keys.signer(key, passphrase=passphrase_for(people, key))


def keys_of(words: Sequence[str]) -> list[VerifierKey]:
    """The public keys of texts, or of files that hold them.

    Raises:
        Invalid: one is none (``key.malformed``).
    """
    from tarl.crypto.note import parse_vkey

    return [parse_vkey(read_text(w, what="key") if Path(w).is_file() else w) for w in words]


def pipeline_or_last(
    rooms: Rooms, file: str | None, what: Subject, environment: str | None, tenant: str
) -> Pipeline:
    """The pipeline of a file, else the one of the last request about an artifact.

    Raises:
        Missing: there is neither (``promotion.missing``).
    """
    if file is not None:
        return read_pipeline_file(file)
    return rooms.promotions.pipeline_of(what.sha256, environment, tenant=tenant)


def read_envelopes(file: str) -> list[Any]:
    """The envelopes of a file: one as JSON, or one a line.

    Raises:
        Missing, Denied, Invalid: it cannot be read, or is no JSON (``json.*``).
    """
    from tarl.values.canonical import decode

    text = read_text(file, what="statement")
    lines = [line for line in text.splitlines() if line.strip()]
    is_lines = len(lines) > 1 and all(line.startswith("{") and line.endswith("}") for line in lines)
    return [decode(line) for line in lines] if is_lines else [decode(text)]


def require_place(invocation: Invocation, target: str | None) -> None:
    """Refuse to state what could not be written to standard output then.

    Raises:
        Invalid: as ``files.require_pipe``.
    """
    from tarl.interfaces.cli.files import require_pipe

    require_pipe(invocation.output, target)


def write_envelope(invocation: Invocation, target: str, envelope: dict[str, Any]) -> None:
    """Write a statement on one line, into a file or to standard output (``files.write_out``).

    Raises:
        Denied, Unavailable: it cannot be written (``output.*``).
    """
    from tarl.interfaces.cli.files import write_out
    from tarl.values.canonical import encode

    write_out(invocation.output, target, [encode(envelope), b"\n"])


def saying(invocation: Invocation, target: str | None) -> Callable[[str], None]:
    """How a line for people is printed: as a note where standard output holds the statement."""
    from tarl.interfaces.cli.files import PIPE

    output = invocation.output
    return output.note if target == PIPE else output.data


def say_stated(
    invocation: Invocation, command: str, what: Subject, *said: str, target: str | None = None
) -> None:
    """The ids of statements, and what they come to.

    Args:
        said: The ids, and the words.
        target: Where the statement was written, if it was.
    """
    (*ids, text) = said
    if invocation.output.as_json:
        invocation.output.document(command, subject=what.sha256, statements=ids)
        return
    say = saying(invocation, target)
    for id in ids:
        say(id)
    invocation.output.note(f"{what.name}: {text}")
