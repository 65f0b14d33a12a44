"""What the error codes of agents that work together mean and what to try: a part of the table in
``explanations.py``.
"""

from __future__ import annotations

from tarl.interfaces.cli.explanation import Explanation as _e

PATTERNS: dict[str, _e] = {
    "agents.embedding": _e(
        "The embedding gave something else than one vector of finite numbers for each text.",
        "Look at what the function gives for a list of texts.",
    ),
    "agents.inputs": _e(
        "There is not one input for each agent.",
        "Give one input for each, or one `input` for all of them.",
    ),
    "agents.no_match": _e(
        "No agent says that it can do this, or those who can may not be given it.",
        "Add an agent that declares the capability, or grant one of them the authority.",
    ),
    "agents.quorum": _e(
        "The quorum is below one or above the number of agents.", "Choose another quorum."
    ),
    "agents.ranking": _e(
        "A ranking counts within one run and was used in another.",
        "Make it inside the workflow's function.",
    ),
    "agents.together": _e(
        "Fewer than one agent at a time would do nothing.", "Let together_max be at least 1."
    ),
    "agents.weights": _e(
        "A weight is below one, or for an agent that is not here.",
        "Give whole numbers from 1 on, for agents that are here.",
    ),
    "chat.bound": _e(
        "A conversation was to have no turns, or to hear nothing.",
        "Let turns_max and heard_max be at least 1.",
    ),
    "graph.cycle": _e(
        "The graph comes back to where it was; the message names the cycle.",
        "Leave one of its edges out; `chat`, or a loop around `sequential`, repeats.",
    ),
    "graph.dangling": _e(
        "An edge leads from or to a node that is not there.",
        "Add the node or its agent, or leave the edge out.",
    ),
    "graph.duplicate_edge": _e(
        "Two edges lead from one node to one other.", "Join their conditions in one edge."
    ),
    "graph.duplicate_node": _e(
        "Two nodes have one id.", "Give each an id of its own; an agent may have several nodes."
    ),
    "graph.edge": _e("Something is no edge.", "Give (source, target) or (source, target, when)."),
    "graph.node": _e(
        "A node's bounds cannot be.",
        "Let attempts_max be at least 1 and retry_wait_s at least 0.",
    ),
    "graph.start": _e(
        "The graph was to start at something that is no node of it.",
        "Start at a node, or leave it out: what no edge leads to starts.",
    ),
    "graph.too_large": _e(
        "The graph has more nodes or edges than a pattern may have.",
        "Let parts of it be runs of their own: ctx.child.",
    ),
    "graph.unreachable": _e(
        "No start leads to a node, so it could never begin.",
        "Add an edge or a start, or leave the node out.",
    ),
    "router.top_k": _e("The first so many candidates are nobody.", "Let top_k be at least 1."),
}
