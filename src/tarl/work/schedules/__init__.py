"""Schedules: workflows that are started at the times of a cron expression or an interval.

``times`` the nominal times; ``spec`` what a schedule is; ``events`` what happens to it; ``state``
the fold of that; ``decide`` the rules; ``ledger`` creates, changes and asks; ``starting`` the port
through which runs are started; ``firing`` starts what is due.
"""
