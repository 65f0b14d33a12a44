"""The tools of the server: a table, in the order in which clients see them.

Every tool takes one JSON object and refuses members that it does not know. ``run`` and ``plan``
alone write anything: runs, and drafts of plans.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, NamedTuple

import msgspec
from msgspec import Meta

from tarl.planning.task import SENTENCE_CHARS_MAX

LISTED_MAX = 100
WAIT_S_MAX = 50.0
"""Of one call: clients give up after a minute."""

RunStatus = Literal[
    "running", "interrupted", "completed", "failed", "cancelled", "terminated", "continued"
]
ApprovalStatus = Literal["pending", "approved", "rejected", "expired", "withdrawn"]

Run = Annotated[str, Meta(min_length=1, max_length=600, description="A run: its id, or id/n.")]
Wait = Annotated[
    float, Meta(ge=0, le=WAIT_S_MAX, description="Wait so many seconds for the run to end.")
]
Limit = Annotated[int, Meta(ge=1, le=LISTED_MAX, description="At most so many.")]


class Asked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a tool is given."""


class ForNothing(Asked, frozen=True, kw_only=True):
    """No arguments."""


class ForRun(Asked, frozen=True, kw_only=True):
    """What is to be run."""

    workflow: Annotated[str, Meta(min_length=1, max_length=200, description="Which workflow.")]
    id: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=200,
            description="Your name for this piece of work. The same id with the same input is the"
            " same run: asking again starts nothing twice.",
        ),
    ]
    input: Annotated[Any, Meta(description="What the workflow takes; see `workflows`.")] = None
    wait_s: Wait = 10.0


class ForOne(Asked, frozen=True, kw_only=True):
    """Which run."""

    run: Run


class ForResult(Asked, frozen=True, kw_only=True):
    """Which run, and how long to wait for it."""

    run: Run
    wait_s: Wait = 0.0


class ForRuns(Asked, frozen=True, kw_only=True):
    """Which runs."""

    status: RunStatus | None = None
    limit: Limit = 20


class ForApprovals(Asked, frozen=True, kw_only=True):
    """Which requests."""

    status: ApprovalStatus | None = "pending"
    limit: Limit = 20


class ForWords(Asked, frozen=True, kw_only=True):
    """An error code, or a run."""

    code: Annotated[str, Meta(min_length=1, max_length=100)] | None = None
    run: Run | None = None


class ForPlan(Asked, frozen=True, kw_only=True):
    """What is to happen at home."""

    sentence: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=SENTENCE_CHARS_MAX,
            description="What is wanted, as a person would say it: run the dishwasher when power is"
            " cheapest before 7 am.",
        ),
    ]
    language: Annotated[
        Literal["en", "de", "fr", "es", "zh"], Meta(description="Of the sentence.")
    ] = "en"
    area: (
        Annotated[
            str,
            Meta(
                min_length=1,
                max_length=200,
                description="The room of whoever asks: the lamp is then that room's.",
            ),
        ]
        | None
    ) = None


class Tool(NamedTuple):
    """A tool: what a model is told, and what it takes."""

    name: str
    title: str
    description: str
    takes: type[Asked]
    is_read_only: bool = True
    is_idempotent: bool = True


TOOLS = {
    tool.name: tool
    for tool in (
        Tool(
            "workflows",
            "Workflows that can be run",
            "List the workflows that can be run here, what each does and takes.",
            ForNothing,
        ),
        Tool(
            "run",
            "Run a workflow",
            "Start a workflow under an id of your choice, or attach to the run of that id, and wait"
            " a little for its result. A run that waits for people's approval says so; only they"
            " can give it, outside of this server.",
            ForRun,
            is_read_only=False,
        ),
        Tool(
            "status",
            "How a run stands",
            "Say how a run stands: its status, its steps, and whose approval it waits for.",
            ForOne,
        ),
        Tool("result", "A run's result", "The result of a run, or why there is none.", ForResult),
        Tool("runs", "Runs", "List runs, the newest first.", ForRuns),
        Tool(
            "approvals",
            "What people are asked",
            "List what people are asked to approve, who may, and what came of it. Look only.",
            ForApprovals,
        ),
        Tool(
            "verify",
            "Verify a run's evidence",
            "Verify the evidence of a run, as tarl-verify does: signatures, chain and log.",
            ForOne,
        ),
        Tool(
            "explain",
            "Explain",
            "Say what an error code means and what to try, or tell a run's history in words: give"
            " `code` or `run`.",
            ForWords,
        ),
        Tool(
            "plan",
            "Plan something at home",
            "Plan what a sentence asks of the home: when and where each step is done, what it costs"
            " and why so, what else there is, or which rules leave no plan. The plan is kept as a"
            " draft; only people approve plans, give consents and have plans carried out, outside"
            " of this server.",
            ForPlan,
            is_read_only=False,
            is_idempotent=False,
        ),
    )
}


def schema_of(tool: Tool) -> dict[str, Any]:
    """JSON Schema of what a tool takes."""
    whole = msgspec.json.schema(tool.takes)
    schema: dict[str, Any] = {**whole["$defs"][tool.takes.__name__]}
    schema.pop("title", None)
    schema.pop("description", None)
    return schema
