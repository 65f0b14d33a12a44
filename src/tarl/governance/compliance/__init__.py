"""Compliance: what requirements say, which controls answer to them, and what the journal shows.

- ``catalog``: the requirements of nine frameworks, by official citation; ``spans``: which articles
  a rule is about.
- ``facts``, ``risk``, ``applicability``: what is declared of a component, the risk class that
  follows from it, and what then does not apply.
- ``controls``: what tarl asserts, for which requirements, and the evidence that bears on it; data
  files in ``data/controls``.
- ``component``, ``census``, ``checks``, ``permits``, ``places``: what is assessed, and one pass
  over what the journal tells about it.
- ``assessments``: what people attest about requirements.
- ``evaluate``, ``assess``: from evidence to met, unmet, unknown or not applicable; ``gaps``: what
  would close what is open.
- ``events``, ``state``, ``ledger``: mappings, declared facts and demands in the journal.
- ``demand``, ``court``: no effect of a run without the attestations that are demanded.
- ``reports``: Markdown, HTML, OSCAL assessment results, declarations for a bill of materials.
"""
