"""What the error codes of authority that is handed over mean, and what to try; a part of the table
in ``explanations.py``.
"""

from __future__ import annotations

from tarl.interfaces.cli.explanation import Explanation as _e

LENDING: dict[str, _e] = {
    "lending.refused": _e(
        "An agent was to have a turn, and nobody could lend it what the turn takes: they do not"
        " hold it, may not hand it on, or are revoked or suspended. The agents' work stops there.",
        "See `reasons` in the facts, and tarl trust show AGENT for what somebody holds.",
    ),
    "lending.moved": _e(
        "An agent acted after it had handed its task on, or after its turn.",
        "Act before handing on, or when the task has come back.",
    ),
    "lending.violated": _e(
        "The code of an agent that has a turn was refused something for want of authority, and"
        " raised that. The agents' work stops there.",
        "tarl runs show RUN tells the step; tarl trust show AGENT what the agent holds.",
    ),
    "lending.other": _e(
        "An agent that has a turn wanted to act in another agent's name.",
        "Let a pattern ask the other agent, with this one as the giver.",
    ),
    "trust.pattern": _e(
        "There is no pattern of that name, or an executor that says nowhere how its agents play."
        " Nothing ran.",
        "Use one of the runtime's `patterns`, or give it the pattern.",
    ),
    "trust.role": _e(
        "A pattern takes one agent whose role its authority has signed, and there is none or there"
        " are several. A name or a class is no role.",
        "Establish the agent with that role: establish_trust(..., roles=[ROLE]).",
    ),
    "trust.untrusted": _e(
        "An agent was to take part that is no trusted agent, or that may not be asked: it holds no"
        " `agent.run` on itself that counts now.",
        "establish_trust gives it; tarl agents attest AGENT --action agent.run --resource"
        " agent/AGENT",
    ),
    "trust.aborted": _e(
        "An execution of agents ended because authority was missing for a turn or an effect. What"
        " was lent is taken back.",
        "Its last notes say who was refused what: tarl trust audit AGENT",
    ),
    "trust.execution": _e(
        "An execution of agents failed, or the task was executed before with another input, pattern"
        " or initiator.",
        "tarl runs show TASK; choose another task_id for another execution.",
    ),
    "trust.workflow": _e(
        "A workflow asks of its agents what they do not hold, or its connections are unsound."
        " Nothing was built.",
        "Compare the connections with what the agents hold.",
    ),
    "blackboard.refused": _e(
        "A contribution is not on the blackboard: its writer may not write the key, or it is based"
        " on an older version.",
        "Read the board again, and contribute to what stands there now.",
    ),
}
