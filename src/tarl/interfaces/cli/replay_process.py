"""The program of a process that replays histories of Temporal's for ``tarl replay --all``.

It is told on stdin what the command line said and which code to load. Whatever the code prints goes
to stderr: stdout is for answers.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO

import msgspec

from tarl.errors import Missing, TarlError
from tarl.interfaces.cli.exits import leave

if TYPE_CHECKING:
    from tarl.engines.temporal.replaying import Find
    from tarl.interfaces.cli.invocation import Invocation
    from tarl.journal.store import Store
    from tarl.kernel.definition import Workflow


class Setup(msgspec.Struct, frozen=True, kw_only=True):
    """What the process needs: the options of the command line that name settings, and the files of
    the code.
    """

    flags: dict[str, Any]
    code: tuple[str, ...]


def main() -> int:
    """Serve the process that started this one until it says nothing more."""
    source, target = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    from tarl.engines.temporal.replay_process import read_frame, told, write_frame

    frame = read_frame(source)
    if frame is None:
        return 0
    try:
        asyncio.run(_serve(msgspec.msgpack.decode(frame, type=Setup), source, target))
    except TarlError as error:
        write_frame(target, told(error))
    return 0


async def _serve(setup: Setup, source: BinaryIO, target: BinaryIO) -> None:
    from tarl.engines.temporal.replay_process import serve
    from tarl.engines.temporal.replaying import Replays
    from tarl.interfaces.cli.code_loading import load_all
    from tarl.interfaces.cli.invocation import Invocation

    invocation = Invocation()
    for option, value in setup.flags.items():
        invocation.take(option, value)
    keep_quiet()
    load_all(invocation, setup.code)
    with open_journal(invocation) as store:
        find = finding(invocation, "replay", "--all", "--engine", "temporal")
        async with Replays(find, store, limits=invocation.limits) as replays:
            await serve(replays, source, target)


@contextmanager
def open_journal(invocation: Invocation) -> Iterator[Store | None]:
    """The journal, for large values and keys; None where there is none and none was named.

    Raises:
        Missing: one was named, and is not there (``journal.missing``).
    """
    if not invocation.has_journal() and "db" not in invocation.flags:
        yield None
        return
    with invocation.open_store() as store:
        yield store


def finding(invocation: Invocation, *retry: str) -> Find:
    """Finds loaded workflows by their wire names; where one is not, ``retry`` is the command to
    repeat with its code.
    """
    from tarl.interfaces.cli.code_loading import load_own, with_code_hint
    from tarl.kernel.definition import DECLARED

    def find(name: str) -> Workflow[..., Any]:
        load_own(name)
        try:
            return DECLARED.find(name)
        except Missing as error:
            raise with_code_hint(invocation, error, retry=retry) from None

    return find


def keep_quiet() -> None:
    """Leave what a replay comes to to its outcome: Temporal's library would log each divergence."""
    import logging

    logging.getLogger("temporalio").setLevel(logging.CRITICAL + 1)


if __name__ == "__main__":
    leave(main())
