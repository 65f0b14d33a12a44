"""Values that every room shares: no input, no output, no clock, no dice.

canonical.py  canonical JSON (RFC 8785), written and strictly read
digest.py     hashes over length-prefixed fields
ids.py        names of streams, runs and points in them
instants.py   UTC instants as integer milliseconds
plain.py      structs and the like as JSON values
verdict.py    the answers of gates, and how they join
"""
