"""The kernel: a pure machine that turns a run's events into commands, and back.

definition.py   workflows and activities as values, and the registry
context.py      what a workflow's author may ask for
loop.py         the deterministic event loop; ordered.py, asyncio's set-based functions in order
execution.py    one run's code: outcomes in, commands out; arguments.py, what steps are called with;
                draws.py, its chance; frames.py, where it waits
taint.py        the mark of a run that something untrusted has entered, and calls fixed before it;
                conditions.py, what a tainted argument may be
events.py       kinds of event and their bodies (bodies.py, marks.py); payload.py, values.py: values
                in them
gateway.py      the one way from a workflow to the world
replay.py       the same code against its recorded history; history.py reads that with its chain
runs.py         the table of runs
state.py        a run as a fold over its events; difference.py, two runs side by side
rerun.py        a whole recorded run replayed, as fast as the machine can
analysis/       what would not replay or exceeds the manifest, seen in the source
guard.py        what would not replay, caught while it runs
limits.py       the bounds of a run
"""
