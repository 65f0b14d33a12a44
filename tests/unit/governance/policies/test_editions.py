"""Semantic versions, environments, and what may follow what."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.governance.policies.parts import (
    LIMIT,
    VOCABULARY,
    court,
    memory,
    policies,
)

from tarl.errors import Conflict, Invalid, Missing
from tarl.governance.policies import events
from tarl.governance.policies.events import read_body
from tarl.governance.policies.ledger import Policies
from tarl.governance.policies.state import stream_of
from tarl.journal.store import Batch
from tarl.journal.writer import StreamWriter
from tarl.policy.cedar.edition import Edition
from tarl.policy.cedar.judge import Judge
from tarl.policy.cedar.vocabulary import read_vocabulary
from tarl.values.canonical import encode

STRICTER = LIMIT.replace("10000", "500")
LOOSER = LIMIT.replace("10000", "90000")


def registered(known: Policies, text: str = LIMIT, **options: Any) -> Edition:
    return known.register("limits", text, **{"vocabulary": VOCABULARY, **options})


def test_who_names_no_version_gets_the_next_major_one() -> None:
    known = policies(memory())
    assert registered(known).semver == "1.0.0"
    assert registered(known, LOOSER).semver == "2.0.0"
    assert registered(known, STRICTER, semver="2.1.0").semver == "2.1.0"
    assert registered(known, LIMIT, by="ann").semver == "3.0.0"
    named = [(s.version, s.semver) for s in known.summaries(known.get("limits"))]
    assert named == [(1, "1.0.0"), (2, "2.0.0"), (3, "2.1.0"), (4, "3.0.0")]
    assert known.edition("limits", "2.1.0").text == STRICTER
    assert known.edition("limits", 3).label == "limits@2.1.0"
    assert known.edition("limits", 2).label == "limits@2"
    assert [b.by for _, b in known.history("limits")] == ["operator"] * 3 + ["ann"]


@pytest.mark.parametrize(
    "semver", ["1.2", "v1.0.0", "1.0.0.0", "01.0.0", " 1.0.0", "", "latest", "1" * 70 + ".0.0"]
)
def test_what_is_no_semantic_version_is_refused(semver: str) -> None:
    known = policies(memory())
    with pytest.raises(Invalid) as refusal:
        registered(known, semver=semver)
    assert refusal.value.code == "policy.semver"
    assert known.ls() == []


@pytest.mark.parametrize("semver", ["1.1.9", "1.2.0", "0.9.0", "1.2.0-rc.1", "1.2.0+build.7"])
def test_a_version_that_is_not_above_the_last_one_is_refused(semver: str) -> None:
    known = policies(memory())
    registered(known, semver="1.2.0")
    with pytest.raises(Conflict) as refusal:
        registered(known, STRICTER, semver=semver)
    assert refusal.value.code == "policy.semver_order"
    assert known.get("limits").newest == 1


def test_the_same_version_of_the_same_text_is_registered_once() -> None:
    known = policies(memory())
    first = registered(known, semver="1.2.0")
    assert registered(known, semver="1.2.0") == first
    assert registered(known) == first
    assert registered(known, semver="1.3.0").version == 2


def test_an_environment_that_there_is_not_is_refused() -> None:
    known = policies(memory())
    for change in (
        lambda: registered(known, environment="production"),
        lambda: (registered(known), known.activate("limits", environment="qa")),
        lambda: known.deactivate("limits", environment="qa"),
        lambda: known.edition("limits", environment="qa"),
    ):
        with pytest.raises(Invalid) as refusal:
            change()
        assert refusal.value.code == "environment.unknown"
    with pytest.raises(Invalid) as severity:
        registered(known, LOOSER, violation="fatal")
    assert severity.value.code == "severity.unknown"


def test_each_environment_has_its_own_versions() -> None:
    known = policies(memory())
    registered(known, semver="1.0.0", environment="dev")
    registered(known, STRICTER, semver="1.0.0", environment="prod")
    with pytest.raises(Invalid) as refusal:
        known.edition("limits", "1.0.0")
    assert refusal.value.code == "policy.ambiguous"
    assert known.edition("limits", "1.0.0", environment="prod").text == STRICTER
    assert known.edition("limits", environment="dev").text == LIMIT
    with pytest.raises(Missing):
        known.activate("limits", 1, environment="prod")  # which was registered for dev
    with pytest.raises(Missing):
        known.edition("limits", environment="stage")


def test_what_is_in_force_depends_on_where() -> None:
    known = policies(memory())
    registered(known)
    registered(known, STRICTER, environment="prod", semver="1.1.0")
    known.activate("limits", 1)
    assert known.activate("limits", environment="prod").in_force == {"": 1, "prod": 2}

    def deciding(environment: str | None) -> list[int]:
        return [edition.version for edition in known.in_force(environment=environment)]

    assert deciding("dev") == deciding("stage") == [1]
    assert deciding("prod") == [2]
    assert deciding(None) == [1, 2]  # who does not say where is bound by all
    known.deactivate("limits", environment="prod")
    assert deciding("prod") == [1]
    known.activate("limits", "1.1.0")
    assert known.deactivate("limits").in_force == {}
    assert deciding(None) == []


def test_an_edition_for_one_environment_may_not_loosen_what_holds_everywhere() -> None:
    known = policies(memory())
    registered(known, semver="1.4.0")
    with pytest.raises(Invalid) as refusal:
        registered(known, LOOSER, semver="1.5.0", environment="dev")
    assert refusal.value.code == "policy.loosening"
    with pytest.raises(Conflict):
        registered(known, STRICTER, semver="1.0.0", environment="dev")
    assert registered(known, LOOSER, semver="2.0.0", environment="dev").version == 2


OPEN: dict[str, Any] = {}
CLOSED: dict[str, Any] = {"closed": True}
PERMIT = 'permit (principal, action == Action::"bank.look", resource);\n'
WIDER = PERMIT.replace('action == Action::"bank.look"', 'action in Action::"bank.*"')
FEWER = read_vocabulary(
    {"actions": {k: v for k, v in VOCABULARY.as_data()["actions"].items() if k == "bank.look"}}  # type: ignore[index]
)
OTHERWISE = read_vocabulary(
    {
        "actions": {
            "bank.pay": {"args": {"to": "String", "amount_minor?": "Long"}},
            "bank.look": {"args": {"account": "String"}},
        }
    }
)
HAS = LIMIT.replace(
    "context.args.amount_minor >", "context.args has amount_minor && context.args.amount_minor >"
)

LOOSENINGS: list[tuple[str, str, dict[str, Any], str, dict[str, Any]]] = [
    ("level", LIMIT, {}, LIMIT, {"level": "warning"}),
    ("level", LIMIT, {"level": "warning"}, LIMIT, {"level": "audit"}),
    ("closed", PERMIT, CLOSED, PERMIT, OPEN),
    ("closed", PERMIT, CLOSED, PERMIT, {"closed": True, "vocabulary": FEWER}),
    ("closed", PERMIT, {"closed": True, "vocabulary": read_vocabulary(None)}, PERMIT, CLOSED),
    ("forbid", LIMIT, {}, LIMIT.replace("10000", "10001"), {}),
    (
        "forbid",
        LIMIT,
        {},
        LIMIT.replace('action == Action::"bank.pay"', 'action == Action::"bank.pay"').replace(
            "principal,", 'principal == Agent::"default/bob",'
        ),
        {},
    ),
    ("forbid", LIMIT, {}, LIMIT.replace("};", "&& context.args.rush };"), {}),
    ("forbid", LIMIT, {}, PERMIT, {}),
    ("forbid", LIMIT, {}, LIMIT.replace("forbid", "permit"), {}),
    ("forbid", LIMIT, {}, LIMIT.replace("amount_minor >", "amount_minor + 0 >"), {}),
    (
        "forbid",
        LIMIT.replace("amount_minor >", "amount_minor * 2 >"),
        {},
        LIMIT.replace("context.args.amount_minor > 10000", "true || false"),
        {},
    ),
    ("permit", PERMIT, CLOSED, PERMIT + WIDER, CLOSED),
    ("permit", PERMIT, CLOSED, WIDER, CLOSED),
    ("argument", HAS, {}, HAS, {"vocabulary": OTHERWISE}),
    ("violation", LIMIT, {"violation": "high"}, LIMIT, {}),
    ("violation", LIMIT, {"violation": "high"}, LIMIT, {"violation": "low"}),
]


@pytest.mark.parametrize(("kind", "before", "were", "after", "are"), LOOSENINGS)
def test_what_is_looser_needs_a_major_version(
    kind: str, before: str, were: dict[str, Any], after: str, are: dict[str, Any]
) -> None:
    known = policies(memory())
    registered(known, before, semver="1.0.0", **were)
    for semver in ("1.0.1", "1.1.0"):
        with pytest.raises(Invalid) as refusal:
            registered(known, after, semver=semver, **are)
        assert refusal.value.code == "policy.loosening"
        assert kind in [found["kind"] for found in refusal.value.facts["loosenings"]]
    assert known.get("limits").newest == 1
    assert registered(known, after, semver="2.0.0", **are).version == 2


STRICT: list[tuple[str, dict[str, Any], str, dict[str, Any]]] = [
    (LIMIT, {}, LIMIT.replace("10000", "9999"), {}),
    (LIMIT, {}, LIMIT.replace("> 10000", ">= 10000"), {}),
    (
        LIMIT,
        {},
        LIMIT + 'forbid (principal, action in Action::"bank.*", resource) when { false };',
        {},
    ),
    (
        'forbid (principal, action == Action::"bank.pay", resource);',
        {},
        'forbid (principal, action in Action::"bank.*", resource);',
        {},
    ),
    (LIMIT, {}, LIMIT.replace('@id("limit")', '@id("renamed")\n@reason("why")'), {}),
    (LIMIT, {}, LIMIT.replace("};", "|| context.args.rush };"), {}),
    (
        LIMIT,
        {},
        LIMIT.replace(
            "when { context.args.amount_minor > 10000 }",
            "unless { context.args.amount_minor <= 9000 }",
        ),
        {},
    ),
    (LIMIT, {"level": "audit"}, LIMIT, {"level": "required", "violation": "low"}),
    (PERMIT + WIDER, CLOSED, PERMIT, CLOSED),
    (WIDER, CLOSED, PERMIT, CLOSED),
    (PERMIT, OPEN, PERMIT, CLOSED),
    (
        'forbid (principal, action in [Action::"bank.pay", Action::"bank.look"], resource);',
        {},
        'forbid (principal, action == Action::"bank.pay", resource);'
        'forbid (principal, action == Action::"bank.look", resource);',
        {},
    ),
    (
        'forbid (principal, action, resource == Resource::"a/b/c");',
        {},
        'forbid (principal, action, resource in Resource::"a/b");',
        {},
    ),
    (
        'forbid (principal, action, resource) unless { ["a", "b"].contains(context.activity) };',
        {},
        'forbid (principal, action, resource) unless { context.activity == "a" };',
        {},
    ),
]


@pytest.mark.parametrize(("before", "were", "after", "are"), STRICT)
def test_what_is_no_looser_needs_none(
    before: str, were: dict[str, Any], after: str, are: dict[str, Any]
) -> None:
    known = policies(memory())
    registered(known, before, semver="1.0.0", **were)
    assert registered(known, after, semver="1.0.1", **are).version == 2


def test_a_policy_of_an_older_journal_is_read_and_decides() -> None:
    store = memory()
    old = Edition(policy="limits", version=1, text=LIMIT, vocabulary=VOCABULARY)
    body = {
        "version": 1,
        "language": "cedar",
        "text": LIMIT,
        "vocabulary": VOCABULARY.as_data(),
        "schema": old.schema,
        "level": "required",
        "closed": False,
        "digest": old.digest,
    }
    writer = StreamWriter(stream_of("default", "limits"), tenant="default", codec=store.codec)
    written = [("policy.registered/1", body), ("policy.activated/1", {"version": 1})]
    store.commit(Batch([writer.append(kind, encode(b), at_ms=1) for kind, b in written]))
    known = policies(store)
    edition = known.edition("limits")
    assert (edition.semver, edition.environment, edition.label) == ("1.0.0", "", "limits@1")
    assert known.get("limits").in_force == {"": 1}
    with pytest.raises(Invalid) as refusal:
        registered(known, LOOSER, semver="1.1.0")
    assert refusal.value.code == "policy.loosening"
    assert registered(known, STRICTER, semver="1.1.0").version == 2
    assert isinstance(court(store).judge("default"), Judge)
    assert read_body("policy.deactivated/1", b'{"version":1}') == events.PolicyDeactivated(
        version=1, environment="", by="operator"
    )
