"""Names and patterns of actions and resources."""

from __future__ import annotations

import pytest

from tarl.errors import Invalid
from tarl.policy.capability import (
    check_action_pattern,
    check_resource_pattern,
    covers,
    covers_resource,
    is_within,
)


@pytest.mark.parametrize(
    ("pattern", "name", "covered"),
    [
        ("mail.send", "mail.send", True),
        ("mail.*", "mail.send", True),
        ("mail.*", "mail.send.bulk", True),
        ("*", "mail.send", True),
        ("mail.*", "mail", False),
        ("mail.*", "mailer.send", False),
        ("mail.*", "mail.", False),
        ("mail.s*", "mail.send", False),
        ("mail.send", "mail.Send", False),
        ("mail.send", "mail.send.bulk", False),
        ("*", "", False),
        ("*", "mail..send", False),
        ("mail.*", "mail.*", False),
    ],
)
def test_patterns_cover_actions(pattern: str, name: str, covered: bool) -> None:
    assert covers(pattern, name) is covered


@pytest.mark.parametrize(
    ("resource", "covered"),
    [
        ("mailbox/alice", True),
        ("mailbox/a%2Fb", True),
        ("mailbox/%2E%2E", True),
        ("mailbox/x/y", True),
        ("mailbox", False),
        ("mailbox/", False),
        ("mailbox/../admin", False),
        ("mailbox/./x", False),
        ("mailbox//x", False),
        ("mailbox/%2e%2e", False),
        ("mailbox/%61lice", False),
        ("mailbox/a b", False),
        ("mailbox/%FF", False),
        ("mailbox/*", False),
        ("mailbox/é", False),
        ("mailbox/a\x00", False),
        ("mailbox/" + "x" * 600, False),
        ("mailbox" + "/x" * 16, False),
    ],
)
def test_only_the_one_spelling_of_a_resource_is_covered(resource: str, covered: bool) -> None:
    assert covers_resource("mailbox/*", resource) is covered
    assert not covers_resource("*", resource) or covered or resource == "mailbox"


def test_patterns_within_patterns() -> None:
    assert is_within("mail.send.*", "mail.*")
    assert is_within("mail.*", "mail.*")
    assert not is_within("mail.*", "mail.send")
    assert not is_within("*", "mail.*")
    assert is_within("*", "*")


@pytest.mark.parametrize(
    "pattern", ["", ".", ".*", "mail.", "mail*", "*.send", "mail.*.send", "**", "mail..*", 5, None]
)
def test_what_is_no_pattern_of_actions_is_refused(pattern: str) -> None:
    with pytest.raises(Invalid) as caught:
        check_action_pattern(pattern)
    assert caught.value.code == "capability.pattern"


@pytest.mark.parametrize(
    "pattern", ["", "/", "/*", "mailbox/", "/mailbox", "a/../b", "a/*/b", "a/%61", "a b/*", None]
)
def test_what_is_no_pattern_of_resources_is_refused(pattern: str) -> None:
    with pytest.raises(Invalid) as caught:
        check_resource_pattern(pattern)
    assert caught.value.code == "capability.resource"
