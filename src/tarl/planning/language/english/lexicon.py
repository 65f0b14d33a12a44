"""English: the parts that several phrases share, and all of its phrases together."""

from __future__ import annotations

from tarl.planning.language.english import (
    aims,
    alike,
    asides,
    bounds,
    conditions,
    rooms,
    rules,
    savings,
    spans,
    states,
    strivings,
    things,
    times,
    verbs,
)
from tarl.planning.language.english.tellings import (
    TELLS,
    TELLS_IN_VAIN,
    TELLS_LOOSELY,
    TELLS_OF_OTHERS,
    TELLS_OF_THINGS,
    TELLS_SURELY,
)
from tarl.planning.language.english.unordered import UNORDERED
from tarl.planning.language.lexicon import Lexicon, Tells
from tarl.planning.language.numbers import english

_MACROS = {
    "small": "the|a|an|my|our|this|in|at|on|of|to|from|for|by",
    "stops": "if|when|while|unless|until|before|after|and|but|or|once|because|then|so",
    # Things.
    "power": "[the] (power|electricity|energy|current|juice|grid|rate|tariff|price|it|they|that)",
    "d": "[the|my|our|its|their|that] [<A>] <D> [(in|of|on|at) [the|our|my] <A>]",
    "it": "(it|they|that|this|everything|the (whole thing|lot|total|bill|cost))",
    "price": "[the] ([power|electricity|energy|spot|grid] (price|prices|rate|rates|tariff|tariffs)"
    "|power|electricity|energy|current|grid|juice|unit price|[the] (price|prices|cost|rate|rates)"
    " (of|for) (power|electricity|energy|a kilowatt-hour)|(power|electricity|energy) (cost|costs))",
    "sun": "[our|my|the|your|its] [own] (solar|sun|sunshine|sunlight|pv|photovoltaics|panels"
    "|solar (power|energy|electricity|panels|production|output|generation)|roof|rooftop)",
    "grid": "(the|) (grid|mains|network|utility)",
    "setting": "(mood|mode|atmosphere|lighting|lights|light|scene|setting|settings|feel|feeling"
    "|ambience|ambiance|evening|vibe|vibes|time|setup|set-up|glow|touch)",
    "carry": "((see|get|gets|take|takes|carried|covered|powered|fed|supplied|ran|kept|sees|saw"
    "|carries|covers|powers|feeds"
    "|supplies|runs) us|took over|takes over|kept us going|keeps us going|chipped in|stepped in"
    "|do (the|all the) work|carry us|cover us|take over|power us|feed us|supply us|keep us"
    " going|run (everything|things|us|it all)|power (everything|things)|provide [the] [power]|help"
    " [us] [out]|step in|chip in|pitch in|jump in|see us through)",
    "must": "(should|must|need to|needs to|have to|has to|ought to|could|can|shall|may|will|have"
    " got to|has got to|'ve got to|'d better|had better)",
    "own": "[all|all of|some|both] [the|my|our|his|her|their|those|these|this|that|<P> 's|the kids'"
    "|the baby's|the children's|the boys'|the girls'|everyone's|everybody's|the little one's|the"
    " guests'] [(dirty|used|clean|wet|damp|fresh|white|black|dark|coloured|colored|old|new|good"
    "|nice"
    "|best|favourite|smart|stinky|smelly|sweaty|muddy|summer|winter|breakfast|dinner|lunch|coffee"
    "|tea|wine|beer|cake|baking|cooking|big|small|football|gym|sports|school|work|swimming|tennis"
    "|yoga|hockey|running|cycling|baby|bath|beach|hand|tea|kitchen|bed|table|cotton|wool|woolly"
    "|woollen|silk|party|holiday|guest|spare|hiking|ski|sunday)]",
    "crockery": "(dishes|plates|cups|mugs|glasses|bowls|pots|pans|pots and pans|plates and cups"
    "|plates and glasses|cups and plates|cups and glasses|knives and forks|forks|knives|spoons"
    "|cutlery|crockery|silverware|saucepans|saucepan|tableware|dinnerware|baby bottles|lunch boxes"
    "|lunchboxes|trays|tupperware|dishes and pans|dishes and glasses|china|wineglasses|teacups)",
    "garments": "(clothes|laundry|sheets|towels|shirts|shirt|jeans|socks|uniform|uniforms|kit"
    "|jersey|jerseys|bedding|bed sheets|bedsheets|bed linen|bedclothes|linen|linens|duvet cover"
    "|duvet covers|duvets|pyjamas|pajamas|pjs|underwear|trousers|pants|t-shirts|t-shirt|tees|dress"
    "|dresses|jumper|jumpers|sweater|sweaters|sweatshirt|hoodie|hoodies|blankets|blanket|tea towels"
    "|dishcloths|bath towels|tablecloth|tablecloths|napkins|whites|darks|colours|colors|coloureds"
    "|delicates|gear|things|stuff|nappies|diapers|pillowcases|pillow cases|bath mat|costume|blouse"
    "|blouses|skirt|skirts|overalls|swimwear|trunks|bits|sheets and towels|towels and sheets|bed"
    " things|tops|suit|vests|bibs|rompers|babygrows|clothing|garments|leggings|tights|cushion"
    " covers|throws|rags|cloths|coat|jacket|robes|robe|bathrobes|bathrobe)",
    "bill": "[the|our|my|your] [electric|electricity|energy|power|heating|running|monthly|utility]"
    " (bill|bills|cost|costs|expenses|outgoings|spending)",
    "aimy": "(cheap|comfortable|expensive|comfy|green|warm|saving|economical|cold|thrifty|cosy|cozy"
    "|costly|{aimx})",
    "somebody": "(someone|somebody|anyone|anybody|any of us|one of us|people)",
    "everybody": "(everyone|everybody|all of us|we all|the whole family|the family|the kids|kids"
    "|the children|children|the baby|baby|the little one|the little ones|my wife|my husband"
    "|my partner|the guests|the toddlers|the little ones|my girlfriend|my boyfriend|my wife and i"
    "|grandma|grandpa|my (mum|mom|dad|mother|father|parents|in-laws|flatmate|flatmates|roommate)"
    "|grandad|granny|[all] [the|our|my] (grown-ups|adults|kid|kids|neighbours|neighbors|baby|son"
    "|daughter"
    "|girl|boy|wife|husband|teenager|teenagers|teens|twins|sons|daughters|grandchildren|lodger)"
    "|my little (girl|boy|one)|the dog|the cat|[the|our] (kids|family|wife|husband|guests) and (i"
    "|me)"
    "|the parents|the (boy|girl|boys|girls|lads)|both of us|the two of us|you all|you lot|folks"
    "|the household|i|we|you|she|he|they|my (son|daughter)|the toddler|the twins)",
    "nobody": "(nobody|no one|no-one|noone|none of us|not anyone|not anybody)",
    "be": "(will be|'ll be|'s going to be|is going to be|are going to be|'re going to be|am going"
    " to be|'m going to be|might be|is|are|'s|'re|am|'m|was|were|being|gets|get|be|has been|have"
    " been|happens to be|stays"
    "|stay|remains|remain|becomes|looks)",
    "isnt": "(isn't|is not|'s not|aren't|are not|'re not|'m not|am not|is no longer|'s no longer"
    "|are no longer|'re no longer|am no longer|'m no longer|has stopped being|stops being)",
    "asleep": "(sleeping|asleep|in bed asleep|asleep in bed|in bed|napping|taking a nap"
    "|having a nap|dozing"
    "|fast asleep|sound asleep"
    "|having [a|his|her|their|my] (nap|rest|lie-in|siesta)|(down|off) for [a|his|her|their|the] "
    "nap|out cold|tucked up [in bed]|lying down|kipping|snoozing)",
    "home": "([at] home|in the house|in it|around|here|there|back|inside|[in] the building)",
    "out": "(away|out|gone|not [at] home|not in|not here|not there|elsewhere|abroad|at work"
    "|at school|at the office|out of the house|away from home|out and about|out of town|travelling"
    "|traveling|off somewhere"
    "|out for [a] (<T>|breakfast|supper|brunch|coffee)|out for (dinner|the day|the evening)|at"
    " the shops|out at work|gone out|out the door)",
    # Times.
    "t": "(<T>|<N>)",
    "dp": "(<Y>|<O>|<Y> <O>|<Y> in the <O>)",
    "cl": "(<K>|<L>)",
    "glue": "(in the|at|on|of the|of|this|in|the|,|around|about|during the|during|towards)",
    "about": "(at about|at around|about|around|roughly|approximately|exactly|sharp|at)",
    # Amounts.
    "most": "(less than|under|below|at most|at the most|no more than|not more than|max|maximum"
    "|max of|a maximum of|maximum of|within|not exceeding|not over|no higher than|beneath"
    "|fewer than|not above|no further than|not further than|never more than|never over|never above"
    "|never beyond|no greater than|nothing over|nothing warmer than|nothing hotter than|nothing "
    "higher than|nothing above|nothing more than|nothing beyond"
    "|capped at|limited to|never past|no larger than|not beyond|max.|not exceed|a max of"
    "|as much as|a limit of|a cap of|a ceiling of|a budget of|at or below|inside|no slower than"
    "|no longer than|not longer than)",
    "shun": "(outside|outside of|avoid|avoiding|stay away from|staying away from|keep away from"
    "|steer clear of|steering clear of|keep clear of|leave out|leaving out|skip|skipping|excluding"
    "|except|except for|bar|barring|other than|apart from|aside from|save|(any time|anytime"
    "|whenever|any time of day|anything|any hour|at any time|all day) (but|except|bar|save|"
    "other than|apart from|outside|outside of|excluding))",
    "least": "(at least|at the least|no less than|not less than|a minimum of|minimum|min|more than"
    "|over|above|no lower than|not under|not below|upwards of|never less than|never below"
    "|never under|nothing below|nothing colder than|nothing cooler than|nothing lower than"
    "|nothing under|nothing less than|not at less than|no fewer than|never beneath|never "
    "colder than"
    "|never cooler than|not beneath|no further down than|no deeper than)",
    "over": "(above|over|warmer than|hotter than|higher than|more than|at least|beyond|past)",
    "under": "(below|under|colder than|cooler than|lower than|less than|beneath)",
    "q": "(<H>|<Q>|<N>|<W>)",
    "spend": "(spend|spending|afford|afford to (spend|pay)|stretch to|justify [spending]|pay"
    "|paying|cost|costs|costing|use up|blow|waste|shell out|go over"
    "|exceed|exceeding|go above|be)",
    "aspossible": "(as possible|as it can|as it possibly can|as humanly possible|as he can|as i "
    "can|as you can|as we can|you can|we can|you can manage|we can manage|as it can be|as it gets"
    "|as can be|as they can"
    "|as feasible|as practical|as you possibly can|as we possibly can|as you (like|are able)|as "
    "is possible|as ever it can"
    "|as they come|as you manage|as can possibly be)",
    "opt": "(optimise|optimize|improve|tune|manage|prioritise|prioritize|optimising|optimizing"
    "|optimisation|optimization|fine-tune|streamline|improving|managing|put first|focus on|tweak)",
    "counts": "({be} (what|all [that]) ((i|we) (care|worry) [most] about|(counts|matters) [most"
    "|here"
    "|to me|to us]|i'm after|we're after)|{be} the (main|most important|only) (thing|point|concern)"
    "|{be} (most important|our top concern|my top concern)|(takes|gets|has) [top|absolute]"
    " (priority"
    "|precedence))",
    "energyx": "[the] [house's|home's|our|my] (energy|power|electricity|energy use|energy usage"
    "|power usage|energy consumption|power use|power consumption|electricity use|electricity usage"
    "|electricity consumption|consumption|energy efficiency|use of energy|use of electricity)",
    "costx": "[the] [energy|electricity|power|running|heating] (cost|costs|bill|bills|spending"
    "|expenses|price|prices)",
    "aimx": "[the|our|my|electricity|energy|low|saving|power|keeping|good|heating] (cost|costs"
    "|saving"
    "|comfort"
    "|energy|privacy|price|bill|money|savings|saving money|speed|latency|the electricity bill"
    "|electricity bill|the bill|warmth|noise|security|carbon|emissions|consumption|efficiency"
    "|saving energy|the environment|being comfortable|the climate|expenses|quiet|being green|co2"
    "|power use|energy use|budget|convenience|the planet|spending|safety|savings|footprint|solar)",
    "not": "(not|never|neither|nor|don't you dare|don't you ever|never ever|"
    "don't|do not|doesn't|does not|won't|shouldn't|can't|cannot|mustn't"
    "|must not|should not|may not|is not|isn't|no|didn't|did not|wouldn't|would not"
    "|aren't|wasn't|weren't|was not|were not"
    "|are not|needn't|need not|not to)",
}

LEXICON = Lexicon(
    tag="en",
    numbers=english,
    tells=Tells(
        TELLS, TELLS_SURELY, TELLS_OF_OTHERS, TELLS_LOOSELY, TELLS_IN_VAIN, TELLS_OF_THINGS
    ),
    macros=_MACROS,
    unordered=UNORDERED,
    phrases={
        **savings.PHRASES,
        **aims.PHRASES,
        **alike.PHRASES,
        **asides.PHRASES,
        **bounds.PHRASES,
        **conditions.PHRASES,
        **rooms.PHRASES,
        **rules.PHRASES,
        **spans.PHRASES,
        **states.PHRASES,
        **strivings.PHRASES,
        **things.PHRASES,
        **times.PHRASES,
        **verbs.PHRASES,
    },
)
