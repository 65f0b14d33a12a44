"""Static analysis of workflow code: what would not replay, and what its manifest does not hold.

Works on the source of the workflow, of the plain functions of its module that it names, and of the
functions that it hands its context to. Names are resolved to objects, so that aliases are seen.

It cannot see: methods of classes of its own; functions of other modules that do not receive the
context; what is reached through attributes of values at run time (``settings.clock()``) or through
``getattr``, ``eval`` and containers; functions without source; sets and paths that come out of
calls. The runtime guard covers part of that. Nothing is imported or run by looking.

review.py           a whole workflow looked through, refused or not
rules.py            the table of what is refused, by public dotted name
determinism.py      one function against the table; sets.py, the order of sets; state.py, globals
capabilities.py     the activities that are called, and what they need; activities.py
names.py            expressions to objects; scopes.py, what binds a name; source.py, files to trees
"""
