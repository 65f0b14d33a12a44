"""Workflows as an A2A agent: the SDK's own client asks a real server."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from a2a.types import (
    CancelTaskRequest,
    GetTaskRequest,
    ListTasksRequest,
    SubscribeToTaskRequest,
    TaskPushNotificationConfig,
    TaskState,
)
from a2a.utils.errors import (
    A2AError,
    InvalidParamsError,
    PushNotificationNotSupportedError,
    TaskNotCancelableError,
    TaskNotFoundError,
    UnsupportedOperationError,
)
from a2a.utils.signing import InvalidSignaturesError, create_signature_verifier
from jwt.api_jwk import PyJWK
from tests.unit.interfaces.a2a.house import (
    DONE,
    TOKEN,
    client_of,
    house,
    message,
    sent,
    task_of,
    until,
)
from tests.unit.trust.household import Household

from tarl.agents.adapters.a2a import _pinned
from tarl.agents.adapters.a2a_wire import value_of
from tarl.crypto.keys import Keyring
from tarl.engines.embedded.clock import SystemClock
from tarl.engines.embedded.people import People
from tarl.kernel.approvals.names import ApprovalId, PrincipalId
from tarl.kernel.effect import Effect
from tarl.values.verdict import Allow, Deny, Reason, Verdict

WORKING, INPUT_REQUIRED = TaskState.TASK_STATE_WORKING, TaskState.TASK_STATE_INPUT_REQUIRED


@pytest.fixture(autouse=True)
def nothing_yet() -> None:
    DONE.clear()


class NotThat:
    """A gate without one capability."""

    def decide(self, effect: Effect) -> Verdict:
        if "house.forbidden" in effect.activity.needs:
            return Deny((Reason(code="test.denied", text="nobody delegated it"),))
        return Allow()


def test_a_task_is_a_run_and_its_result_an_artifact(tmp_path: Path) -> None:
    async def work() -> Any:
        async with house(tmp_path) as place, client_of(place.url) as client:
            task = await task_of(client, message("tea", skill="house.counts"))
            again = await client.get_task(GetTaskRequest(id=task.id))
            assert again == task
            assert place.runtime.find(task.metadata["run"]).workflow_id == f"a2a.{task.id}"
            return task

    task = asyncio.run(work())
    assert task.status.state == TaskState.TASK_STATE_COMPLETED
    assert [value_of(artifact.parts) for artifact in task.artifacts] == [
        {"word": "tea", "letters": 3, "ratio": 0.5}
    ]
    assert DONE == ["tea"]


def test_the_same_message_is_the_same_task(tmp_path: Path) -> None:
    async def work() -> None:
        async with house(tmp_path) as place, client_of(place.url) as client:
            first = await task_of(client, message("tea", skill="house.counts"))
            assert await task_of(client, message("tea", skill="house.counts")) == first
            with pytest.raises(InvalidParamsError, match="taken"):
                await task_of(client, message("milk", skill="house.counts"))
            other = await task_of(client, message("milk", skill="house.counts", id="m-2"))
            assert other.id != first.id

    asyncio.run(work())
    assert DONE == ["tea", "milk"]


def test_a_stream_tells_states_parts_and_the_result(tmp_path: Path) -> None:
    async def work() -> Any:
        async with house(tmp_path) as place, client_of(place.url, streaming=True) as client:
            return await sent(client, message("tea", skill="house.counts"))

    events = asyncio.run(work())
    kinds = [event.WhichOneof("payload") for event in events]
    assert kinds[0] == "task"
    if kinds[1:]:  # the run was not faster than the first look
        assert kinds[-2:] == ["artifact_update", "status_update"]
        final = events[-1].status_update.status.state
        parts = [e.artifact_update.artifact for e in events if e.HasField("artifact_update")]
        assert "".join(p.text for a in parts[:-1] for p in a.parts) in ("", "tea")
    else:
        final = events[0].task.status.state
    assert final == TaskState.TASK_STATE_COMPLETED


def test_a_message_to_a_task_that_waits_for_an_approval_is_none(tmp_path: Path) -> None:
    async def work() -> None:
        async with house(tmp_path) as place, client_of(place.url) as client:
            task = await task_of(client, message("it", skill="house.asks"))
            assert task.status.state == INPUT_REQUIRED
            assert "no message decides it" in task.status.message.parts[0].text
            for text in ("yes", "approve", '{"choice":"approve"}'):
                with pytest.raises(UnsupportedOperationError, match="people decide"):
                    await task_of(
                        client,
                        message(text, skill="house.asks", id=f"m-{text}", task_id=task.id),
                    )
                with pytest.raises(UnsupportedOperationError, match="people decide"):
                    await task_of(
                        client,
                        message(
                            text,
                            skill="house.asks",
                            id=f"n-{text}",
                            task_id=task.id,
                            context_id=task.context_id,
                        ),
                    )
            await asyncio.sleep(0.1)
            again = await client.get_task(GetTaskRequest(id=task.id))
            assert again.status.state == INPUT_REQUIRED
            assert DONE == []
            run = place.runtime.find(task.metadata["run"])
            assert place.runtime.journal.head(run.stream.replace("run/", "inbox/")) is None
            vote(place, run)
            await until(lambda: DONE)
            async with client_of(place.url) as other:
                await until_state(other, task.id, TaskState.TASK_STATE_COMPLETED)

    asyncio.run(work())
    assert DONE == ["approved"]


def vote(place: Any, run: Any) -> None:
    people = People(place.runtime.journal, Keyring())
    alice, now_ms = PrincipalId("default", "alice"), SystemClock().now_ms()
    people.ensure_human(alice, at_ms=now_ms)
    [id] = people.approvals.of_run(run)
    people.vote(id, alice, "approve", reason="seen", at_ms=now_ms)


async def until_state(client: Any, id: str, state: TaskState) -> Any:
    while (task := await client.get_task(GetTaskRequest(id=id))).status.state != state:
        await asyncio.sleep(0.02)
    return task


METHODS = [
    "tasks/approve",
    "ApproveTask",
    "Approve",
    "RejectTask",
    "Delegate",
    "Revoke",
    "SendSignal",
    "message/send",
]


@pytest.mark.parametrize("method", METHODS)
def test_there_are_no_other_methods(method: str, tmp_path: Path) -> None:
    async def work() -> Any:
        async with house(tmp_path) as place, httpx.AsyncClient() as http:
            answer = await http.post(
                place.url,
                json={"jsonrpc": "2.0", "id": 1, "method": method, "params": {}},
                headers={"Authorization": f"Bearer {TOKEN}", "A2A-Version": "1.0"},
            )
            return answer.json()["error"]["code"]

    assert asyncio.run(work()) == -32601


def test_what_lacks_authority_and_what_fails(tmp_path: Path) -> None:
    async def work() -> Any:
        async with house(tmp_path, gate=NotThat()) as place, client_of(place.url) as client:
            denied = await task_of(client, message({}, skill="house.may_not"))
            failed = await task_of(client, message("luck", skill="house.fails", id="m-2"))
            return denied.status, failed.status

    denied, failed = asyncio.run(work())
    assert denied.state == TaskState.TASK_STATE_AUTH_REQUIRED
    assert "nobody delegated it" in denied.message.parts[0].text
    assert failed.state == TaskState.TASK_STATE_FAILED
    assert failed.message.parts[0].text == "ValueError: no luck"
    assert DONE == []


def test_with_an_agent_a_task_has_its_authority_and_people_decide_what_it_holds(
    tmp_path: Path,
) -> None:
    household = Household(tmp_path / "house.db", capabilities=["call.*"])

    async def work() -> None:
        options = {"agent": "bot", "approvers": ["alice"]}
        async with house(tmp_path, **options) as place, client_of(place.url) as client:
            done = await task_of(client, message("tea", skill="house.counts"))
            assert done.status.state == TaskState.TASK_STATE_COMPLETED
            denied = await task_of(client, message({}, skill="house.may_not", id="m-2"))
            assert denied.status.state == TaskState.TASK_STATE_AUTH_REQUIRED
            household.ops.set_posture("bot", "supervised", "it is new")
            held = await task_of(client, message("milk", skill="house.counts", id="m-3"))
            assert held.status.state == INPUT_REQUIRED
            assert DONE == ["tea"]
            [record] = place.runtime.journal.scan("approval", {"status": "pending"})
            household.vote("alice", ApprovalId(record["tenant"], record["id"]), "approve")
            await until_state(client, held.id, TaskState.TASK_STATE_COMPLETED)

    asyncio.run(work())
    assert DONE == ["tea", "milk"]


def test_a_task_is_cancelled_once(tmp_path: Path) -> None:
    async def work() -> None:
        async with house(tmp_path) as place, client_of(place.url, polling=True) as client:
            task = await task_of(client, message({}, skill="house.waits"))
            assert task.status.state == WORKING
            cancelled = await client.cancel_task(CancelTaskRequest(id=task.id))
            assert cancelled.status.state == TaskState.TASK_STATE_CANCELED
            with pytest.raises(TaskNotCancelableError):
                await client.cancel_task(CancelTaskRequest(id=task.id))
            async with client_of(place.url, streaming=True) as other:
                with pytest.raises(UnsupportedOperationError):
                    [e async for e in other.subscribe(SubscribeToTaskRequest(id=task.id))]

    asyncio.run(work())


def test_who_subscribes_is_told_how_a_task_goes_on(tmp_path: Path) -> None:
    async def work() -> Any:
        async with house(tmp_path) as place, client_of(place.url, polling=True) as client:
            task = await task_of(client, message({}, skill="house.waits"))
            async with client_of(place.url, streaming=True) as other:
                events = other.subscribe(SubscribeToTaskRequest(id=task.id))
                first = await anext(events)
                place.runtime.signal(place.runtime.find(f"a2a.{task.id}"), "go", "now")
                return first, [event async for event in events]

    first, rest = asyncio.run(work())
    assert first.task.status.state == WORKING
    assert [event.WhichOneof("payload") for event in rest] == ["artifact_update", "status_update"]
    assert value_of(rest[0].artifact_update.artifact.parts) == "now"


def test_a_server_that_begins_anew_has_its_tasks(tmp_path: Path) -> None:
    async def begin() -> list[str]:
        async with house(tmp_path) as place, client_of(place.url, polling=True) as client:
            asked = await task_of(client, message("it", skill="house.asks", id="a"))
            waiting = await task_of(client, message({}, skill="house.waits", id="w"))
            await until_state(client, asked.id, INPUT_REQUIRED)
            return [asked.id, waiting.id]

    async def go_on(asked: str, waiting: str) -> None:
        async with house(tmp_path) as place, client_of(place.url, polling=True) as client:
            assert (await client.get_task(GetTaskRequest(id=asked))).status.state == INPUT_REQUIRED
            run = place.runtime.find(f"a2a.{waiting}")
            place.runtime.signal(run, "go", "now")
            done = await until_state(client, waiting, TaskState.TASK_STATE_COMPLETED)
            assert value_of(done.artifacts[0].parts) == "now"

    asyncio.run(go_on(*asyncio.run(begin())))


def test_tasks_are_listed_by_pages_and_contexts_and_other_runs_are_none(tmp_path: Path) -> None:
    async def work() -> None:
        async with house(tmp_path) as place, client_of(place.url) as client:
            from tests.unit.interfaces.a2a.house import counts

            await place.runtime.run(counts, "mine", id="mine")
            for n in range(5):
                context = {"context_id": "talk"} if n % 2 else {}
                await task_of(client, message("x" * n, skill="house.counts", id=str(n), **context))
            first = await client.list_tasks(ListTasksRequest(page_size=3))
            rest = await client.list_tasks(
                ListTasksRequest(page_size=3, page_token=first.next_page_token)
            )
            assert (len(first.tasks), len(rest.tasks), rest.next_page_token) == (3, 2, "")
            assert first.total_size == 5
            talk = await client.list_tasks(ListTasksRequest(context_id="talk"))
            assert [task.context_id for task in talk.tasks] == ["talk", "talk"]
            none = await client.list_tasks(ListTasksRequest(status=WORKING))
            assert list(none.tasks) == []
            for id in ("mine", "default/mine/1", "../mine", "", "x" * 500, "a2a.x"):
                with pytest.raises(A2AError) as caught:
                    await client.get_task(GetTaskRequest(id=id))
                assert isinstance(caught.value, TaskNotFoundError | InvalidParamsError)

    asyncio.run(work())


@pytest.mark.parametrize(
    "fields",
    [
        {"skill": "house.unknown"},
        {"skill": ""},
        {"skill": "house.counts", "id": "x" * 300},
        {"skill": "house.counts", "context_id": "../x"},
        {"skill": "house.counts", "context_id": "x" * 65},
        {"skill": "house.counts", "value": {"not": "a word"}},
    ],
)
def test_messages_that_begin_nothing(fields: dict[str, Any], tmp_path: Path) -> None:
    async def work() -> None:
        async with house(tmp_path) as place, client_of(place.url) as client:
            value = fields.pop("value", "tea")
            with pytest.raises(InvalidParamsError):
                await task_of(client, message(value, **fields))
            assert not list(place.runtime.journal.scan("run"))

    asyncio.run(work())


def test_nobody_is_called_back(tmp_path: Path) -> None:
    async def work() -> None:
        async with house(tmp_path) as place, client_of(place.url) as client:
            with pytest.raises(PushNotificationNotSupportedError):
                await client.create_task_push_notification_config(
                    TaskPushNotificationConfig(task_id="t", url="http://127.0.0.1:1/")
                )

    asyncio.run(work())


def test_every_path_wants_the_token_the_host_and_no_origin(tmp_path: Path) -> None:
    async def work() -> list[int]:
        async with house(tmp_path) as place, httpx.AsyncClient() as http:
            card, right = f"{place.url}.well-known/agent-card.json", f"Bearer {TOKEN}"
            body = {"jsonrpc": "2.0", "id": 1, "method": "ListTasks", "params": {}}
            answers = [
                await http.get(card),
                await http.get(card, headers={"Authorization": "Bearer wrong"}),
                await http.get(card, headers={"Authorization": right}),
                await http.post(place.url, json=body),
                await http.post(
                    place.url, json=body, headers={"Authorization": right, "Host": "evil.example"}
                ),
                await http.post(
                    place.url,
                    json=body,
                    headers={"Authorization": right, "Origin": "http://evil.example"},
                ),
                await http.post(
                    place.url, content=b"x" * 2_000_000, headers={"Authorization": right}
                ),
            ]
            return [answer.status_code for answer in answers]

    assert asyncio.run(work()) == [401, 401, 200, 401, 421, 403, 413]


def test_the_card_is_signed_as_the_sdk_verifies_it(tmp_path: Path) -> None:
    async def work() -> Any:
        async with house(tmp_path) as place, httpx.AsyncClient() as http:
            answer = await http.get(
                f"{place.url}.well-known/agent-card.json",
                headers={"Authorization": f"Bearer {TOKEN}"},
            )
            return answer.json(), place.key

    from a2a.client.card_resolver import parse_agent_card

    data, vkey = asyncio.run(work())
    kid, key = _pinned(vkey)

    def key_of(found: str | None, jku: str | None) -> PyJWK:
        assert found == kid
        return key

    verify = create_signature_verifier(key_of, ["EdDSA"])
    verify(parse_agent_card(json.loads(json.dumps(data))))
    data["description"] = "Something else."
    with pytest.raises(InvalidSignaturesError):
        verify(parse_agent_card(data))
