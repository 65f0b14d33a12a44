"""Plans of a home, carried out: what the requirements call orchestration.

home.py        a home with its journal, devices and people: plan, ask, carry out
authority.py   the authority that a plan is carried out with, handed on and narrowed
"""
