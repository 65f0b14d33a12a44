"""Artifacts: what runs are made of and make, named by the digest of their content, and how they
relate.

artifact.py   the values: artifacts, relations, their kinds and types
events.py     what is recorded
state.py      the tables by which artifacts and relations are found
ancestry.py   what stands on what; the search for a cycle
ledger.py     the artifacts of a journal: registered, related, looked up, traced
"""
