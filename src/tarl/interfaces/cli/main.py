"""``tarl``: the table of commands, each loaded when it is used, and the boundary of all errors."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any, NamedTuple

import click

from tarl import __version__
from tarl.interfaces.cli import exits
from tarl.interfaces.cli.invocation import Invocation, common_options
from tarl.interfaces.cli.output import json_text, printable
from tarl.interfaces.cli.program import as_typed


class Entry(NamedTuple):
    """Where a command lies and what it does, in a few words."""

    place: str
    help: str


_HERE = "tarl.interfaces.cli.commands"
SECTIONS: dict[str, dict[str, Entry]] = {
    "Work": {
        "demo": Entry("tarl.interfaces.demo.command:demo", "See it all on real data, in a minute."),
        "run": Entry(f"{_HERE}.run:run", "Run a workflow from a file, or a plan."),
        "resume": Entry(f"{_HERE}.resume:resume", "Take up an interrupted run."),
        "resolve": Entry(f"{_HERE}.resume:resolve", "Decide about a step that was cut off."),
        "approve": Entry(f"{_HERE}.votes:approve", "Approve what you are asked to."),
        "reject": Entry(f"{_HERE}.votes:reject", "Reject what you are asked to approve."),
        "signal": Entry(f"{_HERE}.messages:signal", "Send a signal to a run."),
        "update": Entry(f"{_HERE}.messages:update", "Have a run change something."),
        "query": Entry(f"{_HERE}.messages:query", "Ask a run what it sees."),
        "cancel": Entry(f"{_HERE}.messages:cancel", "Ask a run to stop; it may clean up."),
        "terminate": Entry(f"{_HERE}.messages:terminate", "End a run at once."),
        "check": Entry(f"{_HERE}.check:check", "Check workflows' code without running it."),
        "queue": Entry(f"{_HERE}.queue:queue", "Add tasks, and see how queues stand."),
        "dlq": Entry(f"{_HERE}.dlq:dlq", "Look at dead tasks; requeue or purge them."),
        "worker": Entry(f"{_HERE}.worker:worker", "Carry out a queue's tasks."),
        "model-proxy": Entry(
            "tarl.interfaces.model_proxy.command:model_proxy",
            "Record, bound and replay what any program asks a model.",
        ),
        "serve": Entry("tarl.interfaces.serve.command:serve", "Serve runs over HTTP."),
        "a2a": Entry("tarl.interfaces.a2a.command:a2a", "Serve workflows as an A2A agent."),
        "mcp": Entry("tarl.interfaces.mcp.command:mcp", "Serve agents over MCP."),
        "schedules": Entry(
            f"{_HERE}.schedules:schedules", "Start workflows at the times of a cron or an interval."
        ),
    },
    "Plan": {
        "plan": Entry(f"{_HERE}.plan:plan", "Plan what a sentence asks for, and say why so."),
        "preview": Entry(f"{_HERE}.plan:preview", "What a sentence or a plan would do."),
        "plans": Entry(f"{_HERE}.plans:plans", "Recorded plans: look, explain, approve, cancel."),
        "home": Entry(f"{_HERE}.home:home", "The home that plans are made for."),
    },
    "Look": {
        "status": Entry(f"{_HERE}.status:status", "How the journal stands, in one look."),
        "top": Entry(f"{_HERE}.top:top", "Watch runs, queues and nodes."),
        "runs": Entry(f"{_HERE}.runs:runs", "List runs, and look into one."),
        "approvals": Entry(f"{_HERE}.approvals:approvals", "What people are asked to approve."),
        "diff": Entry(f"{_HERE}.branches:diff", "Show what two runs did differently."),
        "fork": Entry(f"{_HERE}.branches:fork", "Start a new run from a past point."),
        "replay": Entry(f"{_HERE}.replay:replay", "Replay recorded history against the code."),
    },
    "Prove": {
        "export": Entry(f"{_HERE}.evidence:export", "Write a run's evidence to a file."),
        "verify": Entry(
            f"{_HERE}.verify:verify",
            "Verify evidence, a run, a statement, or whether an agent may do something.",
        ),
        "attest": Entry(
            f"{_HERE}.attest:attest", "Sign a statement about a run, an artifact or files."
        ),
        "attestations": Entry(
            f"{_HERE}.attest:attestations", "Signed statements about runs, artifacts and files."
        ),
        "artifacts": Entry(
            f"{_HERE}.artifacts:artifacts", "What runs are made of and make, by digest."
        ),
        "lineage": Entry(
            f"{_HERE}.lineage:lineage", "What a run or an artifact stands on, or what came of it."
        ),
        "sbom": Entry(f"{_HERE}.sbom:sbom", "What a run or an artifact is made of, as a bill."),
        "promote": Entry(f"{_HERE}.promote:promote", "Promote artifacts by signed evidence."),
        "checkpoint": Entry(f"{_HERE}.evidence:checkpoint", "Sign the log as it is now."),
        "witness": Entry(f"{_HERE}.witness:witness", "Cosign checkpoints as an outside witness."),
        "keys": Entry(f"{_HERE}.keys:keys", "Make, show and destroy keys."),
        "principals": Entry(
            f"{_HERE}.principals:principals", "People, agents and services, and their keys."
        ),
    },
    "Trust": {
        "agents": Entry(
            f"{_HERE}.agents:agents", "Programs that act with an authority of their own."
        ),
        "authority": Entry(f"{_HERE}.authority:authority", "Who may let agents do what."),
        "consent": Entry(f"{_HERE}.consent:consent", "What users consent to, and take back."),
        "delegate": Entry(f"{_HERE}.delegate:delegate", "Hand on some of what an agent holds."),
        "revoke": Entry(f"{_HERE}.revoke:revoke", "Take authority away, with everything below it."),
        "trust": Entry(
            f"{_HERE}.trust:trust", "Where an agent's authority comes from, and how it stands."
        ),
    },
    "Maintain": {
        "policy": Entry(
            f"{_HERE}.policy:policy", "The organisation's policies: register, try, put in force."
        ),
        "violations": Entry(
            f"{_HERE}.violations:violations",
            "What broke a policy, who was told, what became of it.",
        ),
        "compliance": Entry(
            f"{_HERE}.compliance:compliance",
            "What requirements say, and what the journal shows about them.",
        ),
        "safety": Entry(
            f"{_HERE}.safety:safety", "Guardrails, watches, blocked actions, redaction, anomalies."
        ),
        "taint": Entry(
            f"{_HERE}.taint:taint", "What runs may do that untrusted content has entered."
        ),
        "nodes": Entry(f"{_HERE}.nodes:nodes", "What takes work, which work goes where, and why."),
        "tenants": Entry(f"{_HERE}.tenants:tenants", "Register, list and erase tenants."),
        "quota": Entry(f"{_HERE}.quota:quota", "Show and set what tenants may have."),
        "db": Entry(f"{_HERE}.db:db", "Back up, check and compact the journal."),
        "doctor": Entry(f"{_HERE}.doctor:doctor", "Show settings and check the surroundings."),
        "explain": Entry(f"{_HERE}.explain:explain", "Say what an error code means."),
        "completion": Entry(f"{_HERE}.completion:completion", "Print a shell's completion script."),
    },
}
COMMANDS = {name: entry for section in SECTIONS.values() for name, entry in section.items()}


class ReaderGone(Exception):
    """Nobody reads stdout any more; not an OSError, which click would turn into exit code 1."""


class LazyGroup(click.Group):
    """Finds commands in the table and imports a command's module when the command is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every name, in the table's order."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name."""
        from importlib import import_module

        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        module, _, name = entry.place.partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Like click, with the nearest command in the error."""
        from difflib import get_close_matches

        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            near = get_close_matches(args[0], COMMANDS, n=1)
            hint = f" Did you mean {near[0]}?" if near else ""
            ctx.fail(f"No such command {args[0]!r}.{hint}")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; a closed pipe stays recognisable."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            raise ReaderGone from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The table, without importing what it names."""
        for section, entries in SECTIONS.items():
            with formatter.section(section):
                formatter.write_dl([(name, entry.help) for name, entry in entries.items()])


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="RUN is id, id/n, tenant/id/n, a unique beginning of an id, or @last;"
    " RUN@N is its event N. Exit codes: tarl explain exits.",
)
@click.version_option(__version__, prog_name="tarl", message="%(prog)s %(version)s")
@common_options
def cli() -> None:
    """Run workflows that survive crashes, replay, and prove what they did."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; see ``exits.EXITS``."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    stdout = sys.stdout
    try:
        code = _run(words)
    finally:
        sys.stdout = stdout
    if arguments is None:
        exits.leave(code)
    return code


def _run(words: list[str]) -> int:
    invocation, stdout = Invocation(), sys.stdout
    try:
        code = cli.main(args=words, prog_name="tarl", standalone_mode=False, obj=invocation)
        stdout.flush()
    except click.ClickException as error:
        return _usage(error, as_json=invocation.as_json or "--json" in words)
    except (KeyboardInterrupt, click.Abort):
        return _interrupted(invocation)
    except (ReaderGone, BrokenPipeError):
        return _reader_gone(invocation)
    except Exception as error:
        return _failed(error, invocation)
    return code if isinstance(code, int) else exits.OK


def _failed(error: Exception, invocation: Invocation) -> int:
    if invocation.debug:
        import traceback

        traceback.print_exc()
    if invocation.as_json:
        invocation.output.document("error", error=exits.error_data(error))
    else:
        print(printable(exits.error_text(error)), file=sys.stderr)
    return exits.exit_code(error)


def _reader_gone(invocation: Invocation) -> int:
    """Nobody reads stdout any more."""
    invocation.output.drop_unwritten()
    return exits.PIPE_CLOSED


def _usage(error: click.ClickException, *, as_json: bool) -> int:
    context: Any = getattr(error, "ctx", None)
    path = context.command_path if context else "tarl"
    data = {
        "code": "usage",
        "message": error.format_message(),
        "next_step": as_typed(f"{path} --help"),
        "exit": exits.INVALID,
    }
    if as_json:
        print(json_text({"schema": "tarl.error/1", "error": data}))
    else:
        text = f"error: {data['message']}\n  code: usage\n  try: {data['next_step']}"
        print(printable(text), file=sys.stderr)
    return exits.INVALID


def _interrupted(invocation: Invocation) -> int:
    import threading

    invocation.tell_interrupted()
    if any(not t.daemon for t in threading.enumerate() if t is not threading.main_thread()):
        os._exit(exits.INTERRUPTED)  # an activity in a thread would hold the process until it ends
    return exits.INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
