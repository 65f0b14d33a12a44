"""What stands on what: reached artifacts, and the path of a cycle. Pure: ``origins`` is asked."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

from tarl.errors import Conflict, Exceeded
from tarl.provenance.artifacts.artifact import Edge

REACHED_MAX = 200_000
"""Artifacts of one search: an order more than the largest bill of materials that is known."""

PATH_MAX = 20
"""Of a cycle's path, in what is said about it."""

Neighbours = Callable[[str], Iterable[str]]


def reached(start: str, neighbours: Neighbours, *, depth: int | None = None) -> dict[str, int]:
    """Everything that can be reached, by how many steps away it is, the nearest first; ``start``
    itself is 0 away.

    Raises:
        Exceeded: it is too much (``artifact.too_many``).
    """
    found, waiting = {start: 0}, deque([start])
    while waiting:
        here = waiting.popleft()
        if depth is not None and found[here] >= depth:
            continue
        for there in sorted(neighbours(here)):
            if there not in found:
                found[there] = found[here] + 1
                waiting.append(there)
        if len(found) > REACHED_MAX:
            raise _too_many()
    return found


def refuse_cycle(edges: Iterable[Edge], origins: Neighbours, *, name: Callable[[str], str]) -> None:
    """Refuse edges that would make something stand on itself; ``origins`` knows them already.

    Raises:
        Conflict: a cycle, with its path (``artifact.cycle``).
        Exceeded: too much would have to be searched (``artifact.too_many``).
    """
    done: set[str] = set()
    for edge in edges:
        path = _cycle(edge.product, origins, done)
        if path:
            raise Conflict(
                f"something would stand on itself: {_words(path, name)}",
                code="artifact.cycle",
                next_step="leave one of these relations out, or register what it became anew",
                path=path[:PATH_MAX],
                steps=len(path) - 1,
            )


def _words(path: list[str], name: Callable[[str], str]) -> str:
    """The path by names; of a long one its beginning and its end."""
    if len(path) <= PATH_MAX:
        return " <- ".join(map(name, path))
    shown = [*map(name, path[: PATH_MAX - 1]), f"{len(path) - PATH_MAX} more", name(path[-1])]
    return " <- ".join(shown)


def _cycle(start: str, origins: Neighbours, done: set[str]) -> list[str]:
    """The path of a cycle that can be reached, first and last the same; empty if there is none.

    ``done`` are those from where none can be reached; it grows.
    """
    if start in done:
        return []
    path, left = [start], [iter(sorted(origins(start)))]
    on_path = {start}
    while path:
        there = next(left[-1], None)
        if there is None:
            left.pop()
            gone = path.pop()
            on_path.discard(gone)
            done.add(gone)
        elif there in on_path:
            return [*path[path.index(there) :], there]
        elif there not in done:
            path.append(there)
            on_path.add(there)
            left.append(iter(sorted(origins(there))))
        if len(done) > REACHED_MAX:
            raise _too_many()
    return []


def _too_many() -> Exceeded:
    return Exceeded(
        f"more than {REACHED_MAX} artifacts stand behind this one",
        code="artifact.too_many",
        next_step="ask for fewer levels: depth=",
    )
