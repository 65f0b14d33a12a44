"""What people are told, and the port through which they are.

1. A notice always fits: what is too long is cut, control characters become spaces. A danger is not
   kept to oneself because a device has a strange name.
2. Notices of one kind about one thing speak for one another: the last says how it is.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Protocol

import msgspec

from tarl.errors import Invalid
from tarl.planning.task import PrivacyClass
from tarl.values.ids import check_name

TITLE_CHARS_MAX = 120
TEXT_CHARS_MAX = 2_000
ABOUT_CHARS_MAX = 300
SOLUTIONS_MAX = 5
FACTS_MAX = 20
"""Together less than what a durable timer may carry."""

_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""Besides the tab and the end of a line: also what turns the direction of what follows."""
_SURROGATES = re.compile("[\ud800-\udfff]")


class NoticeKind(StrEnum):
    """Why somebody is told."""

    APPROVAL_WANTED = "approval_wanted"
    CONFLICT = "conflict"
    DRIFT = "drift"
    FAILURE = "failure"
    SAFETY = "safety"


class Solution(msgspec.Struct, frozen=True, omit_defaults=True):
    """A way out that is proposed; ``cost_micro`` is what the plan would then come to."""

    text: str
    cost_micro: int | None = None


class Notice(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something to tell.

    Attributes:
        kind: Why; ``safety`` waits for nothing.
        about: What it is about: the id of a plan or a device.
        title: One line.
        text: A few sentences.
        created_ms: Since when it is so, UTC milliseconds.
        solutions: Ways out that are proposed, the best first.
        facts: Values behind it, by name.
        privacy_class: How private the text is: who carries it out of the house looks at that.
    """

    kind: NoticeKind
    about: str
    title: str
    text: str
    created_ms: int
    solutions: tuple[Solution, ...] = ()
    facts: dict[str, str | int | bool | None] = {}
    privacy_class: PrivacyClass = PrivacyClass.INTERNAL


class Notifier(Protocol):
    """Tells people."""

    @property
    def name(self) -> str:
        """Under which it is known, also to other processes."""

    async def notify(self, notice: Notice) -> None:
        """Tell it; what returns has been handed over.

        Raises:
            Unavailable: it could not be told now.
        """


def fitted(notice: Notice) -> Notice:
    """The notice, cut to what can be told.

    Raises:
        Invalid: nothing is left of its title, it is about nothing, or it is of before 1970
            (``notice.malformed``).
    """
    title = " ".join(_cut(notice.title, TITLE_CHARS_MAX * 2).split())
    about = " ".join(_cut(notice.about, ABOUT_CHARS_MAX).split())
    if not title or not about or notice.created_ms < 0:
        raise Invalid(
            "a notice has a title, is about something, and is of some time",
            code="notice.malformed",
            next_step="say what it is about in one line",
            kind=notice.kind.value,
        )
    return msgspec.structs.replace(
        notice,
        about=check_name(about, "subject of the notice"),
        title=_cut(title, TITLE_CHARS_MAX),
        text=_cut(notice.text, TEXT_CHARS_MAX),
        solutions=tuple(
            msgspec.structs.replace(solution, text=_cut(solution.text, TITLE_CHARS_MAX * 2))
            for solution in notice.solutions[:SOLUTIONS_MAX]
        ),
        facts={
            _cut(name, TITLE_CHARS_MAX): _cut(fact, TITLE_CHARS_MAX * 2)
            if isinstance(fact, str)
            else fact
            for name, fact in sorted(notice.facts.items())[:FACTS_MAX]
        },
    )


def body_of(notice: Notice) -> str:
    """The text for a person, with the ways out below."""
    ways = [f"{at}. {solution.text}" for at, solution in enumerate(notice.solutions, 1)]
    return "\n".join(part for part in (notice.text, *ways) if part)


def discreet(notice: Notice) -> Notice:
    """The same notice for outside the house: that there is something, and nothing of what."""
    return msgspec.structs.replace(
        notice,
        title=_DISCREET[notice.kind],
        text="Look at it at home.",
        solutions=(),
        facts={},
    )


_DISCREET = {
    NoticeKind.APPROVAL_WANTED: "Your home asks for an approval",
    NoticeKind.CONFLICT: "Your home cannot do all that was asked",
    NoticeKind.DRIFT: "Your home runs otherwise than planned",
    NoticeKind.FAILURE: "Something failed at your home",
    NoticeKind.SAFETY: "Look after your home now",
}


def _cut(text: str, chars_max: int) -> str:
    plain = _SURROGATES.sub("\ufffd", _CONTROLS.sub(" ", text)).strip()
    return plain if len(plain) <= chars_max else plain[: chars_max - 1].rstrip() + "…"
