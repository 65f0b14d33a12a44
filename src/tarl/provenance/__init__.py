"""Provenance: where things come from, and what a stranger can check.

artifacts/      content by its digest, and how it relates
attestations/   what somebody signed about content: in-toto statements
lineage/        runs among the artifacts, drawn from the journal; statements compared with it
bom/            bills of materials: CycloneDX, SPDX
slsa.py         a run as SLSA provenance
openlineage.py  a run as OpenLineage events
evidence.py     a run as one file that proves itself against the root key
bearing.py      what else in the journal bears on a run
recording.py    that file read back: the events of a run from another machine
credential.py   what an agent holds as a W3C credential
biscuit.py      the same as a Biscuit token
paging.py       pages of a listing
"""
