"""What the runs of one worker share with its journal: the code by name, and the way to the store.

Temporal runs a workflow's code in a thread; the journal belongs to the event loop's. What a run
needs of the journal in the middle of its code (a large value, the screen) is asked for across.
Both are the same whenever they are asked, so a replay gets the same answer:

1. A large value is named by its digest; putting it again changes nothing.
2. The screen decides by the run and the tenant's key.
"""

from __future__ import annotations

import asyncio
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import Any, Protocol, TypeVar

from tarl.engines.embedded.engine import Engine
from tarl.engines.temporal.ahead import Ahead
from tarl.engines.temporal.record import RunLogs
from tarl.engines.temporal.wire import OWN
from tarl.errors import Invalid, Missing, TarlError, Unavailable
from tarl.journal.store import Batch
from tarl.kernel import guard
from tarl.kernel.commands import Screened
from tarl.kernel.definition import Activity, Workflow
from tarl.kernel.limits import Limits
from tarl.kernel.values import Shelf
from tarl.values.ids import RunId

T = TypeVar("T")

_WAIT_S = 1.5
"""How long code waits for the journal: Temporal takes two seconds for a deadlock."""


class RunShelf(Shelf, Protocol):
    """What a run needs of the journal in the middle of its code.

    Attributes:
        fault: Why the code cannot go on without an answer, if it got none.
    """

    fault: TarlError | None

    @property
    def screened(self) -> Screened | None:
        """What takes out of the arguments of steps what is not to be recorded; None to leave it
        in.
        """


class Code(ABC):
    """The code of one process by wire name, and what every run of it is given.

    Args:
        limits: The bounds of a run.
        workflows: Those that it runs.
        activities: Those that it carries out.

    Raises:
        Invalid: two definitions of one name, or one that Temporal cannot have
            (``temporal.unmappable``).
    """

    def __init__(
        self,
        limits: Limits,
        *,
        workflows: Iterable[Workflow[..., Any]],
        activities: Iterable[Activity[..., Any]],
    ) -> None:
        self.limits = limits
        self.workflows: dict[str, Workflow[..., Any]] = {}
        self.activities: dict[str, Activity[..., Any]] = {}
        for workflow in workflows:
            _add(self.workflows, workflow)
        for activity in activities:
            _add(self.activities, activity)
            if activity.compensate is not None:
                _add(self.activities, activity.compensate)

    @abstractmethod
    def shelf(self, run: RunId) -> RunShelf:
        """What a run is given for its large values."""

    @abstractmethod
    def decided(self, run: RunId, step: int) -> None:
        """A run's code has decided on a step, which Temporal is about to hand out."""

    def workflow(self, name: str) -> Workflow[..., Any]:
        """The workflow of a wire name.

        Raises:
            Missing: its code is not loaded.
        """
        found: Workflow[..., Any] = _found(self.workflows, name, "workflow")
        return found

    def activity(self, name: str) -> Activity[..., Any]:
        """The activity of a wire name.

        Raises:
            Missing: its code is not loaded.
        """
        found: Activity[..., Any] = _found(self.activities, name, "activity")
        return found

    def met(self, activity: Activity[..., Any]) -> bool:
        """Whether a call is of the activity as it is declared; one that no module names is known
        from now on, for this worker.
        """
        return self.activities.setdefault(activity.name, activity) is activity


class Home(Code):
    """One worker's code and journal.

    Args:
        engine: The journal, the gateway and the rest.
        workflows: Those that it runs.
        activities: Those that it carries out.

    Attributes:
        logs: The records of the runs.
        ahead: What looks at them before a step comes.

    Raises:
        Invalid: as ``Code``.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        workflows: Iterable[Workflow[..., Any]],
        activities: Iterable[Activity[..., Any]],
    ) -> None:
        super().__init__(engine.limits, workflows=workflows, activities=activities)
        self.engine = engine
        self.logs = RunLogs(engine)
        self.ahead = Ahead(engine, self.logs)

    def decided(self, run: RunId, step: int) -> None:
        """See ``Code.decided``."""
        self.ahead.decided(run, step)

    def ask(self, question: Callable[..., T], *args: Any) -> T:
        """Ask the journal from the thread of a workflow's code.

        Raises:
            Unavailable: it does not answer in time (``journal.unreachable``).
        """
        with guard.suspended():
            answer = asyncio.run_coroutine_threadsafe(_asked(question, args), self.engine.loop)
            try:
                return answer.result(_WAIT_S)
            except TimeoutError as error:  # Temporal would take it for the end of the run
                answer.cancel()
                raise Unavailable(
                    f"the journal has not answered within {_WAIT_S} s",
                    code="journal.unreachable",
                    next_step="nothing: Temporal tries again; see that the journal may be reached",
                ) from error

    def shelf(self, run: RunId) -> RunShelf:
        """See ``Code.shelf``: in the journal's blobs."""
        return TenantShelf(self, run)


class TenantShelf:
    """The large values of one tenant's runs, for the code of a workflow.

    Attributes:
        fault: What went wrong with the journal in the middle of the code's turn. Whatever the code
            made of it does not count.
    """

    def __init__(self, home: Home, run: RunId) -> None:
        self._home = home
        self._run = run
        self.fault: TarlError | None = None

    def put(self, data: bytes) -> str:
        """See ``Shelf.put``; it is on disk when this returns."""
        return self.ask(self._put, data)

    def get(self, digest: str) -> bytes:
        """See ``Shelf.get``."""
        store = self._home.engine.store
        return self.ask(store.blob, self._run.tenant, bytes.fromhex(digest))

    def screened(self, activity: Activity[..., Any], data: bytes) -> bytes:
        """See ``RunShelf.screened``: the gateway's screen, which knows the tenant's key."""
        screen = self._home.engine.gateway.screen
        return self.ask(screen.arguments, self._run, activity, data)

    def ask(self, question: Callable[..., T], *args: Any) -> T:
        """See ``Home.ask``; what is refused is remembered."""
        try:
            return self._home.ask(question, *args)
        except TarlError as error:
            self.fault = error
            raise

    def _put(self, data: bytes) -> str:
        store = self._home.engine.store
        first = next(store.read(self._run.stream, until=1), None)
        codec = store.codec.of(self._run.tenant) if first is None else store.codec.as_in(first)
        digest, stored = codec.store_blob(self._run.tenant, data)
        store.commit(Batch((), [(digest, stored)]))
        return digest.hex()


def beside(workflows: Iterable[Workflow[..., Any]]) -> list[Activity[..., Any]]:
    """The activities that the modules of workflows define or import."""
    modules = {workflow.fn.__module__: None for workflow in workflows}
    values = [value for name in modules for value in vars(sys.modules[name]).values()]
    return [value for value in values if isinstance(value, Activity)]


async def _asked(question: Callable[..., T], args: tuple[Any, ...]) -> T:
    return question(*args)


def _add(known: dict[str, Any], definition: Activity[..., Any] | Workflow[..., Any]) -> None:
    name = definition.name
    if known.setdefault(name, definition).fn is not definition.fn:  # options may differ
        raise Invalid(
            f"two of the loaded definitions are named {name!r}",
            code="temporal.unmappable",
            next_step="give one of them another name: name=...",
            name=name,
        )
    if name in OWN:
        raise Invalid(
            f"{name!r} is the adapter's own",
            code="temporal.unmappable",
            next_step="give it another name: name=...",
            name=name,
        )


def _found(known: dict[str, Any], name: str, what: str) -> Any:
    try:
        return known[name]
    except KeyError:
        raise Missing(
            f"no {what} {name!r} is loaded in this worker",
            code=f"{what}.unknown",
            next_step="start it with the code: tarl worker --engine temporal --code FILE",
            name=name,
        ) from None
