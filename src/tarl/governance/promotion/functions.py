"""Gates that are functions: found by their registered names, asked within their time.

    @promotion_gate("smoke")
    def smoke(question: Question) -> bool | None: ...

1. ``True`` passes, ``False`` fails. Everything else is inconclusive: None, another value, an
   exception, no answer in time, and no function of that name in this process.
2. A function that does not answer in time is left behind: nothing waits for it any more.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Any, NamedTuple

from tarl.errors import Conflict, Invalid
from tarl.governance.promotion.evidence import Case, Evidence
from tarl.governance.promotion.outcome import GateResult, Outcome
from tarl.governance.promotion.pipeline import Gate
from tarl.values.ids import check_name
from tarl.values.verdict import Reason

TEXT_CHARS_MAX = 500


class Question(NamedTuple):
    """What a function is asked: whether this artifact may go from one environment to another."""

    subject: str
    name: str
    source: str
    target: str
    at_ms: int
    evidence: tuple[Evidence, ...]


class Answer(NamedTuple):
    """An answer with its reason; ``passed`` is None where the function could not find out."""

    passed: bool | None
    why: str = ""


GateFunction = Callable[[Question], "bool | Answer | None"]


class GateFunctions:
    """Functions by the names under which pipelines ask for them."""

    def __init__(self) -> None:
        self._functions: dict[str, GateFunction] = {}

    def register(self, name: str, function: GateFunction, *, replace: bool = False) -> None:
        """Make a function known.

        Raises:
            Invalid: no name, or nothing that can be called (``promotion.function``).
            Conflict: another function has the name (``promotion.function``).
        """
        check_name(name, "gate function")
        if not callable(function):
            raise Invalid(f"the gate function {name!r} cannot be called", code="promotion.function")
        if not replace and self._functions.get(name, function) is not function:
            raise Conflict(
                f"two gate functions are called {name!r}",
                code="promotion.function",
                next_step="register one of them under another name",
                function=name,
            )
        self._functions[name] = function

    def ask(self, gate: Gate, case: Case) -> GateResult:
        """What the function of a gate answers."""
        outcome, reason = self._answered(gate, case)
        return GateResult(
            gate=gate.name,
            outcome=outcome,
            is_required=not gate.optional,
            reasons=(reason,),
            level=gate.level if outcome == "PASSED" else None,
        )

    def _answered(self, gate: Gate, case: Case) -> tuple[Outcome, Reason]:
        name = gate.function or ""
        function = self._functions.get(name)
        if function is None:
            text = f"no gate function is registered as {name!r} here: say --code FILE"
            return _inconclusive("promotion.function_missing", text, name)
        question = Question(
            case.subject, case.name, case.source, case.target, case.at_ms, case.evidence
        )
        answers: queue.SimpleQueue[tuple[Any, BaseException | None]] = queue.SimpleQueue()
        threading.Thread(target=_ask, args=(function, question, answers), daemon=True).start()
        try:
            said, error = answers.get(timeout=gate.within_ms / 1000)
        except queue.Empty:
            text = f"{name} has not answered within {gate.within_ms} ms"
            return _inconclusive("promotion.function_timeout", text, name)
        if error is not None:
            text = f"{name} raised {type(error).__name__}: {error}"[:TEXT_CHARS_MAX]
            return _inconclusive("promotion.function_raised", text, name)
        return _read(said, name)


def _ask(
    function: GateFunction,
    question: Question,
    answers: queue.SimpleQueue[tuple[Any, BaseException | None]],
) -> None:
    try:
        answers.put((function(question), None))
    except BaseException as error:  # a function that exits the thread has not said yes either
        answers.put((None, error))


def _read(said: Any, name: str) -> tuple[Outcome, Reason]:
    answer = said if isinstance(said, Answer) else Answer(said)
    why = str(answer.why)[:TEXT_CHARS_MAX]
    if answer.passed is True or answer.passed is False:
        outcome: Outcome = "PASSED" if answer.passed else "FAILED"
        text = why or f"{name} says {'yes' if answer.passed else 'no'}"
        return outcome, Reason(code="promotion.function_said", text=text, facts={"function": name})
    shown = type(answer.passed).__name__
    text = why or f"{name} answered neither True nor False but {shown}"
    return _inconclusive("promotion.function_unsure", text, name)


def _inconclusive(code: str, text: str, name: str) -> tuple[Outcome, Reason]:
    return "INCONCLUSIVE", Reason(code=code, text=text, facts={"function": name})


DECLARED = GateFunctions()
"""What ``promotion_gate`` registers."""


def promotion_gate(name: str) -> Callable[[GateFunction], GateFunction]:
    """Register a function as a gate that pipelines ask for by this name."""

    def declare(function: GateFunction) -> GateFunction:
        DECLARED.register(name, function)
        return function

    return declare
