"""What the error codes of routing and of logs mean and what to try: a part of the table in
``explanations.py``.
"""

from __future__ import annotations

from tarl.interfaces.cli.explanation import Explanation as _e

ROUTING: dict[str, _e] = {
    # --- nodes, rules and routing
    "node.missing": _e("The tenant has no such node.", "tarl nodes ls; check --tenant."),
    "node.busy": _e(
        "A node with assignments is not removed.",
        "tarl nodes drain NODE and wait, or tarl nodes failover NODE --force.",
    ),
    "node.alive": _e("Only a dead node fails over by itself.", "tarl nodes failover NODE --force"),
    "node.too_many": _e("The tenant has as many nodes as it may.", "Remove those that are gone."),
    "node.capabilities": _e(
        "Capabilities are at most 64 names of at most 128 characters.", "tarl nodes add --help"
    ),
    "node.priority": _e("A priority is a whole number within a million of 0.", "See the message."),
    "node.max_load": _e(
        "A node's largest load is 1 to 100,000.", "tarl nodes add NODE --max-load N"
    ),
    "node.heartbeat": _e(
        "A node may be silent for a millisecond to 30 days.",
        "tarl nodes add NODE --heartbeat SECONDS",
    ),
    "rule.pattern": _e(
        "The pattern is malformed.",
        "* is any text, ? one character, [a-z] one of a range, [!a-z] one that is not.",
    ),
    "rule.target": _e(
        "A rule aims at a node or at capabilities, one of the two.",
        "tarl nodes rules add PATTERN --node NODE, or --needs CAPABILITY",
    ),
    "rule.priority": _e("A priority is a whole number within a million of 0.", "See the message."),
    "rule.exists": _e("The id has another rule.", "tarl nodes rules remove RULE, or another --id."),
    "rule.missing": _e("The tenant has no such rule.", "tarl nodes rules ls; check --tenant."),
    "rule.too_many": _e(
        "The tenant has as many rules as it may.", "One pattern may cover several."
    ),
    "route.no_node": _e(
        "No node can take the work now: each drains, is silent, is full or lacks a capability.",
        "tarl nodes route TYPE --explain says which.",
    ),
    "route.task_exists": _e(
        "The id has a node for work of another type or with other needs.",
        "Choose another --task, or tarl nodes release ID first.",
    ),
    "route.moved": _e(
        "The work was given to another node since: its old holder is late.", "Leave it to the new."
    ),
    # --- logs
    "logs.level": _e("There is no such log level.", "debug, info, warning, error or critical"),
}
