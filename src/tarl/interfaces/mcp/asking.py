"""What a tool of the server answers: workflows are started and plans drafted here, everything else
is looked at.

A run that is started here runs in this process and goes on when the client has gone; one that the
process leaves behind is taken up by ``run`` with the same id, or by ``tarl resume``. Where the
server was given an agent, every run acts for it, at the task that was given: no client chooses
either.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from tarl.errors import Invalid, Missing, RunFailed, TarlError, Unavailable
from tarl.interfaces.mcp.looking import View
from tarl.interfaces.mcp.offers import (
    TOOLS,
    WAIT_S_MAX,
    Asked,
    ForApprovals,
    ForOne,
    ForPlan,
    ForResult,
    ForRun,
    ForRuns,
    ForWords,
)

if TYPE_CHECKING:
    from tarl.engines.embedded.runtime import Runtime
    from tarl.interfaces.cli.invocation import Invocation
    from tarl.kernel.definition import Workflow

T = TypeVar("T")

LOOKS_MAX = 4
"""Questions that read the journal at once; others wait."""

PLANNINGS_MAX = 1
"""Plans that are made at once; each may take all that the machine has."""

LOOK_AGAIN_S = 0.2
"""How often a run of another process is looked at."""


class Answers:
    """The tools at work.

    Args:
        invocation: The command: its journal, its tenant, its keys.
        runtime: Where workflows run.
        workflows: Those that may be run, by name.
        agent: For whom every run acts.
        task: What that is for; the run's id when left out.
        user: Who asks for plans; a stranger when left out.
    """

    def __init__(
        self,
        invocation: Invocation,
        runtime: Runtime,
        workflows: Mapping[str, Workflow[..., Any]],
        *,
        agent: str | None = None,
        task: str | None = None,
        user: str | None = None,
    ) -> None:
        self._invocation = invocation
        self._runtime = runtime
        self._workflows = workflows
        self._tenant = invocation.home()
        self._agent = agent
        self._task = task
        self._user = user
        self._looks = asyncio.Semaphore(LOOKS_MAX)
        self._plannings = asyncio.Semaphore(PLANNINGS_MAX)
        self._handlers: dict[str, Callable[[Any], Awaitable[dict[str, Any]]]] = {
            "workflows": self._list_workflows,
            "run": self._run,
            "status": self._status,
            "result": self._result,
            "runs": self._runs,
            "approvals": self._approvals,
            "verify": self._verify,
            "explain": self._explain,
            "plan": self._plan,
        }

    async def answer(self, name: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """Use a tool.

        Raises:
            Missing: there is none of this name (``mcp.no_tool``), or what it is asked about is not
                there.
            Invalid: arguments that it does not take (``mcp.arguments``).
            TarlError: as the tool says.
        """
        if name not in self._handlers:
            raise Missing(
                f"there is no tool {name!r}",
                code="mcp.no_tool",
                next_step=f"one of: {', '.join(TOOLS)}",
            )
        try:
            asked = msgspec.convert(given, TOOLS[name].takes, strict=True)
        except msgspec.ValidationError as error:
            raise Invalid(
                f"the arguments of {name} cannot be used: {error}",
                code="mcp.arguments",
                next_step="give what the tool's schema says",
            ) from None
        return await self._handlers[name](asked)

    async def history(self, run: str, *, after: int = 0) -> dict[str, Any]:
        """A page of a run's events; see ``View.history``."""
        return await self._look(lambda view: view.history(run, after=after))

    async def newest(self, limit: int) -> list[dict[str, Any]]:
        """The newest runs that the client may see."""
        return await self._look(lambda view: view.runs(status=None, limit=limit))

    # --- the tools

    async def _list_workflows(self, asked: Asked) -> dict[str, Any]:
        return {"workflows": [_described(each) for each in self._workflows.values()]}

    async def _run(self, asked: ForRun) -> dict[str, Any]:
        from tarl.interfaces.cli.commands.run import check_input

        workflow = self._workflows.get(asked.workflow)
        if workflow is None:
            raise Missing(
                f"no workflow {asked.workflow!r} can be run here",
                code="workflow.unknown",
                next_step=f"one of: {', '.join(self._workflows)}",
            )
        check_input(workflow, asked.input)
        try:
            async with asyncio.timeout(WAIT_S_MAX):
                handle = await self._runtime.start(
                    workflow,
                    asked.input,
                    id=asked.id,
                    tenant=self._tenant,
                    agent=self._agent,
                    task=self._task,
                )
        except TimeoutError:
            raise Unavailable(
                "too many runs are under way here; this one was not started",
                code="mcp.busy",
                next_step="ask again with the same id when some have ended",
            ) from None
        future = handle.future
        # The result is read from the journal: a failure that nobody waits for is no warning.
        future.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
        await asyncio.wait([future], timeout=asked.wait_s)
        run = handle.run_id.ref
        if not future.done():
            return await self._look(lambda view: view.status(run))
        error = None if future.cancelled() else future.exception()
        if isinstance(error, TarlError) and not isinstance(error, RunFailed):
            return {"run": run, "status": "interrupted", "stopped": error.as_data()}
        return await self._look(lambda view: view.result(run))

    async def _status(self, asked: ForOne) -> dict[str, Any]:
        return await self._look(lambda view: view.status(asked.run))

    async def _result(self, asked: ForResult) -> dict[str, Any]:
        deadline = asyncio.get_running_loop().time() + asked.wait_s
        while True:
            data = await self._look(lambda view: view.result(asked.run))
            if data["status"] != "running" or asyncio.get_running_loop().time() >= deadline:
                return data
            await asyncio.sleep(LOOK_AGAIN_S)

    async def _runs(self, asked: ForRuns) -> dict[str, Any]:
        look = await self._look(lambda view: view.runs(status=asked.status, limit=asked.limit))
        return {"runs": look}

    async def _approvals(self, asked: ForApprovals) -> dict[str, Any]:
        found = await self._look(
            lambda view: view.approvals(status=asked.status, limit=asked.limit)
        )
        return {"approvals": found, "note": "people decide, with tarl approve and tarl reject"}

    async def _verify(self, asked: ForOne) -> dict[str, Any]:
        return await self._look(lambda view: _verified(self._invocation, view, asked.run))

    async def _explain(self, asked: ForWords) -> dict[str, Any]:
        if (asked.code is None) == (asked.run is None):
            raise Invalid(
                "give a code or a run, one of the two",
                code="mcp.arguments",
                next_step='{"code": "run.missing"} or {"run": "prices"}',
            )
        if asked.code is not None:
            return _meaning(asked.code)
        run = asked.run or ""
        return await self._look(lambda view: view.told(run))

    async def _plan(self, asked: ForPlan) -> dict[str, Any]:
        from tarl.interfaces.mcp.planning import drafted

        async with self._plannings:
            # In a thread with a loop of its own, so that runs go on meanwhile.
            return await asyncio.to_thread(
                lambda: asyncio.run(
                    drafted(self._invocation, asked, user=self._user, agent=self._agent)
                )
            )

    # --- inside

    async def _look(self, question: Callable[[View], T]) -> T:
        """Ask the journal in a thread, so that runs go on meanwhile."""

        def look() -> T:
            with self._invocation.open_store() as store:
                view = View(store, self._invocation.is_owned, self._tenant, self._agent)
                return question(view)

        async with self._looks:
            return await asyncio.to_thread(look)


def _described(workflow: Workflow[..., Any]) -> dict[str, Any]:
    from inspect import cleandoc

    described: dict[str, Any] = {
        "name": workflow.name,
        "description": cleandoc(workflow.fn.__doc__ or ""),
        "takes_input": workflow.takes_input,
    }
    if workflow.takes_input:
        try:
            described["input"] = msgspec.json.schema(workflow.input_type)
        except TypeError:
            described["input"] = {}
    return described


def _meaning(code: str) -> dict[str, Any]:
    from difflib import get_close_matches

    from tarl.interfaces.cli.explanations import EXPLANATIONS, explain

    found = explain(code)
    if found is None:
        near = get_close_matches(code, EXPLANATIONS, n=3)
        raise Missing(
            f"no error has the code {code!r}",
            code="explain.unknown",
            next_step=f"one of: {', '.join(near)}" if near else "see the code in the error",
        )
    return {"code": code, "means": found.means, "advice": found.advice}


def _verified(invocation: Invocation, view: View, text: str) -> dict[str, Any]:
    """A run's evidence, exported and verified by the separate verifier."""
    import argparse
    from pathlib import Path

    import tarl_verify
    from tarl.interfaces.cli.commands.evidence import signed_checkpoint
    from tarl.interfaces.cli.files import write_whole
    from tarl.provenance.evidence import export

    run, keyring = view.find(text), invocation.keyring
    note = signed_checkpoint(invocation, view.store).note
    options: dict[str, Any] = {
        "root": keyring.public("root").vkey,
        "checkpoint": None,
        "witness": [],
    }
    with tempfile.TemporaryDirectory(prefix="tarl-verify-") as directory:
        file = Path(directory) / "run.evidence"
        write_whole(file, export(view.store, keyring, run, note=note))
        code, data, said = tarl_verify.check_file(argparse.Namespace(file=str(file), **options))
    return {"run": run.ref, "verified": code == 0, "root": options["root"], "said": said, **data}
