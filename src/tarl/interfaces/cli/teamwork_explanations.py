"""What the error codes of agents in roles, ballots and votes mean and what to try: a part of the
table in ``explanations.py``.
"""

from __future__ import annotations

from tarl.interfaces.cli.explanation import Explanation as _e

TEAMWORK: dict[str, _e] = {
    "agents.bound": _e(
        "A bound of the pattern would let nobody do anything.", "Let it be at least 1."
    ),
    "agents.role": _e(
        "A role of the pattern is one that nobody, or too few, of its agents can take.",
        "Give an agent the method that the message names, or name an agent that has it.",
    ),
    "agents.unsolved": _e(
        "Agents that work together as one agent came to no end that counts as an answer.",
        "See the reason in the message; `accepts` says which ends count.",
    ),
    "blackboard.writers": _e(
        "Rights to write are for an agent that is no specialist of the blackboard.",
        "Correct its name, or add the agent.",
    ),
    "consensus.options": _e(
        "There is nothing to choose from, or an option is called like `reject` or `abstain`.",
        "Give options other names; a proposal has its proposer's.",
    ),
    "consensus.rules": _e(
        "The rules for counting could not decide anything among these voters.",
        "The message says which; weights, quorum, veto and chair are about voters.",
    ),
    "debate.judge_is_side": _e(
        "The judge of a debate was also named as one of its sides.",
        "Name a judge that does not argue.",
    ),
    "handoff.first": _e(
        "Whoever is to get the task first cannot do what it needs.",
        "Begin with another agent, or leave out what the task does not need.",
    ),
    "vote.malformed": _e(
        "It is no signed vote as tarl spells it.", "Have the voter's key service sign it."
    ),
    "vote.no_key": _e(
        "Nobody knows with which key this voter signs.", "Register the voter's key first."
    ),
    "vote.other": _e(
        "The vote is somebody else's, or on another ballot.",
        "A vote is signed anew for each ballot.",
    ),
}
