"""Approvals: what named people are asked to decide, and the decisions that they signed.

names.py       who and what: principals, approval requests, and their streams
principals.py  humans, agents and services with their public keys (a pure ledger)
register.py    the register of principals over a store
request.py     what is asked, checked and digested
statement.py   signed votes and delegations, read strictly
events.py      the kinds in the stream of a request
state.py       a request folded from its events
decide.py      who may do what, when: events or a refusal
proof.py       a recorded request checked again, signature by signature
projection.py  the tables of requests and principals
ledger.py      requests over a store: asked, voted, delegated, advanced by the clock
"""
