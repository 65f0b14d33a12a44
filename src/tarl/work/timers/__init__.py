"""Durable timers: set, cancelled or fired once, by a handler that is found again by its name.

``events`` what happens to a timer; ``tables`` the timers by due time, and who is firing one now;
``ledger`` sets, cancels and looks; ``handlers`` the functions by name; ``firing`` fires what is
due.
"""
