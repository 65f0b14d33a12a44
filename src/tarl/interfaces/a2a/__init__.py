"""Workflows as an agent of the protocol A2A 1.0.

card.py       what the agent says of itself, signed with the operator's key
messages.py   what messages carry, as JSON values, and back
tasks.py      runs as tasks: which they are, how they stand
handler.py    what a client may ask; and what nobody can through it
service.py    the application, behind its guard
command.py    ``tarl a2a``
"""
