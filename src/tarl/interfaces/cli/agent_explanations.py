"""What the error codes of agents, models and tools mean and what to try: a part of the table in
``explanations.py``.
"""

from __future__ import annotations

from tarl.interfaces.cli.explanation import Explanation as _e

AGENTS: dict[str, _e] = {
    "activity.parts": _e(
        "An attempt gave more partial output than one result may have.",
        "End the stream, or give the rest with the result.",
    ),
    "agent.answer": _e(
        "An agent answered something else than its role asks for.",
        "Let the method return what the message names.",
    ),
    "agent.budget": _e(
        "A model or a tool would pass its agent's budget; it was not called.",
        "Give a larger budget, or let the agents do less.",
    ),
    "agent.endless": _e("An agent's stream did not end.", "Let it end, or answer in larger parts."),
    "agent.not_callable": _e(
        "An agent is a function, or an object with an id and run.", "Give one of these."
    ),
    "agent.output_too_large": _e(
        "An agent's answer is larger than what is taken.",
        "Answer with a reference, or set output_bytes_max on the agent.",
    ),
    "agent.outside": _e(
        "Code of an inline agent ran outside a run.", "Let a pattern run it inside a workflow."
    ),
    "agent.role": _e(
        "An agent was asked to take a role for which it has no method.",
        "Give it the method that the message names, or choose another agent.",
    ),
    "agent.rounds": _e(
        "A model asked for tools, or answered what cannot be used, until its rounds were over.",
        "Raise rounds_max, or give it simpler work.",
    ),
    "agents.duplicate": _e("Two agents have one id.", "Give each an id of its own."),
    "agents.too_few": _e("The pattern takes more agents than there are.", "Name further agents."),
    "agents.unknown": _e("No agent has this id.", "One of those that the message names."),
    "model.prompt_too_large": _e(
        "A request to a model is larger than any model's context.",
        "Shorten what the agent is given, or summarise its conversation.",
    ),
    "schema.invalid": _e(
        "What was given as a JSON Schema is none.", "Mend what the message names."
    ),
    "schema.mismatch": _e(
        "A value does not fit the schema that was declared for it.",
        "Look at the place in the value that the message names.",
    ),
    "tool.arguments": _e(
        "A model's arguments for a tool are no JSON object that fits its schema.",
        "The model is told; if it goes on so, describe the parameters better.",
    ),
    "tool.duplicate": _e("Two tools of an agent have one name.", "Give one of them another name."),
    "tool.unknown": _e(
        "A model asked for a tool that its agent does not have.",
        "The model is told; if it goes on so, name the tools in its instructions.",
    ),
}
