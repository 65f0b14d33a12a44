"""``tarl sbom``: bills of materials of runs and artifacts, written and checked."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tarl.errors import Denied, Exceeded, Missing
from tarl.interfaces.cli import exits
from tarl.interfaces.cli.files import read_text, stdout_by_default, write_whole
from tarl.interfaces.cli.invocation import Invocation, common_options
from tarl.interfaces.cli.program import command

if TYPE_CHECKING:
    from tarl.crypto.note import VerifierKey
    from tarl.interfaces.cli.provenance import Ledgers
    from tarl.journal.store import Store
    from tarl.provenance.bom.graph import Bill
    from tarl.provenance.bom.verifying import Verification

FORMATS = ("cyclonedx-1.6", "cyclonedx-1.7", "spdx-3.0.1", "spdx-2.3")


class _Group(click.Group):
    """``tarl sbom RUN`` is ``tarl sbom write RUN``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put ``write`` where no subcommand is named."""
        if args and args[0] not in (*self.commands, *ctx.help_option_names):
            args = ["write", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_Group, short_help="What a run or an artifact is made of, as a bill.")
def sbom() -> None:
    """Write and check bills of materials: `tarl sbom RUN` is `tarl sbom write RUN`."""


@sbom.command(short_help="Write a bill of materials.")
@click.argument("subject", metavar="RUN|ARTIFACT")
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default=FORMATS[0],
    show_default=True,
    help="Which standard, and which version of it.",
)
@click.option(
    "-o",
    "--output",
    "target",
    metavar="FILE",
    callback=stdout_by_default,
    help="Write it there (default: stdout).",
)
@click.option("--sign", is_flag=True, help="Write a signed in-toto statement that holds the bill.")
@click.option(
    "--as",
    "by",
    metavar="PRINCIPAL",
    multiple=True,
    help="Who signs it (default: the operator; may be repeated).",
)
@common_options
@click.pass_obj
def write(
    invocation: Invocation,
    subject: str,
    form: str,
    target: str | None,
    sign: bool,
    by: tuple[str, ...],
) -> None:
    """Write the bill of a run, or of a registered artifact: its digest, or its name.

    A run is registered as an artifact first, with its code, what is installed here, the models that
    it asked and what people decided. The same bill gives the same bytes.
    """
    from tarl.interfaces.cli.provenance import open_ledgers
    from tarl.provenance.bom.verifying import FORMATS as WRITERS

    with open_ledgers(invocation) as ledgers:
        bill = _bill(ledgers, subject)
        data = WRITERS[form](bill)
        if sign or by:
            data = _signed(invocation, ledgers, bill, data, form=form, by=by)
    if target is None:
        _print(invocation, data)
        return
    size = write_whole(Path(target), [data])
    if invocation.output.as_json:
        counts = {"components": len(bill.components), "relations": len(bill.relations)}
        invocation.output.document(
            "sbom", file=target, format=form, size_bytes=size, subject=bill.subject, **counts
        )
    else:
        invocation.output.note(
            f"wrote {target}, {size} bytes: {len(bill.components)} components,"
            f" {len(bill.relations)} relations; check it with: {command('sbom', 'verify', target)}"
        )


@sbom.command(short_help="Check a bill of materials.")
@click.argument("file", metavar="FILE")
@click.option(
    "--no-journal", is_flag=True, help="Check it by itself, without drawing it from the journal."
)
@click.option(
    "--key",
    "key_texts",
    metavar="KEY",
    multiple=True,
    help="A key whose signature counts, text or file, besides those of the journal (may be"
    " repeated).",
)
@common_options
@click.pass_obj
def verify(invocation: Invocation, file: str, no_journal: bool, key_texts: tuple[str, ...]) -> int:
    """Say whether a bill, or a signed statement that holds one, is what it was.

    It is drawn from the journal again, up to the place that it was drawn from, and compared: what
    was edited, left out or added is named. Without a journal it is checked by itself. The exit code
    is 6 when anything is wrong.
    """
    from tarl.provenance.bom.drawing import drawn_again
    from tarl.provenance.bom.verifying import verify as verify_bill

    data, keys = _contents(file), _keys(key_texts)
    db = invocation.db
    if no_journal or (isinstance(db, Path) and not db.exists()):
        return _show(invocation, file, verify_bill(data, keys=keys))
    with invocation.open_store() as store:
        others: Any = _journal_keys(invocation, store)
        known = ChainMap(keys, others)
        found = verify_bill(data, draw=drawn_again(store), keys=known)
    return _show(invocation, file, found)


def _keys(texts: tuple[str, ...]) -> dict[str, VerifierKey]:
    from tarl.crypto.note import parse_vkey

    found = {}
    for text in texts:
        key = parse_vkey(read_text(text, what="key") if Path(text).is_file() else text)
        found[key.label] = key
    return found


def _journal_keys(invocation: Invocation, store: Store) -> Mapping[str, VerifierKey]:
    """Whose keys count for who acts: its principals and, where the operator's key is, that."""
    from tarl.engines.embedded.clock import SystemClock
    from tarl.provenance.attestations.signers import present_keys

    keyring = invocation.keyring
    operators = [keyring.public("operator")] if keyring.exists() else []
    return present_keys(store, *operators, clock=SystemClock())(invocation.home())


def _print(invocation: Invocation, data: bytes) -> None:
    """The very bytes; on a terminal with what could act on it made visible."""
    out = invocation.output.stdout
    if out.isatty():
        invocation.output.data(data.decode().removesuffix("\n"))
    else:
        out.buffer.write(data)
        out.flush()


def _bill(ledgers: Ledgers, subject: str) -> Bill:
    from tarl.interfaces.cli.provenance import find_run_or_artifact
    from tarl.provenance.bom.drawing import of_artifact
    from tarl.provenance.lineage.environment import environment
    from tarl.provenance.lineage.registering import register_run
    from tarl.values.ids import RunId

    store, found = ledgers.artifacts.store, find_run_or_artifact(ledgers, subject)
    if not isinstance(found, RunId):
        return of_artifact(store, found.sha256, tenant=ledgers.tenant)
    drawing = register_run(ledgers.artifacts, found, by=ledgers.by, environment=environment())
    return of_artifact(store, drawing.root.sha256, tenant=found.tenant)


def _signed(
    invocation: Invocation,
    ledgers: Ledgers,
    bill: Bill,
    data: bytes,
    *,
    form: str,
    by: tuple[str, ...],
) -> bytes:
    from tarl.interfaces.cli.provenance import signers
    from tarl.provenance.attestations.predicates import CYCLONEDX, SPDX
    from tarl.provenance.attestations.statement import make
    from tarl.provenance.bom.verifying import subjects_of
    from tarl.values.canonical import decode, encode

    kind = CYCLONEDX if form.startswith("cyclonedx") else SPDX
    keys = signers(invocation, ledgers.people, by)
    return encode(make(subjects_of(bill), kind, decode(data), signers=keys)) + b"\n"


def _show(invocation: Invocation, file: str, found: Verification) -> int:
    output, verified = invocation.output, not found.problems
    if output.as_json:
        members: dict[str, Any] = found._asdict()
        output.document("sbom.verify", file=file, verified=verified, **members)
    else:
        for problem in found.problems:
            output.data(f"FAILED {problem}")
        if verified:
            output.data(f"ok: {found.format}, {found.components} components")
        for line in found.checked:
            output.data(f"  checked: {line}")
    return exits.OK if verified else exits.CORRUPT


def _contents(file: str) -> bytes:
    from tarl.provenance.bom.reading import DOCUMENT_BYTES_MAX

    path = Path(file)
    try:
        if path.stat().st_size > DOCUMENT_BYTES_MAX:
            raise Exceeded(
                f"{file} has more than {DOCUMENT_BYTES_MAX} bytes",
                code="bill.oversized",
                next_step="give a bill of materials that tarl sbom write makes",
            )
        return path.read_bytes()
    except FileNotFoundError:
        raise Missing(f"no bill at {file}", code="input.missing", path=file) from None
    except OSError as error:
        raise Denied(
            f"{file} cannot be read: {error.strerror}", code="input.unreadable", path=file
        ) from None
