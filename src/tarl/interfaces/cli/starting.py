"""Services that start before their database or Temporal server does: they wait for it, within
bounds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import TypeVar

import click

from tarl.errors import Unavailable
from tarl.interfaces.cli.output import Output
from tarl.journal.patience import AWAY

T = TypeVar("T")

WAIT_S = 60.0
"""About what a server takes that is started at the same time."""

_ASK_S_MIN, _ASK_S_MAX = 0.25, 5.0
"""How soon it is asked again at first, and at last: the wait doubles in between."""

wait_option = click.option(
    "--wait",
    "wait_s",
    type=click.FloatRange(min=0, max=86_400),
    default=WAIT_S,
    show_default=True,
    metavar="SECONDS",
    help="How long a database or Temporal server that does not answer at first is waited for.",
)


async def entered(
    stack: AsyncExitStack,
    opened: Callable[[], AbstractAsyncContextManager[T]],
    *,
    wait_s: float,
    output: Output,
) -> T:
    """What is opened over the journal, tried again while its database does not answer; the stack
    closes it.

    Raises:
        TarlError: what the journal refuses; once ``wait_s`` have passed, that it is away.
    """
    return await awaited(
        lambda: stack.enter_async_context(opened()),
        lambda error: error.code in AWAY,
        name="the database",
        wait_s=wait_s,
        output=output,
    )


async def awaited(
    reach: Callable[[], Awaitable[T]],
    is_away: Callable[[Unavailable], bool],
    *,
    name: str,
    wait_s: float,
    output: Output,
) -> T:
    """What is reached, tried again while the error says that it is only away.

    Args:
        name: What answers at last, as people are told.

    Raises:
        TarlError: as ``reach``; once ``wait_s`` have passed, also that it is away.
    """
    loop = asyncio.get_running_loop()
    deadline_s, ask_s = loop.time() + wait_s, _ASK_S_MIN
    told = False
    while True:
        try:
            found = await reach()
        except Unavailable as error:
            left_s = deadline_s - loop.time()
            if not is_away(error) or left_s <= 0:
                raise
            if not told:
                output.note(f"{error.message}; waiting for it for up to {wait_s:g} s")
                told = True
            await asyncio.sleep(min(ask_s, left_s))
            ask_s = min(2 * ask_s, _ASK_S_MAX)
        else:
            if told:
                output.note(f"{name} answers")
            return found
