"""The demonstrations: real prices, a real kill, a real resume, a real verification.

command.py   what ``tarl demo`` does and prints
loads.py     the workflow: the cheapest windows of a day for a household's loads
worker.py    the process that runs it, and that the demonstration kills
data/        the prices, with their origin
places.py    what both demonstrations share
research/    ``tarl demo research``: agents
"""
