"""``tarl model-proxy``: what any program asks a model is recorded, bounded, permitted, replayed."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from tarl.errors import Invalid
from tarl.interfaces.cli.invocation import Invocation, common_options
from tarl.interfaces.cli.listening import Listening, listening_options, require_extra

if TYPE_CHECKING:
    from tarl.agents.model import Model
    from tarl.agents.spending import Budget
    from tarl.engines.embedded.runtime import Runtime
    from tarl.interfaces.model_proxy.offering import Offer

OPENAI = "https://api.openai.com/v1"


class Upstream(NamedTuple):
    """The endpoint that answers, as the command line names it."""

    url: str
    key_env: str | None
    names: tuple[str, ...]
    prices: tuple[str, ...]
    pins: tuple[str, ...]


class Bounds(NamedTuple):
    """What a session may take, as the command line says it."""

    tokens: int | None
    cost: str | None
    calls: int | None


class Serving(NamedTuple):
    """How requests are served."""

    session: str | None
    concurrency: int
    parameters: tuple[str, ...]
    agent: str | None
    task: str | None
    replay: str | None


@click.command(short_help="Record, bound and replay what any program asks a model.")
@click.option("--upstream", metavar="URL", default=OPENAI, show_default=True, help="Who answers.")
@click.option(
    "--api-key-env",
    metavar="VARIABLE",
    help="Where the key for it is (default for OpenAI: OPENAI_API_KEY).",
)
@click.option("--model", "models", metavar="NAME", multiple=True, help="May be asked (repeatable).")
@click.option(
    "--price",
    "prices",
    metavar="NAME=IN/OUT",
    multiple=True,
    help="What a million tokens cost, of input and of output.",
)
@click.option(
    "--pin", "pins", metavar="NAME=VERSION", multiple=True, help="The version that must answer."
)
@click.option(
    "--code",
    "code",
    metavar="FILE",
    multiple=True,
    help="Offer the models that this Python file makes (repeatable).",
)
@click.option("--replay", metavar="RUN|FILE", help="Answer from a recording, and refuse drift.")
@click.option("--session", metavar="NAME", help="Of requests that name none (default: default).")
@click.option("--budget-tokens", type=click.IntRange(min=1), help="Of a session, in all.")
@click.option("--budget-cost", metavar="AMOUNT", help="Of a session, in the prices' currency.")
@click.option("--budget-calls", type=click.IntRange(min=1), help="Of a session, in all.")
@click.option("--agent", metavar="NAME", help="Act for this agent, with its authority alone.")
@click.option("--task", metavar="NAME", help="What the agent's authority is used for (a run's id).")
@listening_options(port=8089, name="model-proxy")
@click.option(
    "--concurrency",
    type=click.IntRange(1, 1_000),
    default=32,
    show_default=True,
    help="Requests at once.",
)
@click.option(
    "--parameter",
    "parameters",
    metavar="NAME",
    multiple=True,
    help="A further parameter of requests that is passed on (repeatable).",
)
@common_options
@click.pass_obj
def model_proxy(
    invocation: Invocation,
    upstream: str,
    api_key_env: str | None,
    models: tuple[str, ...],
    prices: tuple[str, ...],
    pins: tuple[str, ...],
    code: tuple[str, ...],
    replay: str | None,
    session: str | None,
    budget_tokens: int | None,
    budget_cost: str | None,
    budget_calls: int | None,
    agent: str | None,
    task: str | None,
    listening: Listening,
    concurrency: int,
    parameters: tuple[str, ...],
) -> None:
    """Serve OpenAI's chat completions; every request is recorded before it is answered.

    A program uses it by its base URL and the token as its key. Each session (the header
    X-Tarl-Session, or TOKEN:SESSION as the key) is a run, proxy-SESSION, whose steps are the
    requests: policy, authority and budgets hold for them. A request that comes again with the same
    Idempotency-Key gets the recorded answer, also after the proxy was killed.

    Nothing can be approved, rejected, delegated or revoked through it. Only this machine may ask
    unless --public is said.
    """
    if task is not None and agent is None:
        raise click.UsageError("--task goes with --agent NAME, whose task it is.")
    if replay is not None and (models or prices or pins or code):
        raise click.UsageError("--replay brings its models: leave --model, --price, --code out.")
    require_extra("proxy", "httpx", "starlette", "uvicorn")
    asyncio.run(
        _serve(
            invocation,
            Upstream(upstream, api_key_env, models, prices, pins),
            code,
            Bounds(budget_tokens, budget_cost, budget_calls),
            listening,
            Serving(session, concurrency, parameters, agent, task, replay),
        )
    )


async def _serve(
    invocation: Invocation,
    upstream: Upstream,
    code: tuple[str, ...],
    bounds: Bounds,
    listening: Listening,
    serving: Serving,
) -> None:
    from tarl.interfaces.cli.commands.run import check_agent
    from tarl.interfaces.cli.duties import log_to_stderr

    log_to_stderr(invocation)
    budget = _budget(bounds)
    prepared = None if serving.replay else _prepared(invocation, upstream, code, budget)
    async with invocation.open_runtime() as runtime:
        if serving.agent is not None:
            check_agent(runtime, invocation.home(), serving.agent)
        offered = prepared or _recorded(runtime, serving.replay or "", bounds, budget)
        await _serve_http(invocation, runtime, offered, listening, serving)


async def _serve_http(
    invocation: Invocation,
    runtime: Runtime,
    offered: Offer,
    listening: Listening,
    serving: Serving,
) -> None:
    """Serve until a signal says that it is enough."""
    import secrets

    from tarl.agents.models.chat_requests import PARAMETERS
    from tarl.interfaces.cli.duties import told_to_end
    from tarl.interfaces.model_proxy.app import SESSION, Doors, Proxy
    from tarl.interfaces.model_proxy.sessions import Sessions

    own = f"replay-{secrets.token_hex(4)}" if serving.replay else SESSION
    session = serving.session or own
    sessions = Sessions(
        runtime, offered.terms, offered.models, agent=serving.agent, task=serving.task
    )
    proxy = Proxy(
        sessions,
        session=session,
        concurrency=serving.concurrency,
        parameters=PARAMETERS.union(serving.parameters),
    )
    doors = Doors(proxy.app, token=listening.token(), hosts=listening.hosts)
    with told_to_end(invocation) as enough:
        async with listening.served(doors, extra="proxy") as port:
            url = f"http://{listening.host}:{port}/v1"
            _tell(invocation, url, listening.token_file, session, offered)
            await enough.wait()


def _tell(invocation: Invocation, url: str, token_file: Path, session: str, offered: Offer) -> None:
    output = invocation.output
    if output.as_json:
        output.document(
            "model-proxy",
            url=url,
            token_file=str(token_file),
            session=session,
            models=list(offered.models),
        )
    else:
        output.data(url)
        output.note(f"models: {', '.join(offered.models)}; requests go to run proxy-{session}")
        output.note(f"export OPENAI_BASE_URL={url} OPENAI_API_KEY=$(cat {token_file})")
    output.stdout.flush()


def _prepared(
    invocation: Invocation, upstream: Upstream, code: tuple[str, ...], budget: Budget
) -> Offer:
    from tarl.interfaces.cli.code_loading import load_file
    from tarl.interfaces.model_proxy.offering import models_of, offer

    invocation.keep_stdout_for_data()
    defined = models_of(load_file(Path(file)) for file in code)
    return offer([*defined, *_live(upstream)], budget)


def _live(upstream: Upstream) -> list[Model]:
    from tarl.agents.model import FREE
    from tarl.agents.models.openai import OpenAIModel
    from tarl.interfaces.model_proxy.offering import check_named, read_pins, read_prices

    prices, pins = read_prices(upstream.prices), read_pins(upstream.pins)
    check_named("--price", prices, upstream.names)
    check_named("--pin", pins, upstream.names)
    key_env = upstream.key_env
    if key_env is None and upstream.url == OPENAI:
        key_env = "OPENAI_API_KEY"
    if upstream.names and key_env is not None and not os.environ.get(key_env):
        raise Invalid(
            f"{key_env} holds no key for {upstream.url}",
            code="model.key",
            next_step=f"export {key_env}=..., or name another variable with --api-key-env",
        )
    return [
        OpenAIModel(
            name,
            base_url=upstream.url,
            api_key_env=key_env,
            price=prices.get(name, FREE),
            pinned=pins.get(name),
        )
        for name in upstream.names
    ]


def _recorded(runtime: Runtime, text: str, bounds: Bounds, budget: Budget) -> Offer:
    from tarl.interfaces.model_proxy.offering import offer_recorded

    return offer_recorded(runtime.journal, text, None if bounds == (None,) * 3 else budget)


def _budget(bounds: Bounds) -> Budget:
    from tarl.agents.spending import Budget
    from tarl.interfaces.model_proxy.offering import micro

    cost_micro = None if bounds.cost is None else micro(bounds.cost, bounds.cost)
    return Budget(tokens=bounds.tokens, cost_micro=cost_micro, model_calls=bounds.calls)
