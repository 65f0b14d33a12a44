"""Names of actions and resources, patterns of them, and their order.

An action is a dotted name (``mail.send``), a resource a path of percent-encoded segments
(``mailbox/alice``). A pattern is a name, or everything below one (``mail.*``, ``mailbox/*``), or
everything (``*``). Everything below ``mail`` does not include ``mail`` itself.

1. The patterns form a tree: two of them are disjoint, or one lies within the other.
2. A text that is no name is covered by nothing, so that no second spelling of a name
   (``mailbox/%61lice``, ``mailbox/x/../alice``) slips past a pattern.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from functools import lru_cache
from urllib.parse import unquote

from tarl.errors import Invalid
from tarl.values.ids import encode_segment

CHARS_MAX = 512
SEGMENTS_MAX = 16
"""Of an action or a resource: a decision looks once for each segment."""

_REMEMBERED = 8_192
ANYTHING = "*"


def covers(pattern: str, name: str) -> bool:
    """Whether a pattern of actions covers an action."""
    return _within(name, pattern, ".") and is_action(name)


def covers_resource(pattern: str, resource: str) -> bool:
    """Whether a pattern of resources covers a resource."""
    return _within(resource, pattern, "/") and is_resource(resource)


def is_within(child: str, parent: str) -> bool:
    """Whether all actions that ``child`` covers are covered by ``parent``."""
    return _within(child, parent, ".")


def is_within_resource(child: str, parent: str) -> bool:
    """Whether all resources that ``child`` covers are covered by ``parent``."""
    return _within(child, parent, "/")


def overlap(a: str, b: str, separator: str) -> str | None:
    """The pattern that covers what both do; None when they have nothing in common."""
    if _within(a, b, separator):
        return a
    return b if _within(b, a, separator) else None


def holds(patterns: Collection[str], need: str) -> bool:
    """Whether one of the patterns covers a need: an action, or a pattern of actions."""
    return need in patterns or any(wider in patterns for wider in patterns_over(need, "."))


def patterns_over(name: str, separator: str) -> Iterator[str]:
    """The patterns that are wider than a name or pattern, the narrowest first."""
    at = name.rfind(separator)
    while at > 0:
        wider = name[: at + 1] + ANYTHING
        if wider != name:
            yield wider
        at = name.rfind(separator, 0, at)
    if name != ANYTHING:
        yield ANYTHING


@lru_cache(maxsize=_REMEMBERED)
def is_action(text: str) -> bool:
    """Whether a text is the name of an action."""
    segments = text.split(".")
    return (
        len(text) <= CHARS_MAX
        and len(segments) <= SEGMENTS_MAX
        and text.isprintable()
        and all(segment and "*" not in segment for segment in segments)
    )


@lru_cache(maxsize=_REMEMBERED)
def is_resource(text: str) -> bool:
    """Whether a text is a resource, in the one spelling that it has."""
    segments = text.split("/")
    return (
        len(text) <= CHARS_MAX
        and len(segments) <= SEGMENTS_MAX
        and all(segment and _encoded(segment) == segment for segment in segments)
    )


def check_action_pattern(pattern: str) -> str:
    """The pattern, if actions can have it.

    Raises:
        Invalid: it is none (``capability.pattern``).
    """
    if _is_pattern(pattern, ".", is_action):
        return pattern
    raise Invalid(
        f"{_shown(pattern)} is no pattern of actions",
        code="capability.pattern",
        next_step="write an action (mail.send), all below one (mail.*), or * for all",
        pattern=_shown(pattern),
    )


def check_resource_pattern(pattern: str) -> str:
    """The pattern, if resources can have it.

    Raises:
        Invalid: it is none (``capability.resource``).
    """
    if _is_pattern(pattern, "/", is_resource):
        return pattern
    raise Invalid(
        f"{_shown(pattern)} is no pattern of resources",
        code="capability.resource",
        next_step="write a path (mailbox/alice), all below one (mailbox/*), or * for all; each"
        " segment percent-encoded",
        pattern=_shown(pattern),
    )


def _within(child: str, parent: str, separator: str) -> bool:
    if parent in (child, ANYTHING):
        return True
    stem = parent[:-1]
    return (
        parent.endswith(ANYTHING)
        and stem.endswith(separator)
        and len(child) > len(stem)
        and child.startswith(stem)
    )


def _is_pattern(pattern: object, separator: str, is_name: Callable[[str], bool]) -> bool:
    if type(pattern) is not str or not pattern:
        return False
    if pattern == ANYTHING:
        return True
    stem = pattern[:-2] if pattern.endswith(separator + ANYTHING) else pattern
    return bool(stem) and is_name(stem)


def _encoded(segment: str) -> str:
    try:
        return encode_segment(unquote(segment, errors="strict"))
    except UnicodeError:
        return ""


def _shown(pattern: object) -> str:
    return repr(pattern)[:80]
