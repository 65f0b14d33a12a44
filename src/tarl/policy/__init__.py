"""Policy: what may be done, decided by comparing values. No input, no output, no clock.

capability.py   names of actions and resources, patterns of them, and their order
facts.py        what a decision sees of an effect
constraint.py   the kinds of constraint, each over one value: what it admits
lattice.py      conjunctions of constraints: meet and the decidable ``implies``
hours.py        hours of the week, and zones
envelope.py     constraints by dimension
grant.py        grants: whether they allow an effect, and whether they are within others
named.py        constraints by name
manifest.py     what a workflow may need
enforcement.py  required, warning, audit
cedar/          organisation policy in Cedar
"""
