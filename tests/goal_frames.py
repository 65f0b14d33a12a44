"""The goal utterances, and whether a sentence was understood as its annotator understood it.

A frame is what counts of an understanding (tests/data/goal_utterances/README.md): the goals and the
constraints as multisets and whether it is a what-if. ``python -m tests.goal_frames`` prints the
share of exact frames of each set and what is missed of the rows for development; of the others
nothing but the share is ever shown.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

import msgspec
import yaml

from tarl.planning.household import Household, household_from
from tarl.planning.language.translation import Translation
from tarl.planning.task import Constraint, Goal, Operator

ROOT = Path(__file__).parents[1]
DATA = ROOT / "tests/data/goal_utterances"
HOME = ROOT / "src/tarl/interfaces/demo/home/household.yaml"

Half = Literal[
    "dev",
    "held",
    "dev2",
    "dev3",
    "dev4",
    "dev5",
    "dev6",
    "dev7",
    "dev8",
    "dev9",
    "dev10",
    "dev11",
    "dev12",
    "dev13",
    "dev14",
    "dev15",
    "dev16",
    "dev17",
    "dev18",
    "held2",
    "held3",
    "held4",
]
HALVES: tuple[Half, ...] = ("dev", "held")
"""Of one author, drawn at random; the other sets are of others."""
SETS: tuple[Half, ...] = (
    *HALVES,
    *("dev2", "dev3", "dev4", "dev5", "dev6", "dev7", "dev8", "dev9", "dev10", "dev11", "dev12"),
    *("dev13", "dev14", "dev15", "dev16", "dev17", "dev18", "held2", "held3", "held4"),
)

READ_OF: dict[Half, int] = {"held": 0, "held2": 0, "held3": 0, "held4": 0, "dev3": 300}
"""How many of its rows who writes grammar may read, where it is not all of them: the others say how
unseen sentences do."""


class Bound(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A constraint as it is annotated."""

    type: str
    operator: Operator
    value: Any


class Utterance(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A row of the data."""

    id: str
    language: Literal["en", "de", "fr", "es", "zh"]
    text: str
    home: Literal["demo"]
    area: str | None
    goals: tuple[Goal, ...]
    constraints: tuple[Bound, ...]
    is_hypothetical: bool = False


class Frame(msgspec.Struct, frozen=True):
    """What is compared, in an order of its own."""

    goals: tuple[str, ...]
    constraints: tuple[str, ...]
    is_hypothetical: bool


def utterances(half: Half) -> tuple[Utterance, ...]:
    """The rows of one half, in the order of the file."""
    lines = (DATA / f"{half}.jsonl").read_bytes().splitlines()
    return tuple(msgspec.json.decode(line, type=Utterance) for line in lines)


def seen(half: Half) -> tuple[Utterance, ...]:
    """The rows of a set that who writes grammar may read."""
    return utterances(half)[: READ_OF.get(half)]


def unseen(half: Half) -> tuple[Utterance, ...]:
    """The rows of a set that nobody reads who writes grammar."""
    return utterances(half)[READ_OF[half] :] if half in READ_OF else ()


def demo_home() -> Household:
    """The home that all the sentences are said in."""
    described = yaml.safe_load(HOME.read_text())
    described.pop("sources", None)
    return household_from(described)


def frame(
    goals: Sequence[Goal], constraints: Iterable[Constraint | Bound], *, is_hypothetical: bool
) -> Frame:
    """What counts of an understanding."""
    by_id = {goal.id or f"g{at}": _goal(goal) for at, goal in enumerate(goals, 1)}
    return Frame(
        tuple(sorted(_goal(goal) for goal in goals)),
        tuple(sorted(_constraint(constraint, by_id) for constraint in constraints)),
        is_hypothetical,
    )


def expected(row: Utterance) -> Frame:
    return frame(row.goals, row.constraints, is_hypothetical=row.is_hypothetical)


def understood(translation: Translation) -> Frame:
    return frame(
        translation.goals, translation.constraints, is_hypothetical=translation.is_hypothetical
    )


def is_exact(row: Utterance, translation: Translation) -> bool:
    """Whether the sentence is taken for a goal, and for this one."""
    return translation.route == "goal" and understood(translation) == expected(row)


def translator() -> Callable[..., Translation]:
    """What is measured; imported when asked for, as it brings its grammars with it."""
    found: Callable[..., Translation] = import_module("tarl.planning.intent_translator").translate
    return found


def missed(
    rows: Iterable[Utterance], translate: Callable[..., Translation], home: Household
) -> list[tuple[Utterance, Translation]]:
    """The rows whose frame is not exact, each with what it was understood as."""
    read = [
        (row, translate(row.text, language=row.language, home=home, area=row.area)) for row in rows
    ]
    return [(row, translation) for row, translation in read if not is_exact(row, translation)]


def _goal(goal: Goal) -> str:
    return _canonical([goal.type, goal.target, goal.value, sorted(set(goal.scope))])


def _constraint(constraint: Constraint | Bound, goals: dict[str, str]) -> str:
    value = msgspec.to_builtins(constraint.value)
    if constraint.type == "order":
        value = {"after": goals.get(value["after"])}
    return _canonical([constraint.type, constraint.operator, value])


def _canonical(value: Any) -> str:
    return json.dumps(msgspec.to_builtins(value), sort_keys=True, ensure_ascii=False)


def main() -> None:
    translate, home = translator(), demo_home()
    for half in SETS:
        rows = utterances(half)
        misses = missed(rows, translate, home)
        read = {row.id for row in seen(half)}
        for row, translation in (one for one in misses if one[0].id in read):
            print(f"{row.id}  {row.text}\n  route {translation.route}")
            print(f"  expected   {expected(row)}\n  understood {understood(translation)}")
        print(f"{half}: {len(rows) - len(misses)} of {len(rows)} frames exact")


if __name__ == "__main__":
    main()
