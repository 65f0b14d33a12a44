"""Guardrails that are given as functions: known by their id, to the object that was given them.

So that runs of this process are guarded by them too, the newest function of an id is declared for
the whole process. An object asks its own functions, and those that a decorator declared.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tarl.errors import Conflict, Invalid
from tarl.governance.safety.builtin import declared_guardrails
from tarl.governance.safety.guardrails import TIMEOUT_MS_MAX, Asked, Guardrail, Guardrails
from tarl.values.verdict import Allow, Deny, Reason, Verdict

CheckFn = Callable[[str, dict[str, Any]], object]


class Direct:
    """A function that can be replaced, as the room of safety calls it."""

    def __init__(self, id: str, name: str, function: CheckFn) -> None:
        self.id = id
        self.name = name
        self.function = function

    def __call__(self, asked: Asked) -> Verdict:
        answer: Any = self.function(asked.activity, dict(asked.arguments))
        if answer is True:
            return Allow()
        if answer is False:
            text = f"{self.name} refuses it"
            return Deny((Reason(code="safety.guardrail", text=text, facts={"guardrail": self.id}),))
        verdict: Verdict = answer  # the room sees whether it is one
        return verdict


_DECLARED: dict[str, Direct] = {}


class Functions(Guardrails):
    """The guardrails of one object, by id."""

    def __init__(self) -> None:
        super().__init__()
        self._direct: dict[str, Direct] = {}

    def register_direct(self, id: str, name: str, function: CheckFn | None) -> None:
        """Know a function by its id, instead of the one that it was known by.

        Raises:
            Invalid: no plain function, or none that is declared (``guardrail.type``).
            Conflict: a decorator declared another function of that id (``guardrail.exists``).
        """
        declared = _declared_elsewhere(id)
        if function is None:
            if declared is None:
                raise Invalid(
                    f"no guardrail {id[:80]!r} is declared, and no function is given",
                    code="guardrail.type",
                    next_step="give check_function, or declare one with @guardrail",
                )
            return
        if declared is not None:
            raise Conflict(
                f"another guardrail is declared as {id}",
                code="guardrail.exists",
                next_step="give one of them another id",
                guardrail=id,
            )
        _keep(self, self._direct, id, name, function)
        _keep(declared_guardrails(), _DECLARED, id, name, function)

    def get(self, name: str) -> Guardrail | None:
        """The guardrail of a name, if this object has it."""
        return super().get(name) or _declared_elsewhere(name)

    def function(self, id: str) -> CheckFn | None:
        """The function that was given, if one was."""
        known = self._direct.get(id)
        return None if known is None else known.function


def _declared_elsewhere(id: str) -> Guardrail | None:
    """A guardrail that was declared for the process, and not through this face."""
    found = declared_guardrails().get(id)
    return None if found is None or isinstance(found.check, Direct) else found


def _keep(
    known: Guardrails, direct: dict[str, Direct], id: str, name: str, function: CheckFn
) -> None:
    if not callable(function):
        raise Invalid(
            f"the guardrail {id} is no plain function",
            code="guardrail.type",
            next_step="give a function of the action and the context",
        )
    held = direct.get(id)
    if held is not None:
        held.name, held.function = name, function
        return
    new = Direct(id, name, function)
    known.register(new, name=id, timeout_ms=TIMEOUT_MS_MAX)
    direct[id] = new
