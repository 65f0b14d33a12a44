"""A sentence without what it is about: small words, words of intent, and gaps for the rest.

"Give me a plan for my garden" and "give me a plan for your bank" have one skeleton, so what is
learned of it does not hold to the topics of one source.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tarl.governance.safety.injection.lexicon import Hit, Word

GAP: Final = "_"
SMALL_WORDS: Final = (
    "a an the this that these those it its i me my mine we us our he him his she her they them"
    " their and or but if then so because while until before after when where what which who how"
    " why is are was were be been being am do does did done have has had can could will would"
    " shall should may might not no yes in on at to of for from with without by about into over"
    " under as than too very more most some any each other another same here there now please"
    " let make get use want need like just also up out off only own such"
    " der die das den dem des ein eine einen einem einer ich du er sie es wir ihr und oder aber"
    " wenn dann weil ist sind war bin hat habe kann soll wird nicht kein mit ohne fur von zu im"
    " auf an bei aus nach mir mich bitte"
    " le la les un une des du je tu il elle nous vous ils et ou mais si que qui est sont pas ne"
    " de a dans sur pour avec sans par moi me te se ce cette mon ma mes"
    " el los las una uno y o pero que no es son en con sin por para mi tu su se lo al del yo"
    " il lo gli i e ma che non di da in con per sono ho ha del della"
    " o os as um uma e mas nao da do em com sem por para meu minha seu"
)
SMALL: Final = frozenset(SMALL_WORDS.split())


def skeleton(words: Sequence[Word], hits: Sequence[Hit]) -> list[str]:
    """The tokens: a small word as it is, a concept by number, neighbours that are alike once."""
    concepts: dict[int, Hit] = {}
    for hit in hits:
        known = concepts.get(hit.start)
        if known is None or hit.end > known.end:
            concepts[hit.start] = hit
    found: list[str] = ["^"]
    covered = 0
    for word in words:
        if word.start < covered:
            continue
        here = concepts.get(word.start)
        if here is not None:
            covered = here.end
            token = str(here.concept)
        else:
            token = word.text if word.text in SMALL else GAP
        if token != found[-1]:
            found.append(token)
    found.append("$")
    return found
