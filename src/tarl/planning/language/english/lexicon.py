"""English: the parts that several phrases share, and all of its phrases together."""

from __future__ import annotations

from tarl.planning.language.english import (
    aims,
    bounds,
    rules,
    states,
    strivings,
    things,
    times,
    verbs,
)
from tarl.planning.language.lexicon import Lexicon
from tarl.planning.language.numbers import english

_MACROS = {
    "small": "the|a|an|my|our|this|in|at|on|of|to|from|for|by",
    "stops": "if|when|while|unless|until|before|after|and|but|or|once|because|then|so",
    # Things.
    "power": "[the] (power|electricity|energy|current|juice|grid|rate|tariff|price|it|they|that)",
    "d": "[the|my|our] <D>",
    "it": "(it|they|that|this|everything|the (whole thing|lot|total|bill|cost))",
    "price": "[the] ([power|electricity|energy|spot|grid] (price|prices|rate|rates|tariff|tariffs)"
    "|power|electricity|energy|current|grid|juice|unit price)",
    "sun": "[our|my|the|your|its] [own] (solar|sun|sunshine|sunlight|pv|photovoltaics|panels"
    "|solar (power|energy|electricity|panels|production|output|generation)|roof|rooftop)",
    "grid": "(the|) (grid|mains|network|utility)",
    "somebody": "(someone|somebody|anyone|anybody|any of us|one of us|people)",
    "everybody": "(everyone|everybody|all of us|we all|the whole family|the family|the kids|kids"
    "|the children|children|the baby|baby|the little one|the little ones|my wife|my husband"
    "|my partner|the guests|i|we|you|she|he|they|my (son|daughter)|the toddler|the twins)",
    "nobody": "(nobody|no one|no-one|noone|none of us|not anyone|not anybody)",
    "be": "(is|are|'s|'re|am|'m|was|were|being|gets|get|be|has been|have been|happens to be|stays"
    "|stay|remains|remain|becomes|looks)",
    "asleep": "(sleeping|asleep|in bed|napping|taking a nap|having a nap|dozing|fast asleep)",
    "home": "([at] home|in the house|around|here|there|back|inside|[in] the building)",
    "out": "(away|out|gone|not [at] home|not in|not here|not there|elsewhere|abroad|at work"
    "|at school|at the office|out of the house|away from home|out and about)",
    # Times.
    "t": "(<T>|<N>)",
    "dp": "(<Y>|<O>|<Y> <O>|<Y> in the <O>)",
    "cl": "(<K>|<L>)",
    "glue": "(in the|at|on|of the|this|in|the|,|around|about|during the|during|towards)",
    "about": "(at about|at around|about|around|roughly|approximately|exactly|sharp|at)",
    # Amounts.
    "most": "(less than|under|below|at most|at the most|no more than|not more than|max|maximum"
    "|max of|a maximum of|maximum of|within|not exceeding|not over|no higher than|beneath"
    "|fewer than|not above|a limit of|a cap of|a ceiling of|a budget of|at or below|inside)",
    "least": "(at least|at the least|no less than|not less than|a minimum of|minimum|min|more than"
    "|over|above|no lower than|not under|not below|upwards of)",
    "q": "(<H>|<Q>|<N>|<W>)",
    "spend": "(spend|spending|pay|paying|cost|costs|costing|use up|blow|waste|shell out|go over"
    "|exceed|exceeding|go above|be)",
    "aspossible": "(as possible|as it can|as it possibly can|as humanly possible|as he can|as i "
    "can|as you can|as we can|as it can be|as it gets|as can be|as they can"
    "|as feasible|as practical)",
    "opt": "(optimise|optimize|improve|tune|manage|prioritise|prioritize|optimising|optimizing"
    "|optimisation|optimization|fine-tune|streamline|improving|managing|put first|focus on|tweak)",
    "energyx": "[the] [house's|home's|our|my] (energy|power|electricity|energy use|energy usage"
    "|power usage|energy consumption|power use|power consumption|electricity use|electricity usage"
    "|electricity consumption|consumption|energy efficiency|use of energy|use of electricity)",
    "costx": "[the] [energy|electricity|power|running|heating] (cost|costs|bill|bills|spending"
    "|expenses|price|prices)",
    "aimx": "[the|our|my|electricity|energy|low|saving|power|keeping|good|heating] (cost|costs"
    "|comfort"
    "|energy|privacy|price|bill|money|savings|saving money|speed|latency|the electricity bill"
    "|electricity bill|the bill|warmth|noise|security|carbon|emissions|consumption|efficiency"
    "|saving energy|the environment|being comfortable|the climate|expenses|quiet|being green|co2"
    "|power use|energy use|budget|convenience|the planet|spending|safety|savings|footprint|solar)",
    "not": "(not|never|don't|do not|doesn't|does not|won't|shouldn't|can't|cannot|mustn't"
    "|must not|should not|may not|is not|isn't|no)",
}

LEXICON = Lexicon(
    tag="en",
    numbers=english,
    macros=_MACROS,
    phrases={
        **aims.PHRASES,
        **bounds.PHRASES,
        **rules.PHRASES,
        **states.PHRASES,
        **strivings.PHRASES,
        **things.PHRASES,
        **times.PHRASES,
        **verbs.PHRASES,
    },
)
