"""The organisation's policies: their editions in the journal, which are in force, what they answer.

events.py      what happens to a policy, in the stream ``policy/<tenant>/<id>``
state.py       the tables of policies and of their generation
reading.py     which there are, what they say, which versions are in force
ledger.py      the shell: register, activate, deactivate
versions.py    semantic versions: which may follow which
loosening.py   what a later edition lets pass and the one before does not
data.py        policy data, compiled to Cedar
questions.py   what an effect asks, live or recorded
traits.py      roles and posture of agents, from the records of trust
vocabularies.py the vocabulary of loaded activities
notes.py       refusals that were only recorded
court.py       the gate's court: the verdict of the policies in force
past.py        recorded decisions, asked again
cases.py       cases with the decisions that are expected of a policy
"""
