"""Taint: what may still have side effects once something untrusted has entered a run.

rules.py    what a tenant endorses: rules on calls, and how strictly the rest is contained
events.py   what happens to these settings
state.py    the settings as their events leave them
ledger.py   the settings of a journal
record.py   what a run had on record before anything untrusted entered it
uses.py     how often a run has used a rule
court.py    the verdict about an effect, with the argument and the way out named
"""
