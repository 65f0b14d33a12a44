"""What a run has to say: facts, which ``telling`` puts into words where the plans are.

A run's history holds these and no sentences: how something is said may change under a run that
replays.
"""

from __future__ import annotations

from typing import Literal

import msgspec

NewsKind = Literal[
    "consent",
    "confirm",
    "version",
    "conflict",
    "moved",
    "kept",
    "failed",
    "instead",
    "doubt",
    "said",
]
"""``consent``, ``confirm`` and ``version`` ask: for a consent, for a yes to a step, for a yes to a
later version. ``conflict``: no later version keeps every rule. ``moved``: a later version is in
force; ``kept``: one was made, and is not. ``failed``: a step did not come to what it was to;
``instead``: something else did it. ``doubt``: what the run was told, or wanted to record, is not as
it should be. ``said``: what a step of the plan is to tell people."""


class News(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that a run has to say.

    Attributes:
        kind: What.
        plan_id, version: Of which plan; the later version, where it is about two.
        before: The version that was in force, where it is about two.
        why: Why, a sentence.
        step_id: Of which step, as the version has it.
        instead_id: Which fallback did it.
        scopes: Consents that are wanted.
        over: Steps that had ended.
        skipped: Steps that are skipped with it.
        until_ms: Until when an answer counts.
        tries: How often it was tried.
        was_told: Whether the device had been told, so that nobody knows how it is.
        is_tried_again: Whether it is.
    """

    kind: NewsKind
    plan_id: str
    version: int
    before: int = 0
    why: str = ""
    step_id: str = ""
    instead_id: str = ""
    scopes: tuple[str, ...] = ()
    over: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    until_ms: int = 0
    tries: int = 0
    was_told: bool = False
    is_tried_again: bool = False
