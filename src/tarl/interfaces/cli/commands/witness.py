"""``tarl witness``: cosignatures of somebody who watches a log from outside.

A witness cosigns a checkpoint only if the log that it saw before is a prefix of it. What it reads
is a signed note, or an add-checkpoint request (C2SP tlog-witness): ``old <size>``, the consistency
proof in base64 lines, an empty line, the note.
"""

from __future__ import annotations

import base64
import binascii
import time
from pathlib import Path
from typing import NamedTuple

import click

from tarl.errors import Conflict, Corrupt, Invalid
from tarl.interfaces.cli.files import read_text, stdout_by_default, write_whole
from tarl.interfaces.cli.invocation import Invocation, common_options

PROOF_LINES_MAX = 63


class Request(NamedTuple):
    """A checkpoint to cosign, and the proof that it extends the log of ``old_size``."""

    old_size: int
    proof: list[bytes]
    note: str


@click.group(short_help="Cosign checkpoints as an outside witness.")
def witness() -> None:
    """Cosign other people's checkpoints, so that a log cannot show two faces.

    Run it where the log's owner has no access: with a TARL_HOME of the witness's own.
    """


@witness.command(short_help="Make this home's witness key.")
@common_options
@click.pass_obj
def init(invocation: Invocation) -> None:
    """Make this home's witness key, once, and print the key that verifies its cosignatures."""
    vkey = invocation.keyring.init_witness().vkey
    if invocation.output.as_json:
        invocation.output.document("witness.init", key=vkey)
    else:
        invocation.output.data(vkey)


@witness.command(short_help="Cosign a checkpoint.")
@click.argument("file", metavar="FILE")
@click.option("--log", "log_key", metavar="KEY", required=True, help="The log's key: text or file.")
@click.option(
    "-o",
    "--output",
    "target",
    metavar="FILE",
    callback=stdout_by_default,
    help="Write the cosignature there.",
)
@common_options
@click.pass_obj
def cosign(invocation: Invocation, file: str, log_key: str, target: str | None) -> None:
    """Cosign the checkpoint in FILE and print the cosignature line.

    FILE is what `tarl checkpoint` writes. After the first time it must hold the proof that the log
    only grew since: `tarl checkpoint --since SIZE`, with the SIZE that was cosigned last.
    """
    from tarl.crypto.note import cosign as cosigned
    from tarl.crypto.note import open_note, parse_checkpoint, parse_vkey

    request = parse_request(read_text(file, what="checkpoint"))
    key_text = read_text(log_key, what="key") if Path(log_key).is_file() else log_key
    text, _ = open_note(request.note, parse_vkey(key_text))
    seen = parse_checkpoint(text)
    keyring = invocation.keyring
    signer = keyring.signer("witness")
    slot = f"witness {seen.origin}"
    kept = keyring.kept_checkpoint(slot)
    if kept is not None:
        _require_growth(request, old_text=kept, new_text=text)
    note = cosigned(request.note, signer, at_s=int(time.time()))
    keyring.keep_checkpoint(slot, text)
    line = note.removeprefix(request.note)
    if target is not None:
        write_whole(Path(target), [line.encode()])
    if invocation.output.as_json:
        data = {"origin": seen.origin, "size": seen.size, "cosignature": line}
        invocation.output.document("witness.cosign", **data)
    elif target is None:
        invocation.output.data(line.rstrip("\n"))
    else:
        invocation.output.note(f"cosigned {seen.origin} at size {seen.size}: {target}")


def parse_request(text: str) -> Request:
    """A signed note alone, or an add-checkpoint request.

    Raises:
        Invalid: neither (``witness.request``).
    """
    if not text.startswith("old "):
        return Request(0, [], text)
    head, blank, note = text.partition("\n\n")
    first, *lines = head.split("\n")
    size = first.removeprefix("old ")
    try:
        proof = [base64.b64decode(line, validate=True) for line in lines]
    except (binascii.Error, ValueError):
        proof = [b""]
    sound = blank and size.isascii() and size.isdigit() and len(lines) <= PROOF_LINES_MAX
    if not sound or any(len(step) != 32 for step in proof):
        raise Invalid(
            "not a signed checkpoint, nor a request with a proof before one",
            code="witness.request",
            next_step="tarl checkpoint --since SIZE -o FILE writes one",
        )
    return Request(int(size), proof, note)


def _require_growth(request: Request, *, old_text: str, new_text: str) -> None:
    """Refuse a log that does not extend the one that was cosigned before."""
    from tarl.crypto.note import parse_checkpoint
    from tarl.journal.merkle import verify_consistency

    old, new = parse_checkpoint(old_text), parse_checkpoint(new_text)
    if new.size < old.size:
        raise Corrupt(
            f"the checkpoint has {new.size} events; {old.size} were cosigned already",
            code="witness.older",
            next_step="do not cosign it: the log was cut or replaced",
            cosigned=old.size,
            size=new.size,
        )
    if new.size > old.size and request.old_size != old.size:
        raise Conflict(
            f"the last cosigned size is {old.size}; the proof starts from {request.old_size}",
            code="witness.proof",
            next_step=f"tarl checkpoint --since {old.size} -o FILE",
            cosigned=old.size,
        )
    verify_consistency(
        old_size=old.size,
        old_root=old.root,
        size=new.size,
        root=new.root,
        proof=request.proof if new.size > old.size else [],
    )
