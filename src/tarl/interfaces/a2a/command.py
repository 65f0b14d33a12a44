"""``tarl a2a``: workflows as an agent of the protocol A2A."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from tarl.errors import Invalid
from tarl.interfaces.cli.code_loading import code_option
from tarl.interfaces.cli.invocation import Invocation, common_options
from tarl.interfaces.cli.listening import Listening, listening_options, require_extra

if TYPE_CHECKING:
    from tarl.kernel.definition import Workflow

PORT = 7420


@click.command(short_help="Serve workflows as an A2A agent.")
@code_option
@click.option("--workflow", "names", multiple=True, metavar="NAME", help="Only these are skills.")
@click.option("--agent", metavar="NAME", help="Every task acts for this agent of tarl.")
@click.option(
    "--task", metavar="NAME", help="What that agent's authority is used for (a run's id)."
)
@click.option("--name", default="tarl", show_default=True, help="What the card calls the agent.")
@click.option("--description", default="", help="What the card says that it is good for.")
@listening_options(port=PORT, name="a2a")
@click.option("--url", metavar="URL", help="The address that the card gives, behind a proxy.")
@common_options
@click.pass_obj
def a2a(
    invocation: Invocation,
    code: tuple[str, ...],
    names: tuple[str, ...],
    agent: str | None,
    task: str | None,
    name: str,
    description: str,
    listening: Listening,
    url: str | None,
) -> None:
    """Serve the workflows of --code as the skills of an agent that speaks A2A 1.0.

    Tasks are runs of this journal: a server that begins anew has them all and goes on with them.
    The card is signed with the operator's key, whose digest this prints for clients to pin.
    Approving, rejecting, delegating and revoking cannot be reached through it; a message to a task
    that waits for an approval approves nothing.

    Every request must bear the token, and only this machine may ask unless --public is said.
    """
    if task is not None and agent is None:
        raise click.UsageError("--task goes with --agent NAME, whose task it is.")
    require_extra("a2a", "a2a", "sse_starlette")
    asyncio.run(
        _serve(
            invocation,
            _chosen(invocation, code, names),
            _Acting(agent, task),
            (name, description),
            listening,
            url,
        )
    )


class _Acting(NamedTuple):
    """For whom tasks act; nobody when None."""

    agent: str | None
    task: str | None


def _chosen(
    invocation: Invocation, code: tuple[str, ...], names: tuple[str, ...]
) -> list[Workflow[..., Any]]:
    """The workflows of the loaded code, or those that are named."""
    from tarl.interfaces.cli.code_loading import load_all, workflows_in

    found: dict[str, Workflow[..., Any]] = {}
    for module in load_all(invocation, code):
        found |= {workflow.name: workflow for workflow in workflows_in(module).values()}
    missing = [name for name in names if name not in found]
    if missing or not found:
        raise Invalid(
            f"no workflow {missing[0]!r} is loaded" if missing else "no workflow is loaded",
            code="a2a.no_skill",
            next_step="name the file of the workflows: tarl a2a --code FILE",
        )
    return [found[name] for name in (names or sorted(found))]


async def _serve(
    invocation: Invocation,
    workflows: list[Workflow[..., Any]],
    acting: _Acting,
    about: tuple[str, str],
    listening: Listening,
    url: str | None,
) -> None:
    """Serve until a signal says that it is enough."""
    from tarl.agents.adapters.a2a_wire import card_digest
    from tarl.interfaces.a2a.card import card_of, signed
    from tarl.interfaces.a2a.handler import Handler
    from tarl.interfaces.a2a.service import service
    from tarl.interfaces.cli.commands.run import check_agent
    from tarl.interfaces.cli.duties import log_to_stderr, told_to_end

    log_to_stderr(invocation)
    async with invocation.open_runtime() as runtime:
        if acting.agent is not None:
            check_agent(runtime, invocation.home(), acting.agent)
        runtime.register(*workflows)
        handler = Handler(runtime, workflows, tenant=invocation.home(), **acting._asdict())
        signer, urls = invocation.keyring.signer("operator"), [url or ""]

        def card() -> Any:
            name, description = about
            description = (
                description or f"Durable workflows: {', '.join(w.name for w in workflows)}"
            )
            return signed(
                card_of(workflows, url=urls[0], name=name, description=description), signer
            )

        app = service(
            handler,
            card,
            token=listening.token(),
            hosts=listening.hosts,
        )
        with told_to_end(invocation) as enough:
            async with listening.served(app, extra="a2a") as port:
                urls[0] = url or f"http://{listening.host}:{port}/"
                await runtime.resume_all()
                _told(
                    invocation,
                    urls[0],
                    listening.token_file,
                    signer.verifier.vkey,
                    card_digest(card()),
                )
                await enough.wait()


def _told(invocation: Invocation, url: str, token_file: Path, key: str, digest: str) -> None:
    output = invocation.output
    if output.as_json:
        output.document("a2a", url=url, token_file=str(token_file), key=key, card_digest=digest)
        output.stdout.flush()
        return
    output.note(f"agent at {url}; token in {token_file}")
    output.note(f"card signed by {key}")
    output.note(f"card digest {digest}")
