"""What a run's agents were permitted, and what came of it, as they signed it themselves.

Read from the agents' streams; the signatures are what `tarl verify RUN` looks at, not this.
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tarl.interfaces.cli.output import Output
    from tarl.journal.store import Store
    from tarl.kernel.state import RunState

SHOWN_MAX = 200


def permits_of(store: Store, state: RunState) -> list[dict[str, Any]]:
    """A run's permits with their outcomes, in the order in which they were given; none for a run
    that acts for nobody.
    """
    agents = dict.fromkeys([state.agent, *(step.agent for step in state.steps)])
    found: dict[str, dict[str, Any]] = {}
    for agent in agents:
        if agent is not None:
            _read(store, state, agent, found)
    return sorted(found.values(), key=lambda permit: (permit["step"], permit["attempt"]))


def _read(store: Store, state: RunState, agent: str, found: dict[str, dict[str, Any]]) -> None:
    from tarl.trust.events import EFFECTS, agent_stream
    from tarl.values.canonical import encode

    ref = state.run.stream.removeprefix("run/")
    for event in store.read(agent_stream(state.run.tenant, agent)):
        if event.kind != EFFECTS or event.body is None:
            continue
        for leaf in json.loads(event.body)["leaves"]:
            said = leaf.get("permit")
            if said is not None and said["run"] == ref:
                digest = sha256(encode(leaf)).hexdigest()
                found[digest] = {"agent": agent, "permit": digest, **said, "outcome": None}
            said = leaf.get("outcome")
            if said is not None and said["run"] == ref and said["permit"] in found:
                found[said["permit"]]["outcome"] = said["kind"]


def show_permits(output: Output, permits: list[dict[str, Any]]) -> None:
    """Permits for a person: who was let do what, on whose word, and what came of it."""
    if not permits:
        return
    output.data("")
    rows = [
        (
            permit["step"],
            permit["attempt"],
            permit["agent"],
            ", ".join(permit["actions"]),
            permit["resource"],
            (permit["grant"] or "")[:12],
            permit["outcome"] or "open",
        )
        for permit in permits[-SHOWN_MAX:]
    ]
    columns = ("step", "attempt", "agent", "permitted", "resource", "grant", "outcome")
    output.table(columns, rows)
