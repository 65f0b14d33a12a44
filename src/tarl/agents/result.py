"""How work together ended, and what each agent gave to it."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from tarl.agents.model import NO_USAGE, Source, Usage

Status = Literal["solved", "exhausted", "stopped", "failed"]
"""``solved``: the pattern reached its end. ``exhausted``: its own bound came first. ``stopped``: a
stop condition, a budget or a person ended it. ``failed``: too many agents failed.
"""

Ending = Literal["answered", "failed", "timed_out", "withdrawn"]
"""``withdrawn``: nobody waited for the answer any more."""


class Turn(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One agent's part.

    Attributes:
        number: From 1, in the order in which turns began.
        agent: Who.
        role: The method that was asked.
        ending: How it ended.
        answer: What was answered, JSON values.
        error: Why there is no answer: the error's type and message.
        began_ms: Recorded time since the beginning.
        took_ms: Recorded time until the answer.
        usage: What its models and tools took.
    """

    number: int
    agent: str
    role: str
    ending: Ending
    answer: Any = None
    error: str | None = None
    began_ms: int = 0
    took_ms: int = 0
    usage: Usage = NO_USAGE


class Result(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How it ended.

    Attributes:
        pattern: Which pattern.
        status: How it ended.
        output: The answer; with ``stopped`` and ``exhausted`` the best so far, if there is one.
        reason: Why it ended so, for people.
        turns: What each agent gave, in the order in which turns ended.
        usage: All together.
        source: The liveliest source of the models' answers; None when no model was asked.
        details: What this pattern says besides, as its documentation tells.
    """

    pattern: str
    status: Status
    output: Any = None
    reason: str = ""
    turns: tuple[Turn, ...] = ()
    usage: Usage = NO_USAGE
    source: Source | None = None
    details: dict[str, Any] = {}

    @property
    def is_solved(self) -> bool:
        """Whether the pattern reached its end."""
        return self.status == "solved"

    def by_agent(self) -> dict[str, list[Turn]]:
        """What each agent gave."""
        shares: dict[str, list[Turn]] = {}
        for turn in self.turns:
            shares.setdefault(turn.agent, []).append(turn)
        return shares
