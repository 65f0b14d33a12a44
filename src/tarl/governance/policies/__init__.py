"""The organisation's policies: their editions in the journal, which are in force, what they answer.

events.py      what happens to a policy, in the stream ``policy/<tenant>/<id>``
state.py       the tables of policies and of their generation
ledger.py      the shell: register, activate, deactivate, look
questions.py   what an effect asks, live or recorded
traits.py      roles and posture of agents, from the records of trust
vocabularies.py the vocabulary of loaded activities
notes.py       refusals that were only recorded
court.py       the gate's court: the verdict of the policies in force
past.py        recorded decisions, asked again
cases.py       cases with the decisions that are expected of a policy
"""
