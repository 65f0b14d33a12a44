"""French: the parts that several phrases share, and all of its phrases together."""

from __future__ import annotations

from tarl.planning.language.french import alike, asides, bounds, states, things, times, verbs
from tarl.planning.language.french.tellings import (
    TELLS,
    TELLS_IN_VAIN,
    TELLS_LOOSELY,
    TELLS_SURELY,
)
from tarl.planning.language.french.unordered import UNORDERED
from tarl.planning.language.lexicon import Lexicon, Tells
from tarl.planning.language.numbers import french

_MACROS = {
    "small": "descendre|tomber|baisser|chuter|refroidir|monter|grimper|dépasser",
    "stops": "si|quand|pendant|sauf|avant|après|et|mais|ou|puis|alors",
    "n": "(<N>|un|une)",
    "who": "(je|j'|tu|on|nous|vous|il|elle|ils|elles|tout le monde|les enfants|<P>)",
    "t": "(<T>|<N>)",
    "q": "(<H>|<Q>|<N>|<W>)",
    "plusde": "(plus de|plus que|au-dessus de|au moins|supérieure à)",
    "moinsde": "(moins de|moins que|en dessous de|au-dessous de|inférieure à)",
    "it": "(il|elle|ils|elles|celui-ci|celle-ci)",
    "d": "[le|la|les|l'|mon|ma|notre] <D> [(de|du|dans|au|d') [la|le|l'] <A>]",
    "cl": "(<K>|<L>)",
    "utmost": "(au maximum|au minimum|le plus possible|autant que possible|au mieux|fortement"
    "|au strict minimum|au plus bas)",
    "lower": "(réduis|réduire|réduisons|diminue|diminuer|baisse|baisser|minimise|minimiser|limite"
    "|limiter|abaisse|abaisser|fais baisser|faire baisser)",
    "most": "(rien au-dessus de|rien au-delà de|rien de plus de|rien de plus que|moins de|au plus"
    "|maximum|max|pas plus de|plus de|au maximum|sous|en dessous de"
    "|jusqu'à"
    "|un maximum de|moins d'|ne pas dépasser|ne dépasse pas|sans dépasser|inférieur à|à moins de"
    "|dans la limite de|au dessous de|tout au plus|en-dessous de|plafond de|<N> maximum de)",
    "least": "(au moins|plus de|minimum|au minimum|pas moins de|au-dessus de|au dessus de|un "
    "minimum de"
    "|supérieur à|jamais moins de)",
    "power": "(l'électricité|le courant|l'énergie|le prix|le tarif|le kwh|l'élec|le réseau|il|c'"
    "|électricité|courant|le prix de l'électricité|le kilowattheure)",
    "price": "(l'électricité|le courant|l'énergie|le prix|les prix|le tarif|les tarifs|prix|tarif"
    "|le prix de l'électricité|les prix de l'électricité|le prix du courant|le kwh|l'élec"
    "|le kilowattheure|kilowattheure|le prix du kwh|le prix du kilowattheure)",
    "sun": "[notre|mon|propre|l'|le|la|nos|du|de la|de l'|de notre] [propre|énergie|électricité"
    "|électricité du|énergie du] (solaire|soleil|énergie solaire|panneaux|panneaux solaires"
    "|photovoltaïque|électricité solaire|courant solaire|production solaire|toit|pv|production)",
    "grid": "[le|du|au|sur le] réseau",
    "somebody": "(quelqu'un|une personne|on|l'un de nous|l'un d'entre nous|qui que ce soit)",
    "everybody": "(tout le monde|nous|on|je|j'|tous|les enfants|le bébé|bébé|le petit|la petite|ils"
    "|elles|elle|il|la famille|ma femme|mon mari|les petits|l'enfant|tu|vous|les invités|chacun)",
    "nobody": "(personne|il n'y a personne|aucun de nous|personne d'entre nous|plus personne"
    "|plus aucun de nous|pas un chat|plus un chat)",
    "be": "(est|sont|suis|sommes|soit|soient|serait|n'est|ne sont|serons|sera|es|êtes|n'était"
    "|était|étaient|devient|devienne|n'est plus|ne soit|soyons|sois|soyez|étais|étions)",
    "home": "(à la maison|chez nous|là|présent|présents|chez moi|à domicile|dans la maison|ici)",
    "out": "(absent|absents|absente|parti|partis|partie|sorti|sortis|sortie|dehors|pas là"
    "|pas à la maison|au travail|à l'école|au bureau|en déplacement|ailleurs|pas chez nous)",
    "aspossible": "(possible|que possible|qu'il est possible|qu'on peut)",
    "if": "(si|s'|quand|lorsque|lorsqu'|tant que|tant qu'|pendant que|pendant qu'|dès que|dès "
    "qu'|une"
    " fois que|seulement si|seulement quand|uniquement si|uniquement quand|à condition que|du "
    "moment que"
    "|uniquement lorsque|seulement lorsque|pendant|au cas où|mais seulement si|mais seulement quand"
    "|chaque fois que|durant|avec|alors que|en|en cas de|en période de|par|, si|dans le cas où"
    "|mais uniquement si|mais uniquement quand|et seulement si|aussi longtemps que|au moment où"
    "|une fois|sitôt|en profitant que|profite que|en profitant de ce que|profite du fait que"
    "|profites-en que"
    "|à chaque fois que|en attendant que|s'il arrive que)",
    "unless": "(sauf si|sauf s'|sauf quand|à moins que|à moins qu'|excepté si|excepté quand"
    "|mais pas si|mais pas quand|pas quand|pas si|pas pendant que|mais pas pendant que|sauf lorsque"
    "|jamais quand|jamais si|pas tant que|mais pas tant que|sauf pendant que|mais jamais quand"
    "|pas lorsque|mais pas lorsque|pas pendant|sauf pendant|sauf en|excepté pendant|mais pas "
    "pendant"
    "|surtout pas quand|hors|en dehors de|sauf au cas où)",
    "opt": "(optimise|optimiser|optimisez|améliore|améliorer|gère|gérer|priorise|prioriser"
    "|privilégie|privilégier|ajuste au mieux)",
    "aimx": "[le|la|les|l'|du|de la|de l'] (confort|coût|coûts|prix|facture|économies|énergie"
    "|facture"
    " d'électricité|vie privée|bruit|sécurité|consommation|écologie|argent|dépenses|chaleur|climat"
    "|environnement|rapidité|vitesse|budget|économie|coût de l'électricité|confidentialité)",
}

LEXICON = Lexicon(
    tag="fr",
    numbers=french,
    tells=Tells(TELLS, TELLS_SURELY, loosely=TELLS_LOOSELY, in_vain=TELLS_IN_VAIN),
    macros=_MACROS,
    unordered=UNORDERED,
    phrases=verbs.phrases(
        {
            **alike.PHRASES,
            **asides.PHRASES,
            **bounds.PHRASES,
            **states.PHRASES,
            **things.PHRASES,
            **times.PHRASES,
        }
    ),
)
