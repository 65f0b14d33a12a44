"""Why this plan: facts that follow from the plan alone, as data, Markdown, and a picture.

``explained`` computes, ``markdown`` and ``picture`` only show. No number is in the text that cannot
be derived from the plan again.
"""
