"""Lineage: what a run stood on and what came of it, drawn from the journal.

story.py        a run's course as its events tell it
environment.py  the programs that are installed here, by digest
drawing.py      a run as artifacts and relations: code, prompts, models, plans, votes, children
registering.py  the drawn artifacts, recorded
comparing.py    what a signed statement says, against the files and the journal that are there
"""
