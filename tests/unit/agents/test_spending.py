"""Budgets: nothing is called that would pass a bound, and sums are exact."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tarl.agents.model import NO_USAGE, Message, ModelRequest, Price, Usage
from tarl.agents.spending import Budget, BudgetSpent, Spending, most_of, prompt_tokens


class Now:
    def __init__(self) -> None:
        self.at = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at


def request(text: str = "hello", tokens_max: int | None = None) -> ModelRequest:
    messages = (Message(role="user", content=text),)
    return ModelRequest(model="m", messages=messages, tokens_max=tokens_max)


@pytest.mark.parametrize(
    ("budget", "amount"),
    [
        (Budget(tokens=10), Usage(input_tokens=6, output_tokens=5)),
        (Budget(cost_micro=10), Usage(cost_micro=11)),
        (Budget(model_calls=0), Usage(model_calls=1)),
        (Budget(tool_calls=0), Usage(tool_calls=1)),
    ],
)
def test_what_passes_a_bound_is_refused_and_nothing_is_set_aside(
    budget: Budget, amount: Usage
) -> None:
    spending = Spending(budget, Now())
    with pytest.raises(BudgetSpent) as refused:
        spending.set_aside(amount)
    assert refused.value.code == "agent.budget"
    spending.set_aside(NO_USAGE)
    assert spending.used == NO_USAGE


def test_what_is_set_aside_counts_until_it_is_settled() -> None:
    spending = Spending(Budget(tokens=10), Now())
    spending.set_aside(Usage(output_tokens=8))
    with pytest.raises(BudgetSpent):
        spending.set_aside(Usage(output_tokens=3))
    spending.settle(Usage(output_tokens=8), Usage(output_tokens=2))
    spending.set_aside(Usage(output_tokens=8))
    assert spending.used.tokens == 2


def test_a_part_is_charged_to_the_whole_as_well() -> None:
    whole = Spending(Budget(model_calls=2), Now())
    first, second = whole.part(Budget(model_calls=5)), whole.part(Budget(model_calls=1))
    for _ in range(2):
        first.set_aside(Usage(model_calls=1))
        first.settle(Usage(model_calls=1), Usage(model_calls=1))
    with pytest.raises(BudgetSpent):
        second.set_aside(Usage(model_calls=1))
    assert (whole.used.model_calls, second.used.model_calls) == (2, 0)


def test_a_part_that_refuses_gives_back_what_the_whole_had_set_aside() -> None:
    whole = Spending(Budget(tool_calls=1), Now())
    part = whole.part(Budget(tool_calls=0))
    with pytest.raises(BudgetSpent):
        part.set_aside(Usage(tool_calls=1))
    whole.set_aside(Usage(tool_calls=1))


def test_an_answer_is_bounded_by_the_tokens_that_are_left() -> None:
    asked = request()
    tokens = prompt_tokens(asked)
    spending = Spending(Budget(tokens=tokens + 5), Now())
    assert spending.left(asked).tokens_max == 5
    assert spending.left(request(tokens_max=3)).tokens_max == 3
    assert Spending(Budget(), Now()).left(asked) is asked
    with pytest.raises(BudgetSpent):
        Spending(Budget(tokens=tokens), Now()).left(asked)


def test_time_is_the_runs_recorded_time() -> None:
    now = Now()
    spending = Spending(Budget(time_ms=1_000), now)
    now.at += timedelta(milliseconds=999)
    spending.set_aside(Usage(model_calls=1))
    now.at += timedelta(milliseconds=1)
    with pytest.raises(BudgetSpent) as refused:
        spending.set_aside(Usage(model_calls=1))
    assert refused.value.facts["bound"] == "time_ms"


def test_costs_are_rounded_up() -> None:
    price = Price(input_micro_per_million=150_000, output_micro_per_million=600_000)
    assert price.cost_micro(1_000, 500) == 450
    assert price.cost_micro(1, 0) == 1
    asked = request(tokens_max=10)
    assert most_of(asked, price).cost_micro == price.cost_micro(prompt_tokens(asked), 10)


@given(st.lists(st.integers(1, 50), min_size=1, max_size=8), st.integers(0, 1_000))
def test_shares_never_pass_the_whole(weights: list[int], tokens: int) -> None:
    budget = Budget(tokens=tokens, cost_micro=tokens * 3)
    shares = [budget.share(weight, sum(weights)) for weight in weights]
    assert sum(share.tokens or 0 for share in shares) <= tokens
    assert sum(share.cost_micro or 0 for share in shares) <= tokens * 3


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), max_size=30))
def test_used_and_set_aside_never_pass_the_bound(calls: list[tuple[int, int]]) -> None:
    spending = Spending(Budget(tokens=50), Now())
    open_calls: list[tuple[int, int]] = []
    for most, share in calls:
        try:
            spending.set_aside(Usage(output_tokens=most))
        except BudgetSpent:
            assert spending.used.tokens + sum(m for m, _ in open_calls) + most > 50
        else:
            open_calls.append((most, min(most, share)))
        if len(open_calls) > 2:
            most, used = open_calls.pop(0)
            spending.settle(Usage(output_tokens=most), Usage(output_tokens=used))
        assert spending.used.tokens <= 50
