"""Promotion: an artifact goes from one environment to the next when signed evidence says so.

outcome.py     PASSED, FAILED, INCONCLUSIVE, and what a gate answered
conditions.py  what a predicate must say: JSON pointers and comparisons
pipeline.py    gates and steps: their values, their digest
pipeline_file.py  a pipeline as a TOML file writes it
evidence.py    what gates look at: statements, their signers, who made the artifact
judging.py     what a gate answers; pure
functions.py   gates that are functions, found by their registered names
form.py        what a SLSA verification summary must have
summary.py     the decision as a SLSA verification summary: written and read
standing.py    where an artifact stands, by the summaries about it; pure
checking.py    a summary that a stranger checks, without a journal
events.py      what happens to an artifact, in the stream ``promotion/<tenant>/<sha256>``
state.py       its requests and decisions as the events leave them, and their table
gathering.py   what a journal knows about an artifact
deciding.py    what a request comes to: every gate that applies, and the decision
records.py     an artifact's way in the journal, read and continued
ledger.py      the shell: request, decide, look
words.py       the shell: approve, reject, revoke, reinstate
"""
