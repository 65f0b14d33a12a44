"""The line to a server, for those who must not stand still while it is away: an event loop.

1. Whoever cannot wait says so (``unwaiting``). From then on a call that finds its connection lost
   tries once to make another; where that fails, the server counts as away.
2. An answer that does not come within ``patience_s`` counts as a connection that is lost. Each time
   that happens the next is given twice as long, so that a server which is only slow is heard.
3. While the server is away every call is refused at once, and a thread tries to reach it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any

import psycopg

from tarl.errors import TarlError, Unavailable
from tarl.journal.place import shown

PATIENCE_S_MIN, PATIENCE_S_MAX = 1.0, 30.0
"""How long an answer may take before the loop has something better to do."""

FORGOTTEN_S = 60.0
"""After so long without one, a silence is forgotten, and the next is given the least time again."""

CONNECT_S_MAX = 2
"""How long a connection may take; libpq knows no less."""

_LOOK_S_MIN, _LOOK_S_MAX = 0.05, 1.0


class Line:
    """What the sessions of one store know of their server.

    Args:
        url: The database.
        reach: Makes a connection and closes it; raises what ``connect`` does.

    Attributes:
        outages: How many calls were refused because the server was away, or found that it was.
    """

    def __init__(self, url: str, reach: Callable[[], object]) -> None:
        self.outages = 0
        self._url = url
        self._reach = reach
        self._unwaiting = 0
        self._patience_s = PATIENCE_S_MIN
        self._silent_s = -FORGOTTEN_S
        self._away = threading.Event()
        self._ended = threading.Event()

    @property
    def is_unwaiting(self) -> bool:
        """Whether nobody may be kept waiting."""
        return self._unwaiting > 0

    @contextmanager
    def unwaiting(self) -> Iterator[None]:
        """Keep nobody waiting meanwhile."""
        self._unwaiting += 1
        try:
            yield
        finally:
            self._unwaiting -= 1

    def check(self) -> None:
        """Refuse a call while the server is away.

        Raises:
            Unavailable: it is (``journal.unreachable``).
        """
        if self._away.is_set() and self.is_unwaiting:
            self.outages += 1
            raise Unavailable(
                f"{shown(self._url)} does not answer",
                code="journal.unreachable",
                next_step="check that the server runs and may be reached",
                database=shown(self._url),
            )

    def lose(self) -> None:
        """The server does not answer: have it looked for."""
        self.outages += 1
        if not self._away.is_set():
            self._away.set()
            threading.Thread(target=self._look, name="tarl-line", daemon=True).start()

    @property
    def patience_s(self) -> float:
        """How long an answer may take now."""
        is_forgotten = monotonic() - self._silent_s > FORGOTTEN_S
        return PATIENCE_S_MIN if is_forgotten else self._patience_s

    def silent(self) -> None:
        """An answer did not come in time."""
        self._patience_s = min(2 * self.patience_s, PATIENCE_S_MAX)
        self._silent_s = monotonic()
        self.lose()

    def end(self) -> None:
        """Look no further."""
        self._ended.set()

    def _look(self) -> None:
        wait_s = _LOOK_S_MIN
        while not self._ended.wait(wait_s):
            try:
                self._reach()
            except TarlError:
                wait_s = min(2 * wait_s, _LOOK_S_MAX)
            else:
                break
        self._away.clear()


class Heard(psycopg.Connection[Any]):
    """A connection that gives up an answer which does not come in time, where nobody may wait.

    Attributes:
        line: Whose it is; without one it waits as long as it takes.
    """

    line: Line | None = None

    def wait(self, gen: Generator[Any, Any, Any], *args: Any, **more: Any) -> Any:
        """See ``psycopg.Connection.wait``."""
        line = self.line
        if line is None or not line.is_unwaiting:
            return super().wait(gen, *args, **more)
        try:
            return super().wait(_bounded(gen, monotonic() + line.patience_s), *args, **more)
        except TimeoutError as error:
            self.pgconn.finish()  # what still comes would be taken for another's answer
            said = f"no answer within {line.patience_s:g} s"
            line.silent()
            raise psycopg.OperationalError(said) from error


def _bounded(gen: Generator[Any, Any, Any], until_s: float) -> Generator[Any, Any, Any]:
    """A generator of libpq's waits that gives up when it is time."""
    try:
        wanted = next(gen)
        while True:
            ready = yield wanted
            if not ready and monotonic() > until_s:
                raise TimeoutError
            wanted = gen.send(ready)
    except StopIteration as done:
        return done.value
