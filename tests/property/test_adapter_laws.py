"""Laws of the adapters: A2A carries every JSON value; the journal keeps LangGraph's checkpoints as
LangGraph's own saver in memory does.
"""

from __future__ import annotations

from typing import Any

from a2a.types import Message, Role
from google.protobuf.json_format import MessageToJson, Parse
from hypothesis import given, settings
from hypothesis import strategies as st
from langgraph.checkpoint.base import empty_checkpoint
from langgraph.checkpoint.memory import InMemorySaver

from tarl.agents.adapters.a2a_wire import part_of, value_of
from tarl.agents.adapters.langgraph_saver import JournalSaver
from tarl.journal.memory import MemoryStore

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
NUMBERS = st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


def whole(value: Any) -> Any:
    """A value with floats that are whole numbers as such."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    if isinstance(value, dict):
        return {name: whole(item) for name, item in value.items()}
    return [whole(item) for item in value] if isinstance(value, list) else value


@given(VALUES)
def test_a_value_comes_back_from_a_message(value: Any) -> None:
    sent = Message(message_id="m", role=Role.ROLE_USER, parts=[part_of(value)])
    received = Parse(MessageToJson(sent), Message())
    assert sorted_repr(value_of(received.parts)) == sorted_repr(whole(value))


def sorted_repr(value: Any) -> str:
    """A value's text, which tells 1 from 1.0."""
    if isinstance(value, dict):
        return repr(sorted((name, sorted_repr(item)) for name, item in value.items()))
    return repr([sorted_repr(item) for item in value] if isinstance(value, list) else value)


CHANNELS = st.sampled_from(["a", "b", "c"])
STEPS = st.lists(
    st.one_of(
        st.tuples(
            st.just("put"),
            st.integers(0, 3),
            st.sampled_from(["", "sub"]),
            st.dictionaries(CHANNELS, NUMBERS | TEXTS, max_size=3),
        ),
        st.tuples(
            st.just("write"),
            st.integers(0, 3),
            st.sampled_from(["task-1", "task-2"]),
            st.lists(st.tuples(CHANNELS | st.just("__error__"), TEXTS), max_size=3),
        ),
        st.tuples(st.just("delete")),
    ),
    max_size=12,
)


@settings(max_examples=60)
@given(STEPS)
def test_the_journal_keeps_what_the_saver_in_memory_keeps(steps: list[Any]) -> None:
    savers = (
        JournalSaver(MemoryStore(origin="tarl/test"), now_ms=lambda: 1_000),
        InMemorySaver(),
    )
    configs: list[Any] = [{"configurable": {"thread_id": "t", "checkpoint_ns": ""}}]
    version = 0
    for step in steps:
        if step[0] == "delete":
            for saver in savers:
                saver.delete_thread("t")
            del configs[1:]
            continue
        parent = configs[step[1] % len(configs)]
        if step[0] == "write":
            if "checkpoint_id" in parent["configurable"]:
                for saver in savers:
                    saver.put_writes(parent, step[3], step[2], "")
            continue
        version += 1
        parent = parent if parent["configurable"]["checkpoint_ns"] == step[2] else root(step[2])
        before = savers[1].get_tuple(parent) if "checkpoint_id" in parent["configurable"] else None
        old = {} if before is None else before.checkpoint["channel_versions"]
        values = {} if before is None else before.checkpoint["channel_values"]
        new = dict.fromkeys(step[3], f"{version:032}")
        checkpoint = {
            **empty_checkpoint(),
            "id": f"{version:08}",
            "channel_versions": {**old, **new},
            "channel_values": {**values, **step[3]},
        }
        metadata: Any = {"source": "loop", "step": version, "parents": {}}
        put = [saver.put(parent, checkpoint, metadata, new) for saver in savers]  # type: ignore[arg-type]
        assert put[0] == put[1]
        configs.append(put[0])
    mine, theirs = (
        sorted(saver.list({"configurable": {"thread_id": "t"}}), key=place) for saver in savers
    )
    assert mine == theirs
    for config in configs:
        assert savers[0].get_tuple(config) == savers[1].get_tuple(config)


def root(ns: str) -> Any:
    return {"configurable": {"thread_id": "t", "checkpoint_ns": ns}}


def place(item: Any) -> Any:
    return item.config["configurable"]["checkpoint_ns"], item.config["configurable"][
        "checkpoint_id"
    ]
