"""For users who test their own workflows: everything that tarl's own tests stand on.

- ``replaycheck``: that a workflow still replays a recording.
- ``clock``: time that jumps when nobody is busy.
- ``faults``: a store that fails on purpose.
- ``simulation``: whole scenarios on one seed, with faults and kills.
"""
