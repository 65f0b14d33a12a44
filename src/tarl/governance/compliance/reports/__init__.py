"""Reports of an assessment: ``data`` (JSON), ``markdown``, ``html``, ``oscal``, ``declarations``.

Each is a function of the assessment alone: the same assessment gives the same bytes.
"""
