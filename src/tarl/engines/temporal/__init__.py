"""The engine on Temporal: the same code, the same gateway and journal, Temporal's histories.

runtime.py   what a user opens: start, signal, query, update, cancel, and being a worker
shell.py     one run: an ``Execution`` inside the workflow class that Temporal knows
steps.py     a run's steps and its questions to people, as activities
descent.py   a run's children
attaching.py children that somebody else has begun
telling.py   what a run is told and asked
looking.py   what can be looked up of runs: lists, histories, what is open, replays
reaching.py  how a run is reached, and what a refusal means
silence.py   why a server does not answer, in plain words
listing.py   runs as Temporal's visibility knows them
attributes.py the search attributes by which it finds them
histories.py Temporal's histories of runs, opened
moments.py   a history told in tarl's kinds and bodies
recorded.py  what a history holds of the code's decisions
comparing.py what the code decides in a replay, compared with that
replaying.py a history replayed against the code
replay_all.py many of them, by several processes
replay_process.py one of these processes
reasons.py   why a run is to stop
patches.py   which patches a run has taken
effects.py   the activities: asked at the gate, carried out, recorded
records.py   a run's first and last event, and requests for approval
record.py    a run's stream, written by whichever workers carry out its steps
settling.py  the ends of runs that Temporal ended without asking their code
beginning.py what a run begins with
schedules.py schedules that Temporal keeps and fires
calendars.py a schedule's times as Temporal's, or why not
scheduled.py what a schedule starts, and the run of its time
turns.py     whose turn it is to ask something of a schedule
notes.py     why a schedule is paused
home.py      one worker's code and journal
patience.py  a journal that does not keep a worker's loop waiting
sealing.py   what Temporal keeps of sealed tenants
wire.py      what travels through Temporal
"""
