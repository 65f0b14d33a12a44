"""Bills of materials: what a run or an artifact is made of, in the forms that others read.

graph.py         a bill as values: components, relations, how it was made, what is declared of it
cards.py         models and data sets: what an artifact's facts say of them
licences.py      licences as the formats spell them
drawing.py       bills drawn from the journal
formulation.py   how a run went, step by step, from its events
cyclonedx.py     a bill as CycloneDX 1.6 and 1.7; cyclonedx_parts.py its cards, tasks and claims
spdx.py          a bill as SPDX; spdx3.py is 3.0.1, spdx2.py is 2.3
seal.py          the document's own digest, by which a later edit shows
reading.py       a document's elements, references and relations, whatever its format
verifying.py     whether a document is consistent, and what the journal says
"""
