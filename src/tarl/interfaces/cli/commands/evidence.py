"""``tarl export`` and ``tarl checkpoint``: what others can check without trust, and the check."""

from __future__ import annotations

import argparse
import base64
import shlex
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tarl.errors import Invalid, Unavailable
from tarl.interfaces.cli.files import (
    PIPE,
    read_text,
    require_pipe,
    stdout_by_default,
    write_out,
    write_whole,
)
from tarl.interfaces.cli.invocation import Invocation, common_options
from tarl.interfaces.cli.program import as_typed
from tarl.interfaces.cli.run_refs import RUN_REF

if TYPE_CHECKING:
    from tarl.journal.store import Checkpoint, Store

SIGNER_WAIT_S = 3.0
"""A process that is running workflows signs once a second."""


@click.command(short_help="Write a run's evidence to a file.")
@click.argument("run", metavar="RUN", type=RUN_REF)
@click.option(
    "-o",
    "--output",
    "target",
    metavar="FILE",
    required=True,
    help="The evidence file; - is stdout.",
)
@click.option(
    "--checkpoint",
    "checkpoint_file",
    metavar="NOTE",
    help="Prove that the log continues this earlier checkpoint, which somebody outside holds.",
)
@click.option(
    "--cosignature",
    "cosignature_files",
    metavar="FILE",
    multiple=True,
    help="A witness's cosignature of that checkpoint, in which the evidence is then anchored;"
    " later events are left out (may be repeated).",
)
@common_options
@click.pass_obj
def export(
    invocation: Invocation,
    run: str,
    target: str,
    checkpoint_file: str | None,
    cosignature_files: tuple[str, ...],
) -> None:
    """Write a run's evidence to a file, which `tarl-verify FILE --root KEY` checks anywhere. With
    `-o -` it goes to standard output, for a pipe.

    The file also holds the run's recording: `tarl replay FILE --code CODE` replays it.

    A statement for tools of the supply chain, which proves only who signed it, is what `tarl
    attest RUN` writes.
    """
    from tarl.interfaces.cli.commands.witness import parse_request
    from tarl.interfaces.cli.run_refs import find_run
    from tarl.provenance.evidence import export as evidence_of

    if cosignature_files and checkpoint_file is None:
        raise click.UsageError("--cosignature goes with the --checkpoint that it cosigns.")
    output = invocation.output
    require_pipe(output, target)
    with invocation.open_store() as store:
        run_id = find_run(store, run)
        keyring = invocation.keyring.ensure()
        since = []
        if checkpoint_file is not None:
            since = [parse_request(read_text(checkpoint_file, what="checkpoint")).note]
        if cosignature_files:
            lines = [read_text(file, what="cosignature") for file in cosignature_files]
            note = since.pop() + "".join(lines)
        else:
            note = signed_checkpoint(invocation, store).note
        parts = evidence_of(store, keyring, run_id, note=note, since=since)
        size = write_out(output, target, parts)
        root = keyring.public("root").vkey
    if output.as_json:
        data = {"run": run_id.ref, "file": target, "size_bytes": size, "root": root}
        output.document("export", **data)
    else:
        where = "to standard output" if target == PIPE else target
        output.note(f"wrote {where}, {size} bytes; anybody can check it with:")
        say = output.note if target == PIPE else output.data
        say(as_typed(f"tarl-verify {shlex.quote(target)} --root {root}"))


def verify_evidence(
    invocation: Invocation,
    subject: str,
    *,
    root: str | None,
    checkpoint: str | None,
    witness: tuple[str, ...],
) -> int:
    """Verify an evidence file or a run's evidence, say what is proved, and return the exit code."""
    if root is None:
        root = invocation.keyring.public("root").vkey
        invocation.output.note(f"verifying against the root key of {invocation.keyring.directory}")
    options = {"root": root, "checkpoint": checkpoint, "witness": list(witness)}
    if Path(subject).is_file():
        return _verify_file(invocation, Path(subject), options)
    if subject.endswith(".evidence"):
        read_text(subject, what="evidence")
    return _verify_run(invocation, subject, options)


def _verify_file(invocation: Invocation, file: Path, options: dict[str, Any]) -> int:
    import tarl_verify

    code, data, said = tarl_verify.check_file(argparse.Namespace(file=str(file), **options))
    output = invocation.output
    if code not in (0, 6):
        reason, next_step = data["code"], data["next_step"]
        raise Invalid(data["message"], code=reason, next_step=next_step)
    if output.as_json:
        output.document("verify", verified=code == 0, **data)
    else:
        for line in said:
            output.data(line)
    return code


def _verify_run(invocation: Invocation, text: str, options: dict[str, Any]) -> int:
    from tarl.interfaces.cli.run_refs import find_run
    from tarl.provenance.evidence import export as evidence_of

    with tempfile.TemporaryDirectory(prefix="tarl-verify-") as directory:
        file = Path(directory) / "run.evidence"
        with invocation.open_store() as store:
            run = find_run(store, text)
            note = signed_checkpoint(invocation, store).note
            keyring = invocation.keyring.ensure()
            write_whole(file, evidence_of(store, keyring, run, note=note))
        return _verify_file(invocation, file, options)


@click.command(short_help="Sign the log as it is now.")
@click.option(
    "-o",
    "--output",
    "target",
    metavar="NOTE",
    callback=stdout_by_default,
    help="Write it there.",
)
@click.option(
    "--since",
    metavar="SIZE",
    type=click.IntRange(min=1),
    help="Precede it with the proof that the log of SIZE events only grew, for a witness.",
)
@common_options
@click.pass_obj
def checkpoint(invocation: Invocation, target: str | None, since: int | None) -> None:
    """Sign the log as it is now and print the checkpoint (C2SP signed note).

    Keep it elsewhere, or have it cosigned: evidence that is verified against it later cannot come
    from an older or a forked log.
    """
    from tarl.crypto.note import parse_checkpoint, split_note
    from tarl.journal.log import Log

    invocation.require_operator()
    with invocation.open_store() as store:
        signed = signed_checkpoint(invocation, store)
        text = signed.note
        if since is not None:
            if since > signed.size:
                raise Invalid(
                    f"the log has {signed.size} events, fewer than {since}",
                    code="log.shorter",
                    next_step="say the size that the witness cosigned",
                )
            proof = Log(store).consistency(since, signed.size)
            lines = "".join(f"{base64.b64encode(step).decode()}\n" for step in proof)
            text = f"old {since}\n{lines}\n{text}"
    root = parse_checkpoint(split_note(signed.note)[0]).root
    if target is not None:
        write_whole(Path(target), [text.encode()])
    if invocation.output.as_json:
        data = {"size": signed.size, "root": base64.b64encode(root).decode(), "note": text}
        invocation.output.document("checkpoint", **data)
    elif target is not None:
        invocation.output.note(f"wrote {target}: the log at {signed.size} events")
    else:
        invocation.output.data(text.removesuffix("\n"))


def signed_checkpoint(invocation: Invocation, store: Store) -> Checkpoint:
    """A checkpoint over the log as it is now, marked as published.

    When another process is the log's signer, its next checkpoint is waited for.

    Raises:
        Unavailable: the signer does not sign (``log.signer_busy``).
    """
    from tarl.engines.embedded.checkpointer import Checkpointer
    from tarl.engines.embedded.clock import SystemClock

    size = store.log_size()
    checkpointer = Checkpointer(store, invocation.keyring.ensure(), SystemClock())
    try:
        deadline = time.monotonic() + SIGNER_WAIT_S
        while True:
            try:
                return checkpointer.sign(publish=True)
            except Unavailable as error:
                newest = next(iter(store.checkpoints()), None)
                if newest is not None and newest.size >= size:
                    published = newest._replace(published=True)
                    store.keep_checkpoint(published, [])
                    return published
                if error.code != "log.signer_busy" or time.monotonic() >= deadline:
                    raise
            time.sleep(0.1)
    finally:
        checkpointer.close()
