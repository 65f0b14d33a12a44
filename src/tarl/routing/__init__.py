"""Which node does which piece of work, and why.

- ``pattern``: the grammar of patterns on task types.
- ``node``, ``rule``: what nodes and rules are, and what they may be.
- ``choice``: the pure decision: rules first, then capabilities, priority and load; with reasons.
- ``events``, ``tables``: facts about nodes and rules; loads, heartbeats and assignments.
- ``nodes``, ``rules``: registering, draining, removing; heartbeats.
- ``router``: routing, releasing and failing over, atomically between processes.
- ``watch``: failing over whatever has fallen silent, for as long as it runs.
- ``uptime``: time since the machine was started, which nobody sets.
"""
