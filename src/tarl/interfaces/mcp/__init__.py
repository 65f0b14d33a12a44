"""tarl as a server of the model context protocol: what an agent may ask for, and nothing that is a
person's to decide.

offers.py    the tools: their names, what a model is told, what they take
asking.py    what a tool answers: workflows are started, runs are looked at
planning.py  drafts of plans for a home
looking.py   runs, approvals and histories as this server's clients may see them
words.py     a run's history in words
server.py    tools and resources in the protocol
stdio.py     the protocol over standard streams
command.py   ``tarl mcp``

There is no tool that approves, rejects, delegates, revokes, signals, resolves, consents, carries
out a plan, or touches keys or policies, and none of these modules imports what could.
"""
