"""What each request does with the engine.

A run's end is read from the journal, where both engines record it; what it is waited for with is
the engine's ``result``.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from tarl.engines.embedded.lookup import latest_run
from tarl.engines.embedded.port import EmbeddedEngine
from tarl.engines.embedded.recorded import continued
from tarl.engines.embedded.runtime import Runtime
from tarl.errors import Conflict, Missing, RunFailed
from tarl.interfaces.cli.commands.run import check_agent, check_input
from tarl.interfaces.cli.engines import newest
from tarl.interfaces.cli.recorded import end_data
from tarl.interfaces.serve import requests
from tarl.kernel.definition import Workflow
from tarl.kernel.engine import Cursor, EnginePort
from tarl.kernel.history import engine_of, no_run
from tarl.kernel.payload import encode_value
from tarl.tenancy.scoped import home_of
from tarl.values.ids import RunId

if TYPE_CHECKING:
    from tarl.engines.temporal.runtime import TemporalRuntime

PAGE_BYTES_MAX = 4 * 1024 * 1024
"""Of a page of a history; one entry is there in any case."""


class Request(NamedTuple):
    """A request, as the paths' patterns take it apart."""

    params: Mapping[str, str]
    query: bytes
    body: bytes


class Running:
    """The runs of one engine.

    Args:
        runtime: The journal.
        engine: Who drives them.
        temporal: The same, where it is Temporal.
        workflows: Those that may be started, by wire name.
    """

    def __init__(
        self,
        runtime: Runtime,
        engine: EnginePort,
        temporal: TemporalRuntime | None,
        workflows: Mapping[str, Workflow[..., Any]],
    ) -> None:
        self._runtime = runtime
        self._engine = engine
        self._temporal = temporal
        self._workflows = workflows

    async def workflows(self, request: Request) -> dict[str, Any]:
        """What can be started."""
        requests.query_as(requests.Nothing, request.query)
        return {"engine": self._engine.name, "workflows": sorted(self._workflows)}

    async def start(self, request: Request) -> dict[str, Any]:
        """A run, started or attached to."""
        asked = requests.body_as(requests.Start, request.body)
        workflow = self._workflows.get(asked.workflow)
        if workflow is None:
            raise Missing(
                f"this service has no workflow {asked.workflow}",
                code="workflow.unknown",
                next_step="GET /v1/workflows names those that it has; start it with their --code",
                name=asked.workflow,
            )
        check_input(workflow, asked.input)
        tenant = asked.tenant or home_of(self._runtime.journal)
        if asked.agent is not None:
            check_agent(self._runtime, tenant, asked.agent)
        started = await self._engine.start(
            workflow,
            asked.input,
            id=asked.id,
            tenant=tenant,
            new_run=asked.new_run,
            agent=asked.agent,
            task=asked.task,
        )
        return _named(started.run_id)

    async def list(self, request: Request) -> dict[str, Any]:
        """A page of runs, the newest first."""
        asked = requests.query_as(requests.Listed, request.query)
        found = self._engine.list(
            tenant=asked.tenant,
            workflow=asked.workflow,
            status=asked.status,
            limit=asked.limit + 1,
            after=None if asked.after is None else Cursor.read(asked.after),
        )
        page = [each async for each in found]
        is_whole = len(page) <= asked.limit
        runs = [
            {
                **_named(each.run),
                "workflow": each.workflow,
                "status": each.status,
                "started_at_ms": each.started_at_ms,
                "ended_at_ms": each.ended_at_ms,
            }
            for each in page[: asked.limit]
        ]
        next_after = None if is_whole else Cursor.behind(page[asked.limit - 1]).text
        return {"runs": runs, "next_after": next_after}

    async def result(self, request: Request) -> dict[str, Any]:
        """How a run ended, or ``running`` when it has not by then."""
        asked, run = requests.query_as(requests.Wait, request.query), await self._run(request)
        end, failure = self._end(run), None
        if end["status"] == "running":
            await self._check_known(run)
            try:
                async with asyncio.timeout(asked.wait_s):
                    await self._engine.result(run)
            except TimeoutError:
                pass
            except RunFailed as error:
                failure = error
            end = self._end(run)
        if failure is not None and end["status"] == "running":
            facts = failure.facts
            said = {"type": facts.get("type", ""), "message": facts.get("error") or str(failure)}
            end = {"status": "failed", "error": said}
        return {**_named(continued(self._runtime.journal, run)), **end}

    async def history(self, request: Request) -> dict[str, Any]:
        """A page of what happened in a run."""
        asked, run = requests.query_as(requests.Page, request.query), await self._run(request)
        page: list[dict[str, Any]] = []
        size, is_whole = 0, True
        async for moment in self._engine.history(run):
            if moment.seq <= asked.after:
                continue
            size += len(moment.body)
            if len(page) == asked.limit or (page and size > PAGE_BYTES_MAX):
                is_whole = False
                break
            body = json.loads(moment.body)
            at_ms, kind = moment.at_ms, moment.kind
            page.append({"seq": moment.seq, "at_ms": at_ms, "kind": kind, "body": body})
        next_after = None if is_whole else page[-1]["seq"]
        return {**_named(run), "history": page, "next_after": next_after}

    async def signal(self, request: Request) -> dict[str, Any]:
        """A signal, durable when this returns."""
        asked, run = requests.body_as(requests.Tell, request.body), await self._run(request)
        await self._engine.signal(run, asked.name, asked.payload)
        return _named(run)

    async def query(self, request: Request) -> dict[str, Any]:
        """What a run sees."""
        asked, run = requests.body_as(requests.Ask, request.body), await self._run(request)
        answer = await self._engine.query(run, asked.name, *asked.args)
        return {**_named(run), "answer": self._plain(answer)}

    async def update(self, request: Request) -> dict[str, Any]:
        """A run's answer to a change."""
        asked, run = requests.body_as(requests.Change, request.body), await self._run(request)
        answer = await self._engine.update(
            run, asked.name, asked.payload, timeout_s=asked.timeout_s
        )
        return {**_named(run), "answer": self._plain(answer)}

    async def cancel(self, request: Request) -> dict[str, Any]:
        """Ask a run to stop."""
        asked, run = requests.body_as(requests.Stop, request.body), await self._run(request)
        await self._engine.cancel(run, reason=asked.reason)
        return _named(run)

    async def terminate(self, request: Request) -> dict[str, Any]:
        """End a run at once."""
        asked, run = requests.body_as(requests.Stop, request.body), await self._run(request)
        await self._engine.terminate(run, reason=asked.reason)
        return _named(run)

    async def _run(self, request: Request) -> RunId:
        """The run of a path; ``latest`` is the newest of its id.

        Raises:
            Missing: there is none (``run.missing``).
            Conflict: another engine drives it (``run.elsewhere``).
        """
        run, store = await self._meant(request), self._runtime.journal
        other = engine_of(store, run) or EmbeddedEngine.name
        if other != self._engine.name and store.head(run.stream) is not None:
            raise Conflict(
                f"{run.ref} is driven by {other}, and this service speaks to {self._engine.name}",
                code="run.elsewhere",
                next_step=f"ask a service of that engine: tarl serve --engine {other}",
                run=run.ref,
                engine=other,
            )
        return run

    async def _meant(self, request: Request) -> RunId:
        tenant, id = request.params["tenant"], request.params["id"]
        first = RunId(tenant, id, 1)
        n = requests.number_of(request.params["n"])
        if n is not None:
            return RunId(tenant, id, n)
        latest = latest_run(self._runtime.engine, tenant, id)
        if self._temporal is not None:
            return await newest(self._temporal, latest or first)
        if latest is None:
            raise no_run(first.ref)
        return latest

    def _end(self, run: RunId) -> dict[str, Any]:
        return end_data(self._runtime.journal, continued(self._runtime.journal, run))

    async def _check_known(self, run: RunId) -> None:
        """Refuse a run that neither the journal nor the engine knows, whatever the wait."""
        if self._runtime.journal.head(run.stream) is None and self._temporal is not None:
            async for _ in self._engine.history(run):
                break

    def _plain(self, value: Any) -> Any:
        """An answer as JSON values."""
        limit = self._runtime.engine.limits.value_bytes_max
        return json.loads(encode_value(value, name="the answer", bytes_max=limit))


def _named(run: RunId) -> dict[str, Any]:
    return {"run": run.ref, "tenant": run.tenant, "id": run.workflow_id, "n": run.n}
