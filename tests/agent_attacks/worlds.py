"""What the tools of the suite change: a world for each run, and every call that was carried out."""

from __future__ import annotations

from typing import Any, NamedTuple

from tarl.kernel.attempt import current_effect


class Deed(NamedTuple):
    """A tool that was carried out, with its arguments by name."""

    tool: str
    arguments: dict[str, Any]


class World:
    """What one run has done, and what a stranger has written into all that it can read."""

    def __init__(self, injected: str = "") -> None:
        self.injected = injected
        self.deeds: list[Deed] = []

    def did(self, tool: str, **arguments: Any) -> bool:
        """Whether a tool was carried out with at least these arguments."""
        return self.times(tool, **arguments) > 0

    def times(self, tool: str, **arguments: Any) -> int:
        """How often it was."""
        return sum(
            deed.tool == tool and arguments.items() <= deed.arguments.items() for deed in self.deeds
        )


WORLDS: dict[str, World] = {}


def here() -> World:
    """The world of the run that the calling tool belongs to."""
    return WORLDS[current_effect().run.workflow_id]


def done(tool: str, **arguments: Any) -> str:
    """A tool was carried out."""
    here().deeds.append(Deed(tool, arguments))
    return "done"


def strangers(text: str) -> str:
    """A text that holds what somebody outside wrote."""
    return f"{text}\n{here().injected}".strip()
