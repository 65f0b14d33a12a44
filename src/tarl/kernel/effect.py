"""An effect on its way to the world: who wants to do what, under which key, and what it aims at."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from typing import Any

import msgspec

from tarl.kernel.acting import Acting
from tarl.kernel.aims import resource_of, spent_by
from tarl.kernel.commands import Command
from tarl.kernel.definition import Activity, Workflow
from tarl.kernel.taint import Suspicion
from tarl.values.digest import length_prefixed
from tarl.values.ids import RunId


class Effect(msgspec.Struct, eq=False):
    """What a gate is asked about. It does not change; what follows from it is worked out once.

    Attributes:
        run: Where it comes from.
        step: Which step of the run it is.
        activity: What is called.
        command: With which arguments.
        acting: For whom it is done, if for an agent.
        journal: The name of the journal that records it: in another one, the same run and step are
            another effect.
        workflow: The code that asks for it; None where no run of this process does.
    """

    run: RunId
    step: int
    activity: Activity[..., Any]
    command: Command
    acting: Acting | None = None
    journal: str = ""
    workflow: Workflow[..., Any] | None = None
    _key: str | None = None
    _arguments: Mapping[str, Any] | None = None
    _resource: str | None = None

    @property
    def key(self) -> str:
        """The idempotency key, the same for every attempt of this step, and for every call by the
        same token: 64 hex digits.
        """
        if self._key is None:
            self._key = self._named()
        return self._key

    def _named(self) -> str:
        token = self.activity.token
        if token is not None:
            names = (self.journal, self.run.tenant, self.activity.name, token)
            shared = length_prefixed(b"tarl.token-key/2", *(name.encode() for name in names))
            return sha256(shared).hexdigest()
        return sha256(_steps_of(self.journal, self.run) + self.step.to_bytes(8, "big")).hexdigest()

    @property
    def actions(self) -> tuple[str, ...]:
        """The capabilities that it takes, in order: what its activity needs, or the call itself."""
        return self.activity.actions

    @property
    def arguments(self) -> Mapping[str, Any]:
        """The arguments by parameter, as JSON values; plain defaults for those left out."""
        if self._arguments is None:
            self._arguments = self.command.named_arguments()
        return self._arguments

    @property
    def suspicion(self) -> Suspicion | None:
        """What is suspect about it: set once something untrusted has entered its run."""
        return self.command.suspicion

    @property
    def resource(self) -> str:
        """What it acts on.

        Raises:
            Invalid: an argument that cannot be a part of it.
        """
        if self._resource is None:
            fixed = self.activity.fixed_resource
            self._resource = fixed or resource_of(self.activity, self.arguments)
        return self._resource

    @property
    def spends(self) -> Mapping[str, int]:
        """What it takes from its agent's budgets, by unit.

        Raises:
            Invalid: an argument that is no amount.
        """
        return spent_by(self.activity, self.arguments) if self.activity.spends else {}

    @property
    def output(self) -> str:
        """``text`` for an activity that is declared to return one, else ``data``."""
        return "text" if self.activity.result_type is str else "data"

    @property
    def intent(self) -> str:
        """SHA-256 in hex of what records the intent, its arguments included: the body of the step's
        ``step.scheduled/1``, or a task's payload.
        """
        return sha256(self.command.body).hexdigest()


@lru_cache(maxsize=1_024)
def _steps_of(journal: str, run: RunId) -> bytes:
    """What the keys of a run's steps are hashes of, up to the step's 8 bytes."""
    names = (journal.encode(), run.stream.encode())
    return length_prefixed(b"tarl.key/2", *names, bytes(8))[:-8]
