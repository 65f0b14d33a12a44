"""``tarl a2a``: workflows as an agent of the protocol A2A."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from tarl.errors import Invalid, Unavailable
from tarl.interfaces.cli.code_loading import code_option
from tarl.interfaces.cli.invocation import Invocation, common_options

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
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at.")
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    default=PORT,
    show_default=True,
    help="The port; a free one when 0.",
)
@click.option("--public", is_flag=True, help="Other machines may reach it.")
@click.option(
    "--host-name",
    "host_names",
    metavar="NAME",
    multiple=True,
    help="A further name by which it is reached (may be repeated).",
)
@click.option("--url", metavar="URL", help="The address that the card gives, behind a proxy.")
@click.option(
    "--token-file",
    metavar="FILE",
    help="Where the token is; made if there is none (default: a2a.token in the home).",
)
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
    host: str,
    port: int,
    public: bool,
    host_names: tuple[str, ...],
    url: str | None,
    token_file: str | None,
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
    home = Path(invocation.settings["home"].value)
    token = home / "a2a.token" if token_file is None else Path(token_file)
    place = _Place(host, port, public, host_names, url, token)
    _require_library()
    asyncio.run(
        _serve(
            invocation,
            _chosen(invocation, code, names),
            _Acting(agent, task),
            (name, description),
            place,
        )
    )


class _Acting(NamedTuple):
    """For whom tasks act; nobody when None."""

    agent: str | None
    task: str | None


class _Place(NamedTuple):
    """Where it is served, and to whom."""

    host: str
    port: int
    is_public: bool
    host_names: tuple[str, ...]
    url: str | None
    token_file: Path


def _require_library() -> None:
    from importlib.util import find_spec

    if find_spec("a2a") is None or find_spec("sse_starlette") is None:
        raise Unavailable(
            "the library of A2A is not installed",
            code="extra.missing",
            next_step="pip install 'tarl[a2a]'",
        )


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
    place: _Place,
) -> None:
    """Serve until a signal says that it is enough."""
    import signal

    from tarl.agents.adapters.a2a_wire import card_digest
    from tarl.interfaces.a2a.card import card_of, signed
    from tarl.interfaces.a2a.handler import Handler
    from tarl.interfaces.a2a.service import service
    from tarl.interfaces.cli.commands.run import check_agent
    from tarl.interfaces.cli.duties import log_to_stderr
    from tarl.interfaces.http.guarding import LOOPBACK, make_token
    from tarl.interfaces.http.serving import served

    log_to_stderr(invocation)
    enough = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, enough.set)
    async with invocation.open_runtime() as runtime:
        if acting.agent is not None:
            check_agent(runtime, invocation.home(), acting.agent)
        runtime.register(*workflows)
        handler = Handler(runtime, workflows, tenant=invocation.home(), **acting._asdict())
        signer, urls = invocation.keyring.signer("operator"), [place.url or ""]

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
            token=make_token(place.token_file),
            hosts=(*LOOPBACK, place.host, *place.host_names),
        )
        async with served(
            app, host=place.host, port=place.port, is_public=place.is_public, extra="a2a"
        ) as port:
            urls[0] = place.url or f"http://{place.host}:{port}/"
            await runtime.resume_all()
            _told(invocation, urls[0], place.token_file, signer.verifier.vkey, card_digest(card()))
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
