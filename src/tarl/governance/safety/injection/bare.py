"""The plainest order of all, and nothing beside it: what came before is not to count.

As a part of a longer text these words are evidence among other; as all that there is they have no
innocent reading. Three words give a learned head little to go by, so they are known by form.
"""

from __future__ import annotations

import re
from typing import Final

CHARACTERS_MAX: Final = 160

_BEFORE = "(?:previous|prior|above|earlier|preceding|initial|original|former|existing|past)"
_WORDS = "(?:instructions?|prompts?|rules?|directions?|directives?|commands?|orders?|guidelines?)"
_FORMS: Final = (
    rf"(?:ignore|disregard|forget|override|bypass|discard) (?:(?:all|any|every|each) )?(?:of )?"
    rf"(?:(?:the|your|these|those|its) )?"
    rf"(?:(?:{_BEFORE}|system|safety|security|developer) )+{_WORDS}(?: above| before)?",
    r"(?:override|bypass|disable|ignore) (?:all )?(?:the |your )?(?:safety|security|content)"
    r" (?:protocols?|filters?|measures|guardrails|policies|restrictions)",
    r"(?:ignore|disregard|forget) (?:everything|all) (?:above|before this|you were told)"
    r"(?: before)?",
    r"(?:ignorier\w*|vergiss|vergesst|missacht\w*) (?:alle |die |deine |saemtliche |sämtliche )*"
    r"(?:vorherigen|bisherigen|obigen|vorigen|frueheren|früheren)"
    r" (?:anweisungen|befehle|regeln|instruktionen|vorgaben)",
    r"(?:ignore[rz]?|oublie[rz]?) (?:toutes )?(?:les |tes |vos )(?:instructions|consignes|regles|"
    r"règles|directives) (?:precedentes|précédentes|ci-dessus|anterieures|antérieures)",
    r"(?:ignora|ignore|olvida|olvide) (?:todas )?(?:las |tus |sus )(?:instrucciones|ordenes|"
    r"órdenes|reglas|indicaciones) (?:anteriores|previas)",
    "(?:请)?(?:忽略|无视|忘记)(?:之前|以上|前面|先前|上述)?的?(?:所有|全部)?(?:之前|以上|前面|先前|上述)?的?(?:所有|全部)?"
    "(?:指令|指示|命令|规则|提示)",
)
_BARE: Final = re.compile(
    rf"(?:(?:please|now|and|then|ok|okay) )*(?:{'|'.join(_FORMS)})(?: now| please)?", re.IGNORECASE
)
_EDGES: Final = " \t\r\n.!,;:\"'`*_-#>()[]{}<"


def is_bare_order(text: str) -> bool:
    """Whether a text, already folded, is such an order and nothing else."""
    if len(text) > CHARACTERS_MAX:
        return False
    words = " ".join(text.strip(_EDGES).split())
    return _BARE.fullmatch(words) is not None
