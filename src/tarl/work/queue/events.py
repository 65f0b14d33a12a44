"""What happens to a task, as facts: wire names, bodies and how they are spelled.

1. ``task.enqueued/1`` comes first and once.
2. An attempt that ended without a result is ``task.attempt_failed/1``, with what comes next.
3. ``task.completed/1`` and ``task.cancelled/1`` close the stream; ``task.dead/1`` waits for a
   person, who requeues or purges.
4. ``fence`` never falls along a stream.
"""

from __future__ import annotations

from typing import Any

import msgspec

from tarl.kernel.events import ErrorRecord
from tarl.kernel.retry import RetryPolicy
from tarl.kernel.wording import ERROR_CHARS_MAX
from tarl.values.canonical import encode, quote
from tarl.work.queue.task import DEFAULT_RETRY, Priority, Spec

TASK_ENQUEUED = "task.enqueued/1"
TASK_ATTEMPT_FAILED = "task.attempt_failed/1"
TASK_COMPLETED = "task.completed/1"
TASK_DEAD = "task.dead/1"
TASK_REQUEUED = "task.requeued/1"
TASK_CANCELLED = "task.cancelled/1"
TASK_PURGED = "task.purged/1"

CLOSING = frozenset({TASK_COMPLETED, TASK_CANCELLED, TASK_DEAD, TASK_PURGED})
"""The last event of a task that no worker will have, unless it is requeued."""


class Enqueued(msgspec.Struct, frozen=True, kw_only=True):
    """A task was asked for; what is left out is as in ``Spec``."""

    handler: str
    payload: msgspec.Raw
    priority: int = Priority.NORMAL
    needs: tuple[str, ...] = ()
    version: str = ""
    not_before_ms: int | None = None
    timeout_ms: int | None = None
    retry: RetryPolicy = DEFAULT_RETRY
    agent: str = ""
    agent_task: str = ""
    agent_lent: str = ""
    origin: str = ""

    @property
    def spec(self) -> Spec:
        """All but the payload."""
        return Spec(
            handler=self.handler,
            priority=Priority(self.priority),
            needs=self.needs,
            version=self.version,
            not_before_ms=self.not_before_ms,
            timeout_ms=self.timeout_ms,
            retry=self.retry,
            agent=self.agent,
            agent_task=self.agent_task,
            agent_lent=self.agent_lent,
            origin=self.origin,
        )


class AttemptFailed(msgspec.Struct, frozen=True, kw_only=True):
    """An attempt failed, timed out, or its worker was heard of no more.

    ``wait_ms`` is how long the next attempt waits; None when there is none.
    """

    attempt: int
    error: ErrorRecord
    fence: int
    worker: str
    wait_ms: int | None = None


class Completed(msgspec.Struct, frozen=True, kw_only=True):
    """An attempt answered."""

    attempt: int
    fence: int
    result: msgspec.Raw
    worker: str


class Dead(msgspec.Struct, frozen=True, kw_only=True):
    """No attempt is left."""

    attempts: int
    fence: int


class Requeued(msgspec.Struct, frozen=True, kw_only=True):
    """A person gave the task a new series of attempts."""

    by: str


class Closed(msgspec.Struct, frozen=True, kw_only=True):
    """A person cancelled or purged the task."""

    by: str


BODIES: dict[str, type] = {
    TASK_ENQUEUED: Enqueued,
    TASK_ATTEMPT_FAILED: AttemptFailed,
    TASK_COMPLETED: Completed,
    TASK_DEAD: Dead,
    TASK_REQUEUED: Requeued,
    TASK_CANCELLED: Closed,
    TASK_PURGED: Closed,
}
DECODERS: dict[str, Any] = {
    kind: msgspec.json.Decoder(body).decode for kind, body in BODIES.items()
}


def enqueued(spec: Spec, payload: bytes) -> bytes:
    """The body of a task's first event, members in order, defaults left out."""
    parts = [b"{"]
    if spec.agent:
        lent = b'"agent_lent":%b,' % quote(spec.agent_lent) if spec.agent_lent else b""
        acting = quote(spec.agent), lent, quote(spec.agent_task)
        parts.append(b'"agent":%b,%b"agent_task":%b,' % acting)
    parts += (b'"handler":', quote(spec.handler))
    if spec.needs:
        parts += (b',"needs":', encode(list(spec.needs)))
    if spec.not_before_ms is not None:
        parts.append(b',"not_before_ms":%d' % spec.not_before_ms)
    if spec.origin:
        parts += (b',"origin":', quote(spec.origin))
    parts += (b',"payload":', payload)
    if spec.priority is not Priority.NORMAL:
        parts.append(b',"priority":%d' % spec.priority)
    if spec.retry is not DEFAULT_RETRY and spec.retry != DEFAULT_RETRY:
        parts += (b',"retry":', encode(_plain(spec.retry)))
    if spec.timeout_ms is not None:
        parts.append(b',"timeout_ms":%d' % spec.timeout_ms)
    if spec.version:
        parts += (b',"version":', quote(spec.version))
    parts.append(b"}")
    return b"".join(parts)


def completed(attempt: int, fence: int, result: bytes, worker: str) -> bytes:
    """The body of a completion."""
    return b'{"attempt":%d,"fence":%d,"result":%b,"worker":%b}' % (
        attempt,
        fence,
        result,
        quote(worker),
    )


def body(value: msgspec.Struct) -> bytes:
    """The body of a rarer event."""
    data = {name: item for name, item in _plain(value).items() if item is not None}
    error = data.get("error")
    if error is not None:
        text = error["message"].encode("utf-8", "replace").decode()[:ERROR_CHARS_MAX]
        data["error"] = {"message": text, "type": error["type"]}
    return encode(data)


def _plain(value: msgspec.Struct) -> Any:
    return msgspec.json.decode(msgspec.json.encode(value))
