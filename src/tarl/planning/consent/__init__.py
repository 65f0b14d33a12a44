"""What people have consented to: for which operation, on which device, computed where, how long.

scopes.py    what a consent is about, and what a step wants
lifetimes.py how long a consent may last
events.py    what happens to a user's consents, in the stream ``consent/<tenant>/<user>``
state.py     a user's consents as the events leave them, and their table
ledger.py    the shell: grant, revoke, ask
wanted.py    the consents that the steps of a plan want
court.py     the gate's court: a step of a plan runs if what it wants is consented to
"""
