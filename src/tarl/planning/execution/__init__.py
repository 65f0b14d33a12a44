"""Plans carried out: a run of the workflow ``plan`` for each, through the gateway.

handover   what a run is given, and what it comes to
home       what a run does to the home: activities, one for each action of a device
doing      one step at its moment: looking, asking, commanding
moment     whether conditions hold when a step is due
carrying   the workflow
versions   versions of a plan, side by side
live       the home as it is
drift      what is no longer as the plan took it to be
overseer   watches, and tells the run
replaying  the workflow where there is no home
"""
