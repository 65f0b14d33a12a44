"""Budgets of what agents use: asked before each call, settled by what the call took.

1. What is spent and set aside never passes a bound: calls that run at the same time each set aside
   the most that they may take.
2. A call that may not be made is not made.

Everything is computed from recorded answers, so every replay spends the same.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import msgspec

from tarl.agents.model import NO_USAGE, ModelRequest, Price, Usage
from tarl.errors import Exceeded

BYTES_PER_TOKEN_MIN = 3
"""Tokens of a prompt are estimated from its bytes, rather too many than too few."""

ANSWER_TOKENS = 4_096
"""Set aside for an answer whose request bounds nothing."""


class Budget(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What may be used; None bounds nothing.

    Attributes:
        tokens: Input and output together.
        cost_micro: Millionths of the currency that prices are in.
        model_calls: Requests to models.
        tool_calls: Uses of tools.
        time_ms: Recorded time since the beginning.
    """

    tokens: int | None = None
    cost_micro: int | None = None
    model_calls: int | None = None
    tool_calls: int | None = None
    time_ms: int | None = None

    def share(self, weight: int, whole: int) -> Budget:
        """A part of every bound but the time, rounded down: parts never pass the whole."""

        def part(bound: int | None) -> int | None:
            return None if bound is None else bound * weight // whole

        return Budget(
            tokens=part(self.tokens),
            cost_micro=part(self.cost_micro),
            model_calls=part(self.model_calls),
            tool_calls=part(self.tool_calls),
            time_ms=self.time_ms,
        )


UNBOUNDED = Budget()


class BudgetSpent(Exceeded):
    """A call would pass its budget; it was not made."""

    default_code = "agent.budget"


class Spending:
    """What was used of a budget, and what is set aside for calls that run.

    Args:
        budget: The bounds.
        now: The run's recorded time.
        outer: The spending that this one is a part of: it bears everything too.
    """

    def __init__(
        self, budget: Budget, now: Callable[[], datetime], *, outer: Spending | None = None
    ) -> None:
        self.budget = budget
        self.used = NO_USAGE
        self._set_aside = NO_USAGE
        self._now = now
        self._began = now()
        self._outer = outer

    def part(self, budget: Budget) -> Spending:
        """A spending of its own inside this one."""
        return Spending(budget, self._now, outer=self)

    @property
    def elapsed_ms(self) -> int:
        """Recorded time since it began."""
        return round((self._now() - self._began).total_seconds() * 1000)

    def left(self, request: ModelRequest) -> ModelRequest:
        """The request with its answer bounded by the tokens that are left.

        Raises:
            BudgetSpent: not even the prompt can be paid.
        """
        if self._outer is not None:
            request = self._outer.left(request)
        tokens = self.budget.tokens
        if tokens is None:
            return request
        room = tokens - self._committed.tokens - prompt_tokens(request)
        if room <= 0:
            raise self._spent("tokens", tokens)
        if request.tokens_max is not None and request.tokens_max <= room:
            return request
        return msgspec.structs.replace(request, tokens_max=min(room, ANSWER_TOKENS))

    def set_aside(self, amount: Usage) -> None:
        """Before a call: the most that it may take.

        Raises:
            BudgetSpent: it would pass a bound; nothing is set aside.
        """
        if self._outer is not None:
            self._outer.set_aside(amount)
        try:
            self._check(self._committed + amount)
        except BudgetSpent:
            if self._outer is not None:
                self._outer.settle(amount, NO_USAGE)
            raise
        self._set_aside = self._set_aside + amount

    def settle(self, amount: Usage, used: Usage) -> None:
        """After a call: what was set aside is free again, what was used is used."""
        if self._outer is not None:
            self._outer.settle(amount, used)
        self._set_aside = self._set_aside + _negative(amount)
        self.used = self.used + used

    @property
    def _committed(self) -> Usage:
        return self.used + self._set_aside

    def _check(self, whole: Usage) -> None:
        budget = self.budget
        for name, value, bound in (
            ("tokens", whole.tokens, budget.tokens),
            ("cost_micro", whole.cost_micro, budget.cost_micro),
            ("model_calls", whole.model_calls, budget.model_calls),
            ("tool_calls", whole.tool_calls, budget.tool_calls),
        ):
            if bound is not None and value > bound:
                raise self._spent(name, bound)
        if budget.time_ms is not None and self.elapsed_ms >= budget.time_ms:
            raise self._spent("time_ms", budget.time_ms)

    def _spent(self, what: str, bound: int) -> BudgetSpent:
        return BudgetSpent(
            f"the budget of {bound} {what} does not allow another call",
            next_step="give a larger budget, or let the agents do less",
            bound=what,
            limit=bound,
        )


def prompt_tokens(request: ModelRequest) -> int:
    """How many tokens a request has at most, estimated."""
    return -(-request.prompt_bytes // BYTES_PER_TOKEN_MIN)


def most_of(request: ModelRequest, price: Price) -> Usage:
    """What a call may take at most."""
    input_tokens = prompt_tokens(request)
    output_tokens = ANSWER_TOKENS if request.tokens_max is None else request.tokens_max
    return Usage(
        model_calls=1,
        input_tokens=input_tokens,
        output_tokens=output_tokens,
        cost_micro=price.cost_micro(input_tokens, output_tokens),
    )


def _negative(amount: Usage) -> Usage:
    return Usage(**{name: -value for name, value in msgspec.structs.asdict(amount).items()})
