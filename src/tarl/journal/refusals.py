"""What every store refuses, in the same words."""

from __future__ import annotations

from pathlib import Path

from tarl.errors import Conflict, Missing


def taken_over(stream: str, *, epoch: int, current: int) -> Conflict:
    """The refusal of a writer whose ownership of a stream has passed."""
    return Conflict(
        f"{stream} was taken over by another process",
        code="journal.epoch",
        next_step="leave the run to its new owner",
        stream=stream,
        epoch=epoch,
        current=current,
    )


def not_next(stream: str, *, seq: int, head: int) -> Conflict:
    """The refusal of an event that does not follow its stream's last one."""
    return Conflict(
        f"{stream} is at {head}; event {seq} does not follow",
        code="journal.position",
        next_step="read the stream again and decide anew",
        stream=stream,
        seq=seq,
        head=head,
    )


def other_tables() -> Conflict:
    """The refusal of a batch that rests upon tables which somebody has changed."""
    return Conflict(
        "what the commit rests upon has changed",
        code="journal.tables",
        next_step="read the tables again and decide anew",
    )


def no_stream(stream: str) -> Missing:
    """The answer about a stream without events."""
    return Missing(f"no stream {stream}", code="journal.no_stream", stream=stream)


def moved(path: Path, place: str) -> Conflict:
    """The refusal to write to a file whose journal goes on in a database."""
    return Conflict(
        f"{path} was moved to {place}",
        code="journal.moved",
        next_step="go on there: --db with that database's URL",
        path=str(path),
    )
