"""Ways for agents to work together, one file each, over the workflow author's API alone.

Every pattern is ``async def <name>(ctx, agents, input, *, options=..., ...) -> Result``.
"""
