"""What a library finds around it when its loop runs inside a run: times and dice that every replay
gives again, from the run's recorded time and a random stream of the library's own; and what it
would give to a thread is computed at once, in the run's loop, where the guard sees it.

What is not named here the guard refuses as ever.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from tarl.kernel import guard
from tarl.kernel.context import Context


def surrounded(ctx: Context, library: str) -> AbstractContextManager[None]:
    """Let a library draw times and dice inside a run.

    Args:
        ctx: The run.
        library: Whose random stream it is: other draws of the run are not shifted by it.
    """
    dice = ctx.random(f"library:{library}")

    def seconds() -> float:
        return ctx.now().timestamp()

    def at_once(compute: Callable[..., Any], *args: Any) -> Any:
        return compute(*args)

    def nanoseconds() -> int:
        return round(ctx.now().timestamp() * 1_000) * 1_000_000

    return guard.answering(
        {
            "asyncio.run_in_executor()": at_once,
            "os.urandom()": dice.randbytes,
            "uuid.uuid4()": lambda: uuid.UUID(int=dice.getrandbits(128), version=4),
            "random.random()": dice.random,
            "random.getrandbits()": dice.getrandbits,
            "time.time()": seconds,
            "time.time_ns()": nanoseconds,
            "time.monotonic()": seconds,
            "time.monotonic_ns()": nanoseconds,
            "time.perf_counter()": seconds,
            "time.perf_counter_ns()": nanoseconds,
        }
    )
