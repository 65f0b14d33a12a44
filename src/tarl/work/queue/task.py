"""Tasks as values: what is asked for, by which name it goes, and who may carry it out.

Instants and durations are integer milliseconds. A task's stream is
``task/<tenant>/<queue>/<task id>``.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple
from urllib.parse import unquote

import msgspec

from tarl.errors import Invalid
from tarl.kernel.acting import Acting
from tarl.kernel.retry import RetryPolicy
from tarl.values.canonical import INTEGER_MAX, encode
from tarl.values.digest import length_prefixed
from tarl.values.ids import check_name, encode_segment

DEFAULT_QUEUE = "main"
ATTEMPTS_MAX = 100
"""More attempts than this are an endless loop with other words."""

NEEDS_MAX = 32
"""Capabilities one task may need: what matches is decided at every lease."""

DEFAULT_RETRY = RetryPolicy(
    attempts_max=3, first_wait_ms=1_000, factor=2.0, wait_max_ms=300_000, jitter=0.5
)


class Priority(enum.IntEnum):
    """How urgent a task is; the smaller, the sooner. None of them starves (``fairness``)."""

    CRITICAL = 1
    HIGH = 2
    NORMAL = 3
    LOW = 4
    BACKGROUND = 5

    @classmethod
    def named(cls, name: str) -> Priority:
        """The priority of a name in small letters.

        Raises:
            Invalid: there is none (``task.priority``).
        """
        try:
            return cls[name.upper()]
        except KeyError:
            names = ", ".join(priority.name.lower() for priority in cls)
            raise Invalid(
                f"{name!r} is no priority", code="task.priority", next_step=f"one of {names}"
            ) from None

    @property
    def label(self) -> str:
        """The name in small letters."""
        return self.name.lower()


class TaskId(NamedTuple):
    """Which task: of whom, in which queue, by which id."""

    tenant: str
    queue: str
    id: str

    @property
    def stream(self) -> str:
        """The name of the task's stream."""
        return _stream(self)

    @classmethod
    def from_stream(cls, stream: str) -> TaskId:
        """The task of a stream's name.

        Raises:
            Invalid: the stream is not a task's.
        """
        return _from_stream(stream)


@lru_cache(maxsize=4_096)
def _stream(task: TaskId) -> str:
    tenant, queue, id = task
    return _prefix(tenant, queue) + encode_segment(id)


@lru_cache(maxsize=4_096)
def _from_stream(stream: str) -> TaskId:
    parts = stream.split("/")
    if len(parts) != 4 or parts[0] != "task":
        raise Invalid(f"{stream!r} is not a task's stream", code="id.stream")
    return TaskId(*(unquote(part) if "%" in part else part for part in parts[1:]))


@lru_cache(maxsize=1_024)
def _prefix(tenant: str, queue: str) -> str:
    return f"task/{encode_segment(tenant)}/{encode_segment(queue)}/"


def task_id(tenant: str, queue: str, id: str) -> TaskId:
    """The task of these names.

    Raises:
        Invalid: one of them cannot be a name (``id.*``).
    """
    _check_names(tenant, queue)
    return TaskId(tenant, queue, check_name(id, "task id"))


@lru_cache(maxsize=1_024)
def _check_names(tenant: str, queue: str) -> None:
    check_name(tenant, "tenant")
    check_name(queue, "queue")


def id_of_token(token: str) -> str:
    """The id of the one task that a caller's token stands for."""
    check_name(token, "token")
    return sha256(length_prefixed(b"tarl.task-token/1", token.encode())).hexdigest()[:32]


def id_at(now_ms: int, drawn: str) -> str:
    """An id that begins with its time: tasks of one time lie on the same few pages of the file, and
    a commit of many writes those instead of one page for each.
    """
    return f"{now_ms:012x}-{drawn[:16]}"


class Spec(msgspec.Struct, frozen=True, kw_only=True):
    """What a task asks for, apart from its payload.

    Attributes:
        handler: Wire name of what carries it out.
        priority: How urgent it is.
        needs: Capabilities that its worker must have, sorted.
        version: The worker version that must carry it out; empty for any.
        not_before_ms: It waits until then.
        timeout_ms: How long one attempt may take, start to close; None for no limit.
        retry: When a failed attempt is tried again.
        agent: For whom it is carried out, ``agent_task`` what that agent is at, and ``agent_lent``
            the only record that it acts on; empty for nobody in particular, and for any record.
        origin: The stream and the step of the run that asked for it, ``run/.../1#3``, if one did:
            its run is the execution that the tenant's quota counts, and what was set aside for an
            agent's step is for this task.

    Raises:
        Invalid: a value outside its range (``task.spec``) or an unfit name (``id.*``).
    """

    handler: str
    priority: Priority = Priority.NORMAL
    needs: tuple[str, ...] = ()
    version: str = ""
    not_before_ms: int | None = None
    timeout_ms: int | None = None
    retry: RetryPolicy = DEFAULT_RETRY
    agent: str = ""
    agent_task: str = ""
    agent_lent: str = ""
    origin: str = ""

    def __post_init__(self) -> None:
        check_name(self.handler, "handler")
        if self.needs or self.version:
            self._check_selectors()
        if self.timeout_ms is not None and not 0 < self.timeout_ms <= INTEGER_MAX:
            raise Invalid("timeout_ms must be positive", code="task.spec")
        if self.not_before_ms is not None and not 0 <= self.not_before_ms <= INTEGER_MAX:
            raise Invalid("not_before_ms is no instant", code="task.spec")
        attempts = self.retry.attempts_max
        if attempts is None or attempts > ATTEMPTS_MAX:
            raise Invalid(
                f"a task is attempted at most {ATTEMPTS_MAX} times",
                code="task.spec",
                next_step="give the retry policy an attempts_max; what failed can be requeued",
            )

    def _check_selectors(self) -> None:
        if tuple(sorted(set(self.needs))) != self.needs or len(self.needs) > NEEDS_MAX:
            raise Invalid(f"needs are at most {NEEDS_MAX} distinct names, sorted", code="task.spec")
        for name in (*self.needs, *((self.version,) if self.version else ())):
            check_name(name, "capability or version")

    @property
    def acting(self) -> Acting | None:
        """For whom it is carried out, if for an agent."""
        return Acting(self.agent, self.agent_task, self.agent_lent) if self.agent else None

    @property
    def group(self) -> str:
        """What decides which workers may carry the task out, as one text."""
        return group_of(self.handler, self.version, self.needs, is_step=bool(self.origin))


_STEP = "step:"


@lru_cache(maxsize=4_096)
def group_of(handler: str, version: str, needs: tuple[str, ...], *, is_step: bool) -> str:
    """The canonical text of what a worker must match, marked if tasks are steps of runs: those
    are part of an execution that has begun, so they pass where the tenant may begin no more.
    """
    return (_STEP if is_step else "") + encode([handler, version, *needs]).decode()


def is_of_steps(group: str) -> bool:
    """Whether a group's tasks are steps of runs."""
    return group.startswith(_STEP)


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """What a worker can carry out.

    Attributes:
        handlers: Wire names that it knows; None for every name.
        capabilities: What it has.
        version: What it is; tasks that ask for another version are not for it.
    """

    handlers: frozenset[str] | None = None
    capabilities: frozenset[str] = frozenset()
    version: str = ""

    def fits(self, group: str) -> bool:
        """Whether tasks of a group may be carried out."""
        return _fits(self.handlers, self.capabilities, self.version, group)


@lru_cache(maxsize=16_384)
def _fits(
    handlers: frozenset[str] | None, capabilities: frozenset[str], version: str, group: str
) -> bool:
    handler, wanted, *needs = msgspec.json.decode(group.removeprefix(_STEP))
    return (
        (handlers is None or handler in handlers)
        and wanted in ("", version)
        and capabilities.issuperset(needs)
    )


def sorted_names(names: Iterable[str]) -> tuple[str, ...]:
    """Distinct names in order, as a ``Spec`` wants them."""
    return tuple(sorted(set(names)))
