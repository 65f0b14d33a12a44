"""Events and their payloads: frozen, comparable, plain when copied."""

from __future__ import annotations

import copy
import dataclasses
import json
import pickle

import pytest

from tarl.integrations.orchestration import WorkflowEvent, WorkflowEventKind
from tarl.integrations.orchestration.frozen import frozen

PLAIN = {"a": [1, {"b": None}]}
EVENT = WorkflowEvent("w", 3, WorkflowEventKind.TASK_SUBMIT, frozen(PLAIN), None)


def test_the_kinds_are_numbered_from_1_to_9() -> None:
    assert [kind.value for kind in WorkflowEventKind] == list(range(1, 10))
    assert WorkflowEventKind.START.value == 1
    assert WorkflowEventKind.ERROR.value == 9


def test_to_dict_and_back() -> None:
    data = EVENT.to_dict()
    assert data == {
        "kind": "TASK_SUBMIT",
        "payload": PLAIN,
        "sequence": 3,
        "snapshot_hash": None,
        "workflow_id": "w",
    }
    assert WorkflowEvent.from_dict(json.loads(json.dumps(data))) == EVENT
    with pytest.raises(KeyError):
        WorkflowEvent.from_dict({**data, "kind": "NEVER"})


def test_an_event_and_its_payload_do_not_change() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        EVENT.sequence = 4  # type: ignore[misc]
    for change in (
        lambda: EVENT.payload.update(x=1),
        lambda: EVENT.payload.pop("a"),
        lambda: EVENT.payload["a"].append(2),
        lambda: EVENT.payload["a"][1].clear(),
        lambda: EVENT.payload["a"].sort(),
    ):
        with pytest.raises(TypeError, match="does not change"):
            change()
    assert EVENT.payload == PLAIN


@pytest.mark.parametrize(
    "make", [copy.deepcopy, copy.copy, lambda v: pickle.loads(pickle.dumps(v))]
)
def test_a_copy_is_plain_and_may_change(make) -> None:
    copied = make(EVENT.payload)
    copied["a"].append(2)
    assert type(copied) is dict
    assert EVENT.payload == PLAIN
    assert json.dumps(EVENT.payload) == json.dumps(PLAIN)
