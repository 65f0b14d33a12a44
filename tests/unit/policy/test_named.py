"""Constraints by name: the seeds' names, others', and those that nobody knows."""

from __future__ import annotations

import pytest

from tarl.errors import Conflict, Invalid
from tarl.policy.constraint import AtMost, OneOf
from tarl.policy.envelope import Envelope
from tarl.policy.facts import Facts
from tarl.policy.grant import Grant, Grants
from tarl.policy.named import NAMED, NamedConstraints
from tarl.values.verdict import Allow


@pytest.mark.parametrize(
    ("name", "allowed", "denied"),
    [
        ("read_only", {"access": "read"}, {"access": "write"}),
        ("text_output_only", {"output": "text"}, {"output": "data"}),
        ("blackboard_write_only", {"action": "blackboard.write"}, {"action": "mail.send"}),
    ],
)
def test_the_names_of_the_seeds_are_enforced(
    name: str, allowed: dict[str, str], denied: dict[str, str]
) -> None:
    grants = Grants([Grant("*")], NamedConstraints().envelope([name]))
    for changed, is_allowed in ((allowed, True), (denied, False)):
        facts = Facts(**{"action": "a", "resource": "r", **changed})
        assert isinstance(grants.allows(facts), Allow) is is_allowed
    assert not isinstance(grants.allows(Facts(action="a", resource="r")), Allow)


def test_names_join() -> None:
    both = NamedConstraints().envelope(["read_only", "text_output_only"])
    assert set(both.constraints) == {"access", "output"}
    assert NamedConstraints().envelope([]) == Envelope()


@pytest.mark.parametrize("name", ["deny_all", "", "READ_ONLY", 5, None])
def test_a_name_that_nobody_registered_is_refused(name: str) -> None:
    with pytest.raises(Invalid) as caught:
        NamedConstraints().envelope(["read_only", name])
    assert caught.value.code == "constraint.unknown"


def test_registering() -> None:
    named = NamedConstraints()
    small = Envelope({"args.amount_minor": AtMost(10_000)})
    named.register("small_amounts", small)
    named.register("small_amounts", small)
    assert named.envelope(["small_amounts"]) == small
    assert "small_amounts" in named.names
    assert "small_amounts" not in NamedConstraints().names
    assert "small_amounts" not in NAMED


def test_a_name_does_not_change_its_meaning() -> None:
    named = NamedConstraints()
    with pytest.raises(Conflict) as caught:
        named.register("read_only", Envelope({"access": OneOf(("read", "write"))}))
    assert caught.value.code == "constraint.named"
    assert named.envelope(["read_only"]) == NAMED["read_only"]
    with pytest.raises(Invalid):
        named.register("", Envelope())
