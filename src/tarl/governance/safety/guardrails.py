"""Guardrails: functions that look at an effect before it runs, found by their registered name.

A guardrail answers with a verdict. What it does not allow counts by its severity: from ``HIGH`` on
the effect is denied, at ``CRITICAL`` its action is blocked as well; below, it is recorded and runs.
A guardrail that raises, answers no verdict or takes too long denies, whatever its severity.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Literal, NamedTuple, TypeVar

import msgspec

from tarl.errors import Conflict, Exceeded, Invalid
from tarl.governance.severity import Severity, severity
from tarl.values.ids import check_name
from tarl.values.verdict import Verdict

TIMEOUT_MS = 100
"""The effect, and every other run of the process, waits so long for a guardrail at most."""

TIMEOUT_MS_MAX = 1_000

TEXT_DEPTH_MAX = 64
"""What is nested deeper is not read, and therefore not let pass."""


On = Literal["call", "result"]
"""Whether a guardrail is asked about a call before it happens, or about what came of it before that
is recorded."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a guardrail is asked about: an effect as plain values.

    ``run`` is the run's reference; ``agent`` is empty where nobody's authority is used; ``result``
    is what the effect answered, for guardrails that are asked about results.
    """

    activity: str
    actions: tuple[str, ...] = ()
    arguments: Mapping[str, Any] = {}
    agent: str = ""
    tenant: str = "default"
    run: str = ""
    step: int = 0
    result: Any = None

    def texts(self) -> Iterator[str]:
        """Every text in the arguments, or in the result if there is one; names of members are
        texts too.
        """
        return texts_in(self.arguments if self.result is None else self.result)


Check = Callable[[Asked], Verdict]
F = TypeVar("F", bound=Check)


class Guardrail(NamedTuple):
    """A function with the name under which every process finds it."""

    name: str
    severity: Severity
    timeout_ms: int
    check: Check
    on: On = "call"
    is_quick: bool = False


class Guardrails:
    """One process's guardrails by name."""

    def __init__(self) -> None:
        self._by_name: dict[str, Guardrail] = {}

    def register(
        self,
        check: F,
        *,
        name: str,
        severity: Severity | str = Severity.HIGH,
        timeout_ms: int = TIMEOUT_MS,
        on: On = "call",
        is_quick: bool = False,
    ) -> F:
        """Make a guardrail known.

        Args:
            check: What answers.
            name: How it is called in every process.
            severity: How bad it is what it does not allow.
            timeout_ms: How long it may take.
            on: What it is asked about.
            is_quick: Whether it is bounded by itself and called where the gate is asked; tarl's
                own are.

        Raises:
            Invalid: no plain function, an unknown severity, or a time limit that is none
                (``guardrail.type``, ``severity.unknown``, ``guardrail.timeout``).
            Conflict: another function has the name (``guardrail.exists``).
        """
        check_name(name, "guardrail")
        if not callable(check) or inspect.iscoroutinefunction(check):
            raise Invalid(
                f"the guardrail {name} is no plain function",
                code="guardrail.type",
                next_step="define it with def, taking what is asked and returning a verdict",
            )
        if not 0 < timeout_ms <= TIMEOUT_MS_MAX:
            raise Invalid(
                f"the guardrail {name} may not take {timeout_ms} ms",
                code="guardrail.timeout",
                next_step=f"choose 1 to {TIMEOUT_MS_MAX} ms: every run waits for it",
            )
        held = self._by_name.get(name)
        if held is not None and not _is_same(held.check, check):
            raise Conflict(
                f"another guardrail is named {name}",
                code="guardrail.exists",
                next_step="give one of them another name",
                guardrail=name,
            )
        level = _severity(severity)
        self._by_name[name] = Guardrail(name, level, timeout_ms, check, on, is_quick)
        return check

    def get(self, name: str) -> Guardrail | None:
        """The guardrail of a name, if this process has it."""
        return self._by_name.get(name)

    def names(self) -> list[str]:
        """Every name, sorted."""
        return sorted(self._by_name)


DECLARED = Guardrails()
"""Every guardrail that a decorator has declared in this process."""


def guardrail(
    name: str,
    *,
    severity: Severity | str = Severity.HIGH,
    timeout_ms: int = TIMEOUT_MS,
    on: On = "call",
) -> Callable[[F], F]:
    """Declare a function as a guardrail; see ``Guardrails.register``.

    It guards nothing until it is enabled for a tenant.
    """

    def declare(check: F) -> F:
        options: dict[str, Any] = {"severity": severity, "timeout_ms": timeout_ms, "on": on}
        return DECLARED.register(check, name=name, **options)

    return declare


def texts_in(value: Any) -> Iterator[str]:
    """Every text in a JSON value, names of members included.

    Raises:
        Exceeded: it is nested deeper than anything is read (``safety.too_deep``).
    """
    waiting: list[tuple[Any, int]] = [(value, 0)]
    while waiting:
        held, depth = waiting.pop()
        if isinstance(held, str):
            yield held
            continue
        parts: Iterable[Any] = ()
        if isinstance(held, Mapping):
            parts = (part for pair in held.items() for part in pair)
        elif isinstance(held, list | tuple):
            parts = held
        if parts and depth >= TEXT_DEPTH_MAX:
            raise Exceeded(
                f"a value is nested deeper than {TEXT_DEPTH_MAX}",
                code="safety.too_deep",
                next_step="pass flatter values: what is not read is not let pass",
            )
        waiting += [(part, depth + 1) for part in parts]


def _severity(given: Severity | str) -> Severity:
    return given if isinstance(given, Severity) else severity(given)


def _is_same(one: Check, other: Check) -> bool:
    """Whether it is the same function, or the same one loaded again from its file."""
    if one == other:
        return True
    codes = [getattr(check, "__code__", None) for check in (one, other)]
    places = [(code.co_filename, code.co_qualname) for code in codes if code is not None]
    return len(places) == 2 and places[0] == places[1]
