"""Provenance: what a stranger can check.

evidence.py   a run as one file that proves itself against the root key
recording.py  that file read back: the events of a run from another machine
"""
