"""Tenancy: whose data it is, who may see it, and how much of everything its owner may have.

tenant.py    a tenant as a value: isolation, quotas, what it is allowed to be called
events.py    what happens to a tenant, in the stream ``tenant/<id>``
state.py     the fold of those events, and the table of tenants
decide.py    what may happen next (pure)
ledger.py    the shell: create, show, set, erase
roster.py    which tenants are registered, and whose content is sealed
rate.py      a sliding window of one minute (pure)
counting.py  what a tenant uses, counted from the facts
bounds.py    the port of bounds, filled: quotas enforced in the transaction of what they bound
refusals.py  what a tenant is told that cannot have more
metering.py  a store that bounds runs and bytes, whoever commits them
scope.py     who acts, and the one question whether they may
scoped.py    a store that shows a caller its own tenant's data and no other's
passing.py   a store in front of a store
"""
