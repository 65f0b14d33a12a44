"""What can be seen of a journal and of a process.

- ``status``: one snapshot of a journal, made of sections; ``sections`` those of tarl's own rooms.
- ``prometheus``: a process's metrics as Prometheus reads them.
- ``logs``: log records as JSON lines, or for people, with the ids of what they are about.
"""
