"""Plans in the journal: each version as it was made, what was known then, where the plan stands.

events.py    what happens to a plan, in the stream ``plan/<tenant>/<plan id>``
state.py     a plan as its events leave it, and the tables of plans, versions and ended steps
decide.py    the state machine: what may follow what
ledger.py    the shell: record, look, change the status, note what steps came to
metrics.py   what the tables say of how plans fare
"""
