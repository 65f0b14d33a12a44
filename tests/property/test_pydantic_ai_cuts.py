"""pydantic-ai agents of any behaviour, cut off anywhere and taken up: the same result, and nothing
that was recorded is asked or done again. A replay comes to the same commands.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic_ai import Agent, ModelRetry
from pydantic_ai.messages import ModelMessage, ModelResponse, TextPart, ToolCallPart
from pydantic_ai.models.function import AgentInfo, FunctionModel
from tests.lab import copied, record, replayed, take_up

from tarl import Context, workflow
from tarl.agents.adapters.pydantic_ai import PydanticAgent
from tarl.agents.patterns.sequential import sequential
from tarl.agents.result import Result
from tarl.agents.session import Options
from tarl.agents.spending import Budget
from tarl.kernel.events import DECODERS, STEP_COMPLETED, STEP_FAILED, STEP_SCHEDULED

KINDS = ("works", "retries", "fails", "secret", "unknown", "malformed")

_rounds: list[list[list[str]]] = []
_asked: Counter[str] = Counter()


async def say(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
    said = sum(isinstance(message, ModelResponse) for message in messages)
    _asked["model.any"] += 1
    rounds = _rounds[-1]
    if said >= len(rounds):
        return ModelResponse(parts=[TextPart(f"done after {said}")])
    calls = [
        ToolCallPart(
            "works" if kind == "malformed" else kind,
            "{" if kind == "malformed" else {"n": n},
            f"{said}.{n}",
        )
        for n, kind in enumerate(rounds[said])
    ]
    return ModelResponse(parts=calls or [TextPart("done early")])


def _agent() -> Agent[None, str]:
    agent = Agent(FunctionModel(say, model_name="any"), name="any", retries=5)

    @agent.tool_plain
    async def works(n: int) -> int:
        _asked["tool.works"] += 1
        return n

    @agent.tool_plain
    async def retries(n: int) -> int:
        _asked["tool.retries"] += 1
        raise ModelRetry(f"not {n}")

    @agent.tool_plain
    async def fails(n: int) -> int:
        _asked["tool.fails"] += 1
        raise RuntimeError(f"{n} is broken")

    @agent.tool_plain(metadata={"tarl": {"needs": ["secret.use"]}})
    async def secret(n: int) -> int:
        raise AssertionError("the manifest refuses it")

    return agent


AGENT = PydanticAgent(_agent())


@workflow(name="pydanticai.any_behaviour", capabilities={"model.complete"})
async def behaves(ctx: Context, calls: int) -> Result:
    options = Options(budget=Budget(model_calls=calls))
    return await sequential(ctx, [AGENT], "go", options=options)


def outcomes(facts: Any, kinds: tuple[str, ...]) -> Counter[str]:
    """How many steps of each activity have an outcome."""
    names: dict[int, str] = {}
    found: Counter[str] = Counter()
    for kind, body in facts:
        if kind == STEP_SCHEDULED:
            read: Any = DECODERS[kind](body)
            names[read.step] = read.activity
        elif kind in kinds:
            found[names[DECODERS[kind](body).step]] += 1  # type: ignore[attr-defined]
    return found


@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow])
@given(
    rounds=st.lists(st.lists(st.sampled_from(KINDS), max_size=3), max_size=4),
    calls=st.integers(1, 8),
    where=st.floats(0, 1),
)
def test_cut_off_anywhere_it_ends_alike_and_repeats_nothing(
    rounds: list[list[str]], calls: int, where: float
) -> None:
    _rounds.append(rounds)
    try:
        _asked.clear()
        whole = record(behaves, calls)
        assert whole.error is None
        made = Counter(_asked)
        report = replayed(behaves, whole)
        assert report.ahead == ()
        assert report.result == whole.result
        assert Counter(_asked) == made  # the replay asked nobody
        ended = (STEP_COMPLETED, STEP_FAILED)
        assert outcomes(whole.facts, ended) == made

        lengths = [n for n in whole.commits if n < len(whole.events)]
        cut = lengths[int(where * (len(lengths) - 1))] if lengths else 1
        _asked.clear()
        again = take_up(copied(whole, cut), behaves, whole.run)
        assert again.result.status == whole.result.status
        assert again.result.output == whole.result.output
        known = outcomes(whole.facts[:cut], ended)
        assert Counter(_asked) == made - known
    finally:
        _rounds.pop()
