"""Safety while work runs: what an organisation watches for, beside what its policies say.

guardrails.py  functions that look at an effect, by registered name
lanes.py       running them within a time limit
panel.py       asking them, and doing about what they find what its severity asks for
builtin.py     guardrails that tarl brings: secrets, personal data, prompt injection
events.py      what happens to a tenant's safety settings
state.py       the settings as the events leave them, and their generation
ledger.py      the shell: enable, disable, watch, redact, block, lift
watch.py       sliding windows, loops and cost spikes, as folds over calls
calls.py       the calls that the journal knows, for the watches
court.py       the gate's court
redaction.py   taking values out of what is recorded and shown
anomalies.py   what was noticed, in the journal
scan.py        what is unlike the rest of the journal, by robust statistics
sensitive/     secrets and personal data in texts
injection/     a detector of prompt injection: weights that ship, pure Python at run time
"""
