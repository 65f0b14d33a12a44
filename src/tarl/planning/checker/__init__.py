"""The independent checker: whether a plan keeps what it promises, from the plan and the home alone.

Nothing of how plans are made is used here; what both sides share are the values of ``planning``.
"""
