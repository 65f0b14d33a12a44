"""``tarl mcp``: a server of the model context protocol, over standard streams or HTTP."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from tarl.errors import Invalid, TarlError
from tarl.interfaces.cli.code_loading import code_option
from tarl.interfaces.cli.homes import household_option
from tarl.interfaces.cli.invocation import Invocation, common_options
from tarl.interfaces.cli.listening import Listening, require_extra, token_path

if TYPE_CHECKING:
    from mcp.server import Server

    from tarl.kernel.definition import Workflow

PATH = "/mcp"


@click.command(short_help="Serve agents over MCP.")
@code_option
@click.option(
    "--agent", metavar="NAME", help="Every run acts for this agent, and only its runs are seen."
)
@click.option("--task", metavar="NAME", help="What the agent's authority is used for (a run's id).")
@click.option(
    "--user",
    metavar="NAME",
    help="Plans are asked for by this person of the home (default: a stranger to it).",
)
@household_option
@click.option(
    "--http", "address", metavar="HOST:PORT", help="Serve over HTTP instead of standard streams."
)
@click.option("--public", is_flag=True, help="With --http: other machines may reach it.")
@click.option(
    "--host-name",
    "host_names",
    metavar="NAME",
    multiple=True,
    help="With --http: a further name by which it is reached (may be repeated).",
)
@click.option(
    "--token-file",
    metavar="FILE",
    help="With --http: where the token is; made if there is none (default: mcp.token in the home).",
)
@common_options
@click.pass_obj
def mcp(
    invocation: Invocation,
    code: tuple[str, ...],
    agent: str | None,
    task: str | None,
    user: str | None,
    address: str | None,
    public: bool,
    host_names: tuple[str, ...],
    token_file: str | None,
) -> None:
    """Let agents run the workflows of --code, look at runs, and draft plans for a home, over the
    model context protocol.

    It offers the tools workflows, run, status, result, runs, approvals, verify, explain and plan,
    and runs' histories as tarl://runs/ID. Approving, rejecting, delegating, revoking, consents,
    carrying out plans, keys and policies cannot be reached through it.

    Over standard streams it ends with its input. Over HTTP every request must bear the token, and
    only this machine may ask unless --public is said.
    """
    if task is not None and agent is None:
        raise click.UsageError("--task goes with --agent NAME, whose task it is.")
    if address is None and (public or host_names or token_file):
        raise click.UsageError("--public, --host-name and --token-file go with --http HOST:PORT.")
    listening = None
    if address is not None:
        token = token_path(invocation, token_file, "mcp")
        listening = Listening(*_address(address), public, host_names, token)
    require_extra("mcp", "mcp")
    workflows = _loaded(invocation, code)
    asyncio.run(_serve(invocation, workflows, Acting(agent, task, user), listening))


class Acting(NamedTuple):
    """For whom runs act, and who asks for plans; nobody when None."""

    agent: str | None
    task: str | None
    user: str | None


async def _serve(
    invocation: Invocation,
    workflows: dict[str, Workflow[..., Any]],
    acting: Acting,
    listening: Listening | None,
) -> None:
    from tarl.interfaces.cli.commands.run import check_agent
    from tarl.interfaces.cli.duties import log_to_stderr
    from tarl.interfaces.mcp.asking import Answers
    from tarl.interfaces.mcp.server import server_of
    from tarl.interfaces.mcp.stdio import serve_stdio

    log_to_stderr(invocation)
    async with invocation.open_runtime() as runtime:
        if acting.agent is not None:
            check_agent(runtime, invocation.home(), acting.agent)
        runtime.register(*workflows.values())
        answers = Answers(
            invocation,
            runtime,
            workflows,
            agent=acting.agent,
            task=acting.task,
            user=acting.user,
        )
        server = server_of(answers)
        if listening is not None:
            try:
                await _serve_http(invocation, server, listening)
            except* TarlError as refusals:  # the library's tasks wrap what the block raises
                raise refusals.exceptions[0] from None
            return
        invocation.output.note(f"serving {', '.join(workflows) or 'no workflows'} on stdio")
        await serve_stdio(server)


async def _serve_http(invocation: Invocation, server: Server[Any], listening: Listening) -> None:
    """Serve until a signal says that it is enough."""
    from mcp.server.transport_security import TransportSecuritySettings

    from tarl.interfaces.cli.duties import told_to_end
    from tarl.interfaces.http.guarding import BODY_BYTES_MAX, Guarded

    app = server.streamable_http_app(
        streamable_http_path=PATH,
        stateless_http=True,
        json_response=True,
        max_request_body_size=BODY_BYTES_MAX,
        # Guarded asks about Host and Origin before, and of more than the library does.
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
    )
    guarded = Guarded(app, token=listening.token(), hosts=listening.hosts)
    with told_to_end(invocation) as enough:
        async with (
            server.session_manager.run(),
            listening.served(guarded, extra="mcp") as port,
        ):
            url = f"http://{listening.host}:{port}{PATH}"
            output = invocation.output
            if output.as_json:
                output.document("mcp", url=url, token_file=str(listening.token_file))
            else:
                output.data(url)
                output.stdout.flush()
                output.note(f"the token is in {listening.token_file}")
            await enough.wait()


def _loaded(invocation: Invocation, code: tuple[str, ...]) -> dict[str, Workflow[..., Any]]:
    """The workflows that the command names, by name: what was imported otherwise is not offered."""
    from tarl.interfaces.cli.code_loading import load_all, workflows_in

    found = (
        each for module in load_all(invocation, code) for each in workflows_in(module).values()
    )
    return {workflow.name: workflow for workflow in found}


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65_535:
        raise Invalid(
            f"{text!r} is no address",
            code="mcp.address",
            next_step="--http 127.0.0.1:8765; port 0 takes one that is free",
        )
    return host, int(port)
