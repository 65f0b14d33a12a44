"""``tarl demo research``: four agents, a library of public-domain texts, and what can go wrong.

command.py   what the command does and prints
acts.py      what it does to the worker and the journal
library.py   the documents, and the tools that agents have
crew.py      the agents, what each may do, and the workflow
scripts.py   what the scripted models say
worker.py    the process that runs the workflow, and that the demonstration kills
data/        the documents, with their origin
"""
