"""What a consent is about: ``<operation>:<kind>/<device>:<placement>``.

``measure:camera/front_door:cloud_region`` is exact: one operation of one device, computed in one
place. A granted scope may be wider: a part that ends in ``*`` stands for all that begin so, and
``*`` alone for any: ``measure:camera/*:*``. Kinds and ids are percent-encoded, so that a star or a
colon in an id is never a sign.

1. What is wanted is exact; a wider scope never stands for itself.
2. A scope covers what each of its parts covers; narrowing a part never covers more.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote

from tarl.errors import Invalid
from tarl.planning.household import Device, PlacementTarget
from tarl.planning.task import PrivacyClass, TrustTier
from tarl.values.ids import encode_segment

SCOPE_CHARS_MAX = 1_000

_REMEMBERED = 4_096
_OPERATION = re.compile(r"[a-z][a-z0-9_]*\*?|\*")
_TARGET = re.compile(r"(?:[A-Za-z0-9_.~%-]+(?:/[A-Za-z0-9_.~%-]*)?)?\*|[A-Za-z0-9_.~%-]+/[^/*]+")


class Scope(NamedTuple):
    """A scope's parts, as they are written."""

    operation: str
    target: str
    placement: str

    @property
    def text(self) -> str:
        """As it is written."""
        return ":".join(self)

    @property
    def is_exact(self) -> bool:
        """Whether it is one operation of one device in one place."""
        return not any(part.endswith("*") for part in self)

    def covers(self, other: Scope) -> bool:
        """Whether all that the other stands for is within it."""
        return all(_covers(mine, its) for mine, its in zip(self, other, strict=True))

    def overlaps(self, other: Scope) -> bool:
        """Whether something is within both."""
        return all(_overlap(mine, its) for mine, its in zip(self, other, strict=True))


class Want(NamedTuple):
    """A consent that something needs.

    Attributes:
        scope: An exact scope.
        privacy_class: Of the data that it is about.
        trust_tier: Of the device.
        why: One sentence, for who is asked.
    """

    scope: str
    privacy_class: PrivacyClass
    trust_tier: TrustTier
    why: str = ""


def scope_of(operation: str, device: Device, placement: PlacementTarget) -> str:
    """The exact scope of a device doing something, computed somewhere."""
    target = f"{encode_segment(device.kind)}/{encode_segment(device.id)}"
    return Scope(operation, target, placement.value).text


@lru_cache(maxsize=_REMEMBERED)
def parse(text: str) -> Scope:
    """The scope that a text writes.

    Raises:
        Invalid: it writes none (``consent.scope``).
    """
    parts = text.split(":") if len(text) <= SCOPE_CHARS_MAX else ()
    if len(parts) != 3:
        raise _no_scope(text, "it has not three parts between colons")
    scope = Scope(*parts)
    if not _OPERATION.fullmatch(scope.operation):
        raise _no_scope(text, f"{scope.operation[:80]!r} is no operation")
    if not _TARGET.fullmatch(scope.target) or not _is_canonical(scope.target):
        raise _no_scope(text, f"{scope.target[:200]!r} is no kind, slash and device")
    if not any(_covers(scope.placement, place.value) for place in PlacementTarget):
        raise _no_scope(text, f"{scope.placement[:80]!r} is none of the places")
    return scope


def exact(text: str) -> Scope:
    """The exact scope that a text writes.

    Raises:
        Invalid: it writes none, or a wider one (``consent.scope``).
    """
    scope = parse(text)
    if not scope.is_exact:
        raise _no_scope(text, "what is wanted is one operation of one device in one place")
    return scope


def _covers(pattern: str, other: str) -> bool:
    if pattern.endswith("*"):
        return other.startswith(pattern[:-1])
    return pattern == other


def _overlap(one: str, other: str) -> bool:
    return _covers(one, other.removesuffix("*")) or _covers(other, one.removesuffix("*"))


def _is_canonical(target: str) -> bool:
    """Whether what is percent-encoded is what has to be, so that a thing has one spelling."""
    kept = target.removesuffix("*")
    return all(encode_segment(unquote(part)) == part for part in kept.split("/"))


def _no_scope(text: str, why: str) -> Invalid:
    return Invalid(
        f"{text[:200]!r} is no scope: {why}",
        code="consent.scope",
        next_step="write OPERATION:KIND/DEVICE:PLACEMENT, such as"
        " measure:camera/front_door:cloud_region; a part may end in *",
    )
