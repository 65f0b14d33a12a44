"""Who may do what with whose things: the table, and one question."""

from __future__ import annotations

import pytest

from tarl.errors import Denied, Invalid, Missing
from tarl.tenancy.scope import OPERATOR, Access, Caller, check, may
from tarl.tenancy.tenant import Isolation

NAME, READ, WRITE = Access.NAME, Access.READ, Access.WRITE


@pytest.mark.parametrize(
    ("isolation", "permitted"),
    [("strict", set()), ("shared", {NAME}), ("none", {NAME, READ, WRITE}), ("other", set())],
)
def test_what_others_may_do(isolation: Isolation, permitted: set[Access]) -> None:
    beta = Caller("beta")
    assert {
        a for a in Access if may(beta, "acme", a, isolation_of=lambda _: isolation)
    } == permitted


@pytest.mark.parametrize("access", Access)
def test_ones_own_and_the_operators_hand_are_never_bound(access: Access) -> None:
    for caller in (Caller("acme"), OPERATOR):
        assert may(caller, "acme", access, isolation_of=lambda _: "strict")
        check(caller, "acme", access, isolation_of=lambda _: "strict")


def test_the_isolation_of_the_other_one_counts() -> None:
    isolation_of = {"acme": "strict", "beta": "none"}.__getitem__
    assert may(Caller("acme"), "beta", WRITE, isolation_of=isolation_of)  # type: ignore[arg-type]
    assert not may(Caller("beta"), "acme", NAME, isolation_of=isolation_of)  # type: ignore[arg-type]


@pytest.mark.parametrize("access", [NAME, READ])
def test_what_may_not_be_named_is_not_there(access: Access) -> None:
    with pytest.raises(Missing) as refused:
        check(Caller("beta"), "acme", access, isolation_of=lambda _: "strict", what="run x")
    assert refused.value.code == "tenant.hidden"
    assert "acme" not in str(refused.value.as_data())


def test_what_may_be_named_is_refused_by_name() -> None:
    for access, isolation in ((READ, "shared"), (WRITE, "shared"), (WRITE, "strict")):
        with pytest.raises(Denied) as refused:
            check(Caller("beta"), "acme", access, isolation_of=lambda _, i=isolation: i)  # type: ignore[misc]
        assert refused.value.code == "tenant.denied"


def test_a_caller_acts_for_something_that_can_be_a_tenant() -> None:
    assert (Caller("acme").home, OPERATOR.home) == ("acme", "default")
    for name in ("", "a\x00", "x" * 600):
        with pytest.raises(Invalid):
            Caller(name)
