"""Agents: who they are, what they act with, and how several of them work together.

agent.py      the protocol: an id, capabilities, ``run`` and role methods; functions as agents
registry.py   agents by id and by what they can do
model.py      language models as values: request, response, usage, price
tool.py       activities that a model may ask for
schema.py     JSON Schemas of inputs and outputs
roles.py      what the role methods take and answer
desk.py       what an agent acts with inside a run: models, tools, a budget
spending.py   budgets: tokens, money, calls and time, asked before each call
llm.py        an agent that is a language model with instructions and tools
models/       scripted, recorded, OpenAI-compatible and local models
adapters/     agents of other libraries
lending.py    how authority passes from who asks to who is asked
crew.py       turns at the same time: so many at once, nobody left behind
session.py    what all patterns share: turns, bounds, approvals, authority, contributions
stop.py       when to stop, as values that combine
result.py     how it ended, and what each agent gave
patterns/     one file a pattern
"""
