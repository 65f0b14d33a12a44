"""The durable task queue: tasks are facts in streams of their own, leases are coordination rows."""
