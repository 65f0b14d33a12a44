"""When agents that work together stop: conditions as values, joined by ``|`` and ``&``.

A condition is asked before each turn, about recorded progress, so every replay stops where the run
did.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import msgspec

from tarl.agents.model import Usage
from tarl.values.canonical import encode


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far they have come.

    Attributes:
        turns: Answers so far, failed ones too.
        elapsed_ms: Recorded time since the beginning.
        usage: What was used.
        answers: What was answered, the oldest first.
    """

    turns: int
    elapsed_ms: int
    usage: Usage
    answers: tuple[Any, ...]


class Stop(ABC):
    """A condition; its answer is the reason to stop, or None."""

    @abstractmethod
    def reason(self, progress: Progress) -> str | None:
        """Why to stop now; None to go on."""

    def __or__(self, other: Stop) -> Stop:
        return _Any((self, other))

    def __and__(self, other: Stop) -> Stop:
        return _All((self, other))


class _Any(Stop):
    def __init__(self, parts: tuple[Stop, ...]) -> None:
        self._parts = parts

    def reason(self, progress: Progress) -> str | None:
        reasons = (part.reason(progress) for part in self._parts)
        return next((reason for reason in reasons if reason is not None), None)


class _All(Stop):
    def __init__(self, parts: tuple[Stop, ...]) -> None:
        self._parts = parts

    def reason(self, progress: Progress) -> str | None:
        reasons = [part.reason(progress) for part in self._parts]
        return " and ".join(filter(None, reasons)) if all(reasons) else None


class TurnsMax(Stop):
    """After so many answers."""

    def __init__(self, turns: int) -> None:
        self._turns = turns

    def reason(self, progress: Progress) -> str | None:
        return f"{self._turns} turns" if progress.turns >= self._turns else None


class TokensMax(Stop):
    """When so many tokens were used. A budget refuses the call; this ends between two turns."""

    def __init__(self, tokens: int) -> None:
        self._tokens = tokens

    def reason(self, progress: Progress) -> str | None:
        return f"{self._tokens} tokens" if progress.usage.tokens >= self._tokens else None


class CostMax(Stop):
    """When so many micro-units of money were used."""

    def __init__(self, cost_micro: int) -> None:
        self._cost_micro = cost_micro

    def reason(self, progress: Progress) -> str | None:
        spent = progress.usage.cost_micro >= self._cost_micro
        return f"{self._cost_micro} micro-units of money" if spent else None


class TimeMax(Stop):
    """When so much recorded time has passed."""

    def __init__(self, time_ms: int) -> None:
        self._time_ms = time_ms

    def reason(self, progress: Progress) -> str | None:
        return f"{self._time_ms} ms" if progress.elapsed_ms >= self._time_ms else None


class When(Stop):
    """When a predicate of the last answer holds.

    Args:
        holds: A pure function of an answer.
        why: The reason that is given.
    """

    def __init__(self, holds: Callable[[Any], bool], why: str = "the condition holds") -> None:
        self._holds = holds
        self._why = why

    def reason(self, progress: Progress) -> str | None:
        answers = progress.answers
        return self._why if answers and self._holds(answers[-1]) else None


class TextSaid(Stop):
    """When the last answer is a text that has a word in it, as ``TERMINATE``."""

    def __init__(self, text: str) -> None:
        self._text = text

    def reason(self, progress: Progress) -> str | None:
        last = progress.answers[-1] if progress.answers else None
        return f"{self._text!r} was said" if isinstance(last, str) and self._text in last else None


class Converged(Stop):
    """When the last so many answers are the same."""

    def __init__(self, answers: int = 2) -> None:
        self._count = max(2, answers)

    def reason(self, progress: Progress) -> str | None:
        last = progress.answers[-self._count :]
        same = len(last) == self._count and len({encode(answer) for answer in last}) == 1
        return f"{self._count} answers were the same" if same else None
