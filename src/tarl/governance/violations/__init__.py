"""Violations: what broke a policy, how bad it is, who was told and what became of it.

events.py     what happens to a violation and to a policy's ladder
state.py      a violation as its events leave it; the tables
pages.py      filters, and cursors that belong to them
ladders.py    who is told at which level, and for how long it is theirs
ledger.py     the shell: record, escalate, acknowledge, resolve, look
handlers.py   functions that tell somebody, by registered name
escalation.py calls them by durable timers, and passes upwards what nobody answers
"""
