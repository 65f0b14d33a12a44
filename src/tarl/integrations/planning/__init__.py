"""Plans of a home, carried out: what the requirements call orchestration.

home.py        a home with its journal, devices and people: plan, ask, carry out
authority.py   the authority that a plan is carried out with, handed on and narrowed
telling.py     telling people, durably and not in quiet hours
engine.py      OrchestrationEngine: answers as JSON values, and the older workflows
agent.py       OrchestrationAgent: requests become plans
workflows.py   lists of steps as runs
household.py   which home is planned for
timed.py       a solver that keeps to the time of one plan
refusals.py    errors that are RuntimeErrors as well
"""
