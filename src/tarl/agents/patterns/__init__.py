"""Ways for agents to work together, one file each, over the workflow author's API alone.

Every pattern is ``async def <name>(ctx, agents, input, *, options=..., ...) -> Result``.

Beside them: ``casting`` (who takes which role), ``nested`` (a pattern as an agent), ``ballot`` and
``voting`` (of consensus), ``board`` (of blackboard), ``candidates`` and ``ranking`` (of router).
"""
