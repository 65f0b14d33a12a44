"""From a task, a home and what is known to a problem of numbers, and from its solution to steps.

``wants`` says what has to be done by which devices, ``rules`` what bounds it slot by slot,
``weights`` what is weighed how, ``formulate`` joins them into a ``Problem``, ``reading`` turns a
``Solution`` into steps again.
"""
