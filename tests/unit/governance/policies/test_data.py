"""Policy data: what each key takes, and what it forbids once it is compiled."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.unit.governance.policies.parts import memory, policies

from tarl.errors import Exceeded, Invalid, TarlError
from tarl.governance.policies.data import KEYS, compiled, read_data
from tarl.policy.cedar.judge import Judge
from tarl.policy.cedar.request import Question
from tarl.values.verdict import Allow

HOUR_MS = 3_600_000


def allows(data: dict[str, Any], **facts: Any) -> bool:
    known = policies(memory())
    edition = known.register("demands", json.dumps(data), language="data")
    question = Question(
        **{"action": "mail.send", "agent": "bob", "resource": "mailbox/ann", **facts}
    )
    return isinstance(Judge([edition]).decide([question]), Allow)


DEMANDS: list[tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ({"require_mfa": True}, {"roles": ("clerk", "mfa")}, {"roles": ("clerk",)}),
    ({"required_roles": ["a", "b"]}, {"roles": ("a", "b", "c")}, {"roles": ("a",)}),
    ({"require_agent": True}, {}, {"agent": ""}),
    ({"read_only": True}, {"access": "read"}, {"access": "write"}),
    ({"max_retries": 3}, {"retries": 3}, {"retries": 4}),
    ({"max_cost_minor": 500}, {"cost_minor": 500}, {"cost_minor": 501}),
    ({"allowed_actions": ["mail.*"]}, {}, {"action": "bank.pay"}),
    ({"forbidden_actions": ["bank.*", "x"]}, {}, {"action": "bank.pay"}),
    ({"allowed_resources": ["mailbox"]}, {}, {"resource": "mailboxes"}),
    ({"forbidden_resources": ["vault"]}, {}, {"resource": "vault/7"}),
    (
        {"allowed_models": ["small", 'od"d']},
        {"action": "model.complete", "resource": "model/small"},
        {"action": "model.complete", "resource": "model/large"},
    ),
    ({"allowed_models": ["small"]}, {}, {"action": "model.complete", "resource": "model/large"}),
    (
        {"forbidden_models": ["large/one"]},
        {"action": "model.complete", "resource": "model/small"},
        {"action": "model.complete", "resource": "model/large%2Fone"},
    ),
    ({"allowed_postures": ["supervised"]}, {"posture": "supervised"}, {"posture": "none"}),
    (
        {"allowed_hours": {"from": "08:00", "to": "18:30"}},
        {"at_ms": 18 * HOUR_MS + 1_799_999},
        {"at_ms": 18 * HOUR_MS + 1_800_000},
    ),
    (
        {"allowed_hours": {"from": "22:00", "to": "06:00"}},
        {"at_ms": 23 * HOUR_MS},
        {"at_ms": 12 * HOUR_MS},
    ),
    (
        {"require_mfa": False, "read_only": False, "max_retries": 1},
        {"roles": (), "access": "write"},
        {"retries": 2},
    ),
]


@pytest.mark.parametrize(("data", "passes", "fails"), DEMANDS)
def test_what_a_key_demands(
    data: dict[str, Any], passes: dict[str, Any], fails: dict[str, Any]
) -> None:
    assert allows(data, **passes)
    assert not allows(data, **fails)


def test_every_key_is_tried() -> None:
    assert {name for data, _, _ in DEMANDS for name in data} == set(KEYS)


def test_data_becomes_an_edition_that_keeps_it() -> None:
    known = policies(memory())
    data = {"max_retries": 3, "require_mfa": True}
    made = known.register("security", json.dumps(data), language="data", semver="1.2.0")
    assert (made.language, made.data) == ("cedar", data)
    assert made.text == compiled(data) == compiled(dict(reversed(data.items())))
    assert [rule.name for rule in made.parsed()] == ["max_retries", "require_mfa"]
    looser = json.dumps({**data, "max_retries": 4})
    with pytest.raises(Invalid) as refusal:
        known.register("security", looser, language="data", semver="1.3.0")
    assert refusal.value.code == "policy.loosening"
    stricter = json.dumps({**data, "max_retries": 2, "read_only": True})
    assert known.register("security", stricter, language="data", semver="1.3.0").version == 2


WRONG: list[tuple[str, str]] = [
    ('{"require_2fa": true}', "policy.data_key"),
    ("{}", "policy.data"),
    ("[]", "policy.data"),
    ('{"require_mfa": 1}', "policy.data"),
    ('{"require_mfa": null}', "policy.data"),
    ('{"max_retries": true}', "policy.data"),
    ('{"max_retries": -1}', "policy.data"),
    ('{"max_retries": 3.5}', "policy.data"),
    ('{"max_retries": "3"}', "policy.data"),
    ('{"allowed_models": []}', "policy.data"),
    ('{"allowed_models": "small"}', "policy.data"),
    ('{"allowed_models": [1]}', "policy.data"),
    ('{"allowed_models": ["a\\u0007"]}', "policy.data"),
    (json.dumps({"allowed_models": ["m"] * 201}), "policy.data"),
    ('{"allowed_postures": ["lying"]}', "policy.data"),
    ('{"allowed_hours": {"from": "8:00", "to": "18:00"}}', "policy.data"),
    ('{"allowed_hours": {"from": "08:00", "to": "24:00"}}', "policy.data"),
    ('{"allowed_hours": {"from": "08:00", "to": "08:00"}}', "policy.data"),
    ('{"allowed_hours": {"from": "08:00"}}', "policy.data"),
    ('{"max_retries": 3, "max_retries": 9}', "json.duplicate_key"),
    ('{"max_retries": 3', "json.malformed"),
]


@pytest.mark.parametrize(("text", "code"), WRONG)
def test_what_is_no_policy_data_is_refused(text: str, code: str) -> None:
    known = policies(memory())
    with pytest.raises(TarlError) as refusal:
        known.register("demands", text, language="data")
    assert refusal.value.code == code
    assert known.ls() == []


def test_data_is_bounded() -> None:
    with pytest.raises(Exceeded) as refusal:
        read_data(json.dumps({"allowed_models": ["x" * 300_000]}))
    assert refusal.value.code == "policy.too_large"
