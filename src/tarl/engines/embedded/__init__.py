"""The default engine: runs in the caller's own event loop, over one journal file.

runtime.py      what a user opens: start, run, resume, resolve
live_run.py     one run under way: commands become work, answers become events
committer.py    one commit for all that is ready
opening.py      a run brought back from its history
owners.py       operating-system locks that say which process owns a run
checkpointer.py signed checkpoints, at most a second behind
watchdog.py     names workflows that compute without yielding
clock.py        the wall clock, as a dependency
"""
