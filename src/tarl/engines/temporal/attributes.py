"""The search attributes under which Temporal finds runs: names alone, that stand readable there in
any case, and the run's number.

A namespace has them once ``register`` was called for it. Runs that begin before are not found by
them; one that was started without them has children and continuations without them.
"""

from __future__ import annotations

from typing import Any

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import (
    AddSearchAttributesRequest,
    ListSearchAttributesRequest,
)
from temporalio.client import Client
from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes
from temporalio.service import RPCError, RPCStatusCode

from tarl.engines.temporal import wire
from tarl.errors import Conflict
from tarl.values.ids import RunId, encode_segment

TENANT = SearchAttributeKey.for_keyword("TarlTenant")
"""As in the workflow's id: percent-encoded."""

WORKFLOW = SearchAttributeKey.for_keyword("TarlWorkflow")
AGENT = SearchAttributeKey.for_keyword("TarlAgent")
"""For whom the run acts; not of sealed tenants."""

NUMBER = SearchAttributeKey.for_int("TarlRun")

TYPES: dict[str, IndexedValueType.ValueType] = {
    TENANT.name: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
    WORKFLOW.name: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
    AGENT.name: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
    NUMBER.name: IndexedValueType.INDEXED_VALUE_TYPE_INT,
}

KEYWORD_CHARS_MAX = 255
"""Of a value in a database behind Temporal; an agent of a longer name is not shown."""


def shown(*, registered: bool, sealed: bool) -> wire.Shown:
    """What the runs of a tenant are found by in a namespace."""
    if not registered:
        return ""
    return "names" if sealed else "agent"


def attributes_of(start: wire.Start, workflow: str) -> TypedSearchAttributes:
    """What a run is found by; empty where its namespace has no such attributes."""
    if not start.shown:
        return TypedSearchAttributes.empty
    run = RunId.from_stream(start.run)
    pairs: list[SearchAttributePair[Any]] = [
        SearchAttributePair(TENANT, encode_segment(run.tenant)),
        SearchAttributePair(WORKFLOW, workflow),
        SearchAttributePair(NUMBER, run.n),
    ]
    agent = start.acting and start.acting.agent
    if agent and start.shown == "agent" and len(agent) <= KEYWORD_CHARS_MAX:
        pairs.append(SearchAttributePair(AGENT, agent))
    return TypedSearchAttributes(pairs)


async def registered(client: Client) -> bool:
    """Whether the client's namespace has them all; asked as a reader may ask.

    Raises:
        RPCError: the server does not answer.
    """
    texts = " AND ".join(f"{key.name} = ''" for key in (TENANT, WORKFLOW, AGENT))
    try:
        await client.count_workflows(f"{texts} AND {NUMBER.name} = 0")
    except RPCError as error:
        if error.status == RPCStatusCode.INVALID_ARGUMENT:
            return False
        raise
    return True


async def register(client: Client) -> tuple[str, ...]:
    """Have the client's namespace know them; the names of those that it did not.

    Raises:
        Conflict: it knows one as something else (``temporal.attributes``).
        RPCError: the server does not answer, or does not let this client do it.
    """
    asked = ListSearchAttributesRequest(namespace=client.namespace)
    known = (await client.operator_service.list_search_attributes(asked)).custom_attributes
    for name, kind in TYPES.items():
        if known.get(name, kind) != kind:
            raise Conflict(
                f"the namespace {client.namespace} has a search attribute {name} of another type",
                code="temporal.attributes",
                next_step=f"remove it: temporal operator search-attribute remove --name {name}",
                name=name,
            )
    missing = {name: kind for name, kind in TYPES.items() if name not in known}
    if missing:
        adding = AddSearchAttributesRequest(namespace=client.namespace, search_attributes=missing)
        await client.operator_service.add_search_attributes(adding)
    return tuple(missing)
