"""What a client may ask of the agent: to begin a task, how it stands, and to cancel it.

Approving, rejecting, delegating and revoking are not here, and no message reaches a run that is
under way: who waits for an approval is not answered by a client.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Iterable
from typing import Any, NoReturn

from a2a.server.context import ServerCallContext
from a2a.server.events.event_queue import Event
from a2a.server.request_handlers import RequestHandler
from a2a.types import (
    AgentCard,
    Artifact,
    CancelTaskRequest,
    GetTaskRequest,
    ListTasksRequest,
    ListTasksResponse,
    Message,
    SendMessageRequest,
    SubscribeToTaskRequest,
    Task,
    TaskArtifactUpdateEvent,
    TaskStatusUpdateEvent,
)
from a2a.utils.errors import (
    ExtendedAgentCardNotConfiguredError,
    InvalidParamsError,
    PushNotificationNotSupportedError,
    TaskNotCancelableError,
    UnsupportedOperationError,
)

from tarl.agents.adapters.a2a_wire import part_of, value_of
from tarl.engines.embedded.port import EmbeddedEngine
from tarl.engines.embedded.runtime import Runtime
from tarl.errors import Conflict, Refused
from tarl.interfaces.a2a.tasks import ENDED, OPEN, Tasks, task_id_of
from tarl.kernel.definition import Workflow

WAIT_S = 60.0
"""A request that waits for its task's end is answered by then, with how the task stands."""

CANCEL_WAIT_S = 2.0
"""How long a cancelled run is given to end before the request is answered."""

LOOK_S = 0.05
"""How often a task is looked at for those who wait."""

PAGE_SIZE = 50
PAGE_SIZE_MAX = 100


class Handler(RequestHandler):
    """The agent.

    Args:
        runtime: What carries the workflows out.
        workflows: Its skills.
        tenant: Whose runs they are.
        agent: The agent whose authority they act with; none when None.
        task: What that authority must be for; the run's id when None.
        wait_s: How long a request may wait for its task.
    """

    def __init__(
        self,
        runtime: Runtime,
        workflows: Iterable[Workflow[..., Any]],
        *,
        tenant: str = "default",
        agent: str | None = None,
        task: str | None = None,
        wait_s: float = WAIT_S,
    ) -> None:
        self._runtime = runtime
        self._skills = {workflow.name: workflow for workflow in workflows}
        self._tenant = tenant
        self._agent = agent
        self._task = task
        self._wait_s = wait_s
        self._tasks = Tasks(runtime.journal, tenant)

    # --- beginning a task

    async def on_message_send(
        self, params: SendMessageRequest, context: ServerCallContext
    ) -> Task | Message:
        """Begin a task, and wait for it unless the client does not want to."""
        id = await self._begun(params)
        if params.configuration.return_immediately:
            return self._tasks.find(id)
        return await self._settled(id, self._wait_s)

    async def on_message_send_stream(
        self, params: SendMessageRequest, context: ServerCallContext
    ) -> AsyncGenerator[Event, None]:
        """Begin a task, and tell how it goes on."""
        id = await self._begun(params)
        async for event in self._told(id):
            yield event

    async def on_subscribe_to_task(
        self, params: SubscribeToTaskRequest, context: ServerCallContext
    ) -> AsyncGenerator[Event, None]:
        """Tell how a task goes on."""
        if self._tasks.find(params.id).status.state in ENDED:
            raise UnsupportedOperationError(message="the task has ended")
        async for event in self._told(params.id):
            yield event

    async def _begun(self, params: SendMessageRequest) -> str:
        """Start the run of a message, or attach to it; the task's id once it is on disk."""
        message = params.message
        if message.task_id:
            self._tasks.find(message.task_id)
            raise UnsupportedOperationError(
                message="a task takes no further messages: what it waits for, people decide with"
                " `tarl approve`; for anything else send a message without a task id"
            )
        workflow, id = self._skill(params), task_id_of(message)
        try:
            input = value_of(message.parts)
            handle = await self._runtime.start(
                workflow,
                input if workflow.takes_input else None,
                id=self._tasks.workflow_id(id),
                tenant=self._tenant,
                agent=self._agent,
                task=self._task,
            )
        except Conflict as error:
            raise InvalidParamsError(
                message=f"the message's id is taken: {error.message}"
            ) from None
        except Refused as error:
            raise InvalidParamsError(message=error.message, data=error.as_data()) from None
        handle.future.add_done_callback(_looked_at)
        while self._runtime.journal.head(handle.run_id.stream) is None:
            if handle.future.done():
                await handle.result()
            await asyncio.sleep(LOOK_S / 10)
        return id

    def _skill(self, params: SendMessageRequest) -> Workflow[..., Any]:
        named = [
            fields["skill"].string_value
            for fields in (params.message.metadata.fields, params.metadata.fields)
            if "skill" in fields
        ]
        if not named and len(self._skills) == 1:
            return next(iter(self._skills.values()))
        if not named or named[0] not in self._skills:
            raise InvalidParamsError(
                message="name a skill in the message's metadata: "
                + ", ".join(f'"{name}"' for name in sorted(self._skills))
            )
        return self._skills[named[0]]

    # --- looking

    async def on_get_task(self, params: GetTaskRequest, context: ServerCallContext) -> Task | None:
        """How a task stands."""
        return self._tasks.find(params.id)

    async def on_list_tasks(
        self, params: ListTasksRequest, context: ServerCallContext
    ) -> ListTasksResponse:
        """The tasks, the newest first, by pages."""
        size = params.page_size if params.HasField("page_size") else PAGE_SIZE
        if not 1 <= size <= PAGE_SIZE_MAX:
            raise InvalidParamsError(message=f"a page has 1 to {PAGE_SIZE_MAX} tasks")
        found = list(self._tasks.newest_first(params.context_id))
        if params.status or params.HasField("status_timestamp_after"):
            after_ns = params.status_timestamp_after.ToNanoseconds()
            found = [each for each in found if self._fits(each, params.status, after_ns)]
        begin = 0
        if params.page_token:
            ids = [record["workflow_id"] for record in found]
            if self._tasks.workflow_id(params.page_token) not in ids:
                raise InvalidParamsError(message="there is no such page")
            begin = ids.index(self._tasks.workflow_id(params.page_token))
        page, rest = found[begin : begin + size], found[begin + size :]
        return ListTasksResponse(
            tasks=[self._tasks.task(record) for record in page],
            next_page_token=self._tasks.id_of(rest[0]) if rest else "",
            page_size=size,
            total_size=len(found),
        )

    def _fits(self, record: Any, state: int, after_ns: int) -> bool:
        status = self._tasks.task(record).status
        is_after = not after_ns or status.timestamp.ToNanoseconds() > after_ns
        return is_after and (not state or status.state == state)

    # --- ending

    async def on_cancel_task(
        self, params: CancelTaskRequest, context: ServerCallContext
    ) -> Task | None:
        """Ask a task's run to stop; it may clean up."""
        if self._tasks.find(params.id).status.state in ENDED:
            raise TaskNotCancelableError
        try:
            engine = EmbeddedEngine(self._runtime)
            await engine.cancel(self._tasks.run(params.id), reason="the client asked for it")
        except Conflict:
            raise TaskNotCancelableError from None
        return await self._settled(params.id, CANCEL_WAIT_S, until=ENDED)

    # --- what there is not

    async def on_create_task_push_notification_config(self, params: Any, context: Any) -> NoReturn:
        """Not offered: the agent calls nobody."""
        raise PushNotificationNotSupportedError

    async def on_get_task_push_notification_config(self, params: Any, context: Any) -> NoReturn:
        """Not offered."""
        raise PushNotificationNotSupportedError

    async def on_list_task_push_notification_configs(self, params: Any, context: Any) -> NoReturn:
        """Not offered."""
        raise PushNotificationNotSupportedError

    async def on_delete_task_push_notification_config(self, params: Any, context: Any) -> NoReturn:
        """Not offered."""
        raise PushNotificationNotSupportedError

    async def on_get_extended_agent_card(self, params: Any, context: Any) -> AgentCard:
        """Not offered: there is one card."""
        raise ExtendedAgentCardNotConfiguredError

    # --- waiting

    async def _settled(self, id: str, wait_s: float, until: Any = None) -> Task:
        """The task once nothing more comes by itself, or when the time is over."""
        loop = asyncio.get_running_loop()
        deadline_s = loop.time() + wait_s
        while True:
            task = self._tasks.find(id)
            state = task.status.state
            is_settled = state not in OPEN if until is None else state in until
            if is_settled or loop.time() >= deadline_s:
                return task
            await asyncio.sleep(LOOK_S)

    async def _told(self, id: str) -> AsyncGenerator[Event, None]:
        """The task, then what changes: parts of results, states, the result."""
        task = self._tasks.find(id)
        yield task
        parts = _Parts(self._runtime, self._tasks, id)
        state = task.status.state
        while state in OPEN:
            await asyncio.sleep(LOOK_S)
            for update in parts.new():
                yield update
            task = self._tasks.find(id)
            if task.status.state == state:
                continue
            state = task.status.state
            for artifact in task.artifacts:
                yield TaskArtifactUpdateEvent(
                    task_id=id, context_id=task.context_id, artifact=artifact, last_chunk=True
                )
            yield TaskStatusUpdateEvent(task_id=id, context_id=task.context_id, status=task.status)


class _Parts:
    """What a task's steps give of their results before the whole is there."""

    def __init__(self, runtime: Runtime, tasks: Tasks, id: str) -> None:
        self._store = runtime.journal
        self._tasks = tasks
        self._id = id
        self._seq: dict[str, int] = {}
        self._begun = set[str]()

    def new(self) -> list[TaskArtifactUpdateEvent]:
        """What came since the last time."""
        stream = self._tasks.run(self._id).stream.replace("run/", "parts/", 1)
        updates = []
        for event in self._store.read(stream, after=self._seq.get(stream, 0)):
            self._seq[stream] = event.seq
            body = json.loads(event.body or b"{}")
            artifact = f"parts-{body.get('step')}-{body.get('attempt')}"
            updates.append(
                TaskArtifactUpdateEvent(
                    task_id=self._id,
                    context_id=self._id.rpartition(".")[0],
                    artifact=Artifact(
                        artifact_id=artifact,
                        name="partial output",
                        parts=[part_of(part) for part in body.get("parts", ())],
                    ),
                    append=artifact in self._begun,
                )
            )
            self._begun.add(artifact)
        return updates


def _looked_at(future: asyncio.Future[Any]) -> None:
    """A run's error is told through its task; nobody else asks for it."""
    if not future.cancelled():
        future.exception()
