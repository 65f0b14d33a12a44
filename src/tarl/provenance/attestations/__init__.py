"""Attestations: what somebody signed about something, named by the digest of its content.

statement.py   in-toto statements in DSSE envelopes: made, read, their signatures checked
predicates.py  the types of predicates that tarl knows, and when one expires
signers.py     whose keys count in a tenant, and why one does not
events.py      what is recorded
state.py       the tables by which attestations are found
ledger.py      the attestations of a journal
"""
