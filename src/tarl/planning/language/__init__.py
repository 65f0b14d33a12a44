"""From a sentence to goals, constraints, commands and questions.

``clauses`` splits, ``goals`` and its lexica know the grammar of goals, ``commands`` that of orders
to a home (hassil), ``router`` tells requests of a home from other talk, ``translation`` is what
comes out. ``tarl.planning.intent_translator`` joins them.
"""
