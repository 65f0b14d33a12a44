"""The best schedule of a ``Problem``: exact, bounded in time, and in a process of its own."""
