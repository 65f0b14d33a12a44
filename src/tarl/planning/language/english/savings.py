"""English: less money and less energy."""

from __future__ import annotations

PHRASES: dict[str, tuple[str, ...]] = {
    "goal.minimize.cost": (
        "(whatever|whichever|what) ('s|is|works out|comes out|turns out|costs) [to be] [the]"
        " (cheaper|less expensive|cheapest|less|least)",
        "(make|making|get|getting) (it|this|that|<D>|things|everything|the heating) [a bit|much|a"
        " lot|all] cheaper",
        "(a|any|some) (cheaper|less expensive|more economical) (way|time|option|moment) [to|of"
        "|for]",
        "(at|in|during|to|for) (a|some|the) cheaper (time|times|hour|hours|rate|slot|moment)",
        "({bill} ('s|is|are|was|were|has been|has gone|went|'s gone|keeps|have been|have gone)"
        " [killing (me|us)|way|far|much|too|so|absolutely|quite|really|completely] [(huge|awful|mad"
        "|crazy|ridiculous|insane|high|enormous|terrible|horrendous|a nightmare|shocking|painful"
        "|steep|scary|up|through the roof|out of hand|going up|growing)] [last|this] [month|year"
        "|winter|time|quarter|again] [,|;|-|.|:] [so|and] [(can|could|would) you|please|let's|try"
        " to] (get (it|them) down|bring (it|them) down|cut (it|them)|do something [about (it|that"
        "|them)]|lower (it|them)|reduce (it|them)|help|fix (it|that)|push (it|them) down|make (it"
        "|them) (smaller|lower)|shrink (it|them)))",
        "(economise|economize|economising|economizing) [on {power}|a bit|a little]",
        "(a|have a|get a|want a|with a|for a) (smaller|lower|cheaper|more modest) {bill}",
        "(make|get|keep|making|getting|keeping) {bill} [a bit|much|a lot] (smaller|lower|cheaper"
        "|small|low|down)",
        "{bill} [(should|must|needs to|has to|ought to|to)] [be|come|go|get|become|stay|kept]"
        " (smaller|lower|down|minimal|as low {aspossible}|as small {aspossible}|shrink|drop|fall)",
        "(save|saving) (me|us|) [a] (few|bit of|some|couple of|little) (quid|euros|bucks|pounds"
        "|cents|dollars|pennies|money|cash|dosh|bob)",
        "(shave|knock|take|get) (something|a bit|a little|some|a few euros|some money|as much"
        " {aspossible}) off {bill}",
        "(lower|reduce|cut|shrink|trim|slash|minimise|minimize|limit|get down|bring down|keep down)"
        " [down] [on] {bill}",
        "{not} (spend|pay|use|waste|spending|paying|wasting) [(any|too much|much|a lot [of])]"
        " [money] [more] than (you|we|i) (have to|need to|need|must|can help)",
        "({not} (cost|spend|pay|be|make it|make)|without (costing|spending|paying|being)) [me|us]"
        " [too|so|that|overly] (expensive|pricey|dear|much money|a fortune|the earth|a bomb)",
        "(pay|spend|paying|spending) less",
        "[cost|price] (effectively|efficiently)",
        "(kind|kinder|easier|lighter|gentler) (to|on) (my|our|the) (wallet|purse|budget|pocket"
        "|bank account|finances)",
        "(looking|look) after the pennies",
        "without (breaking the bank|it costing (a fortune|the earth|an arm and a leg|much)|burning"
        " a hole in (my|our) (pocket|wallet)|ruining (me|us)|paying over the odds|splashing out)",
        "(costing|cost|spend|spending|pay|paying) (a pittance|peanuts|pennies|next to nothing|the"
        " bare minimum)",
        "(as|be|being|is) (thrifty|frugal|sparing|careful with money|stingy|economical"
        "|tight-fisted) [with (money|the bill|our money|the budget)] [as|about it] [{aspossible}]",
        "(easy|light|kind|gentle) on (my|our|the) (wallet|purse|budget|pocket|bank account)",
        "(keep|watch|mind) (an eye on|) (the|our|my) (pennies|budget|costs|cost|bill|wallet)",
        "(cheap as chips|dirt cheap|dirt-cheap|on a shoestring|on a budget|the cheaper the better"
        "|whatever's cheapest|whatever is cheapest|whatever works out cheapest)",
        "(at|for|with|choose|take|pick|find [me|us]) [the] (cheapest|least expensive|most"
        " affordable) [possible] (slot|time|moment|hour|hours|rate|price) [going|there is|you (can"
        "|) find]",
        "(be|being|go|is) [as] (thrifty|frugal|sparing|economical|stingy|careful) [{aspossible}]"
        " (with|on|about|when it comes to) {d}",
        "(at|for) [a] (bargain|rock-bottom|the lowest|knockdown) (prices|price|rates|rate)",
        "(minimise|minimize|reduce|cut) (what|how much) (we|i|it) (pay|spend|costs|cost)",
        "(so|so that) it costs (next to nothing|almost nothing|as little {aspossible}|the least)",
        "(at|when|whenever) [the] [time] [that] [it] costs [us|me] [the] least",
        "for (the|) (smallest|least|lowest) (amount of|) (money|cost|expense)",
        "(spend|spending|pay|paying) the least [you|we|i] [can]",
        "(for|) (peanuts|next to nothing)",
        "(without|not|no) (spending|paying|costing) [much|too much|a lot|more] [than] [necessary"
        "|needed|we have to|i have to]",
        "(make|get|keep) it (cheap|as cheap {aspossible})",
        "[(when|whenever|while|at the time when|at a time when|once|if|at times when|when the)]"
        " {power} ('s|is|are|will be|costs|gets) [at] [its|the|their] [very] (cheapest|lowest|least"
        " expensive|cheapest rate|lowest price|least costly|most affordable)",
        "[at|in|during|for|on|with|using|use|take|pick|find|choose|get] [the|its] [very|absolute]"
        " (cheapest|lowest cost|lowest-cost|lowest|least expensive|best|most economical|most"
        " affordable|least costly) [possible|available] (price|rate|time|times|slot|hour|hours"
        "|tariff|way|cost|power|electricity|energy|rates|prices|moment|option|window|period|slots"
        "|bill|point|spot) [possible] [of the (day|night)] [to]",
        "[the] cheapest [way|possible|option] [to]",
        "when it's cheapest",
        "as (cheaply|cheap|inexpensively|economically|inexpensive|affordably) {aspossible}",
        "as (cheap|inexpensive|economical) to (run|heat|keep|live in|maintain) {aspossible}",
        "(for|as|costing|spending|spend|pay|paying|with|at) [as] (little|low a cost|low cost"
        "|little money|little cost|low a price) [money] {aspossible}",
        "(cost|spend|pay|spending|paying|costs|costing) [as] (little|least) [money] [{aspossible}]",
        "for the least (money|cost|amount of money)",
        "(save|saving|saves) [me|us] [some|as much|the most|a bit of|a little|lots of|more|] (money"
        "|cash|on the bill|on the electricity bill|on electricity costs|on costs|on our bill)"
        " [{aspossible}] [on heating]",
        "(save|saving) as much [money] {aspossible}",
        "(spend|spending|pay|paying) [me] less [money] [on|for] [power|electricity|energy|the bill"
        "|heating]",
        "(cut|cutting|reduce|reducing|lower|lowering|shrink|minimise|minimize|slash|bring down|trim"
        "|keep down|minimizing|minimising|get down|decrease|decreasing|squeeze|drop) [my|our|the"
        "|down] [my|our|the|] [energy|electricity|power|running|heating|total|utility] (bill|bills"
        "|cost|costs|spending|spend|expenses|price|expenditure) [down|low]",
        "(keep|get|bring|push) [my|our|the] [energy|electricity|power|running|heating] (bill"
        "|bills|cost|costs|spending) [as] (low|down|minimal|to a minimum|small) [{aspossible}]",
        "(lowest|minimal|minimum|least|smallest) [possible] (cost|bill|price|costs)",
        "most (cheaply|economically)",
        "on the cheap",
        "cost as little {aspossible}",
        "cheaply",
        "(spend|spending|pay|paying|cost|costing) the (least|minimum|absolute minimum) [money"
        "|amount] [that] [(you|we|i|it) can|possible|{aspossible}]",
        "(keep|make|get|do) (it|this|that|the whole thing|everything|things) [as] (cheap|low-cost"
        "|inexpensive|economical) [{aspossible}]",
        "(most cost-effective|most cost effective|most economical|thriftiest|most frugal) [way]",
        "(thriftily|frugally|economically|cost-effectively)",
    ),
    "goal.minimize.energy": (
        "as few (kilowatt hours|kilowatts|kwh|units|watts) {aspossible}",
        "(how much|the amount of) (energy|electricity|power|juice) (we|the house) (use|uses|burn"
        "|burns|get through|gets through) [,|;|-|.|:] [so|and] [(can|could|would) you|please|let's]"
        " (get it down|bring it down|cut (it|down|back)|lower it|reduce it|cut it down)",
        "(we|the house) [really|clearly] (use|uses|burn|burns|need|needs|get through|gets through"
        "|waste|wastes|are using|'re using) [far|way|much] (too much|a lot of|so much|loads of)"
        " (energy|electricity|power|juice) [,|;|-|.|:] [so|and] [(can|could|would) you|please"
        "|let's] (get it down|bring it down|cut (it|down|back)|lower it|reduce it|cut it down|use"
        " less|help)",
        "(economical|frugal|sparing|thrifty|careful|mindful|sensible|stingy|modest) with [the|our"
        "|your] (energy|electricity|power|juice|kilowatts)",
        "without (wasting|using|burning) [any|much|too much|more] (power|energy|electricity) [than"
        " (necessary|needed)]",
        "(go|be) (easy|economical|sparing|thrifty|careful|frugal) (on|with) [the|our] (electricity"
        "|energy|power|juice)",
        "(consume|burn|use) (less|fewer|as little {aspossible}) [juice|energy|power|electricity|"
        "kilowatt hours]",
        "(with|at|on|keep consumption to|keep use to) [a|the] (minimum|minimal|lowest|least|low)"
        " [of] (consumption|energy|usage|power use|energy use)",
        "[in] [an|the] [most] (energy-saving|energy saving|power-saving|energy-efficient)"
        " [possible] (way|mode|manner|fashion|setting|please)",
        "(reduce|cut|lower|limit) how much (electricity|energy|power) [(we|it|the house) (use|"
        "uses|need|needs)]",
        "(use|using) (electricity|energy|power) sparingly",
        "keep [our|the|its] (consumption|usage|energy use|power use) (low|down|to a minimum|as low"
        " {aspossible}|minimal)",
        "(burning|using|consuming|needing) less (energy|electricity|power)",
        "(bring|get|push|drive|take) [our|my|the] (energy|power|electricity|) (use|usage"
        "|consumption) (down|low|lower)",
        "(save|saving|conserve|conserving) [as much|some|more|a bit of|the most|] (energy"
        "|electricity|power) [{aspossible}]",
        "(use|using|consume|consuming|need|waste|wasting|spend|burn) [as] (little|less|the least"
        "|least|minimal|minimum|a minimum of|fewer|the least amount of) (energy|electricity|power"
        "|kilowatt hours|watts|kwh) [{aspossible}]",
        "(with|for|on) [as] (little|the least|least|minimal|minimum) (energy|electricity"
        "|power) [consumption|use|usage] [{aspossible}]",
        "(reduce|cut|lower|minimise|minimize|reducing|cutting|lowering|minimizing|minimising"
        "|shrink|bring down|decrease|trim|cut down on|cut back on) [my|our|the|its] [overall"
        "|total] (energy|electricity|power) [use|usage|consumption|demand|needs|footprint]",
        "(reduce|cut|lower|minimise|minimize) [my|our|the] consumption",
        "as energy-efficiently {aspossible}",
        "(lowest|least|minimal) (energy|power|electricity) (use|usage|consumption)",
        "{not} waste (energy|electricity|power)",
        "as little energy {aspossible}",
        "keep [the] (energy|electricity|power) (use|usage|consumption) (low|down|to a minimum"
        "|as low {aspossible})",
    ),
    "goal.minimize.cost.where": (
        "^[please|just] save (where|wherever|whenever|when|what|whatever) [possible|(you|we) (can"
        "|could)]",
    ),
    "goal.maximize.solar_use.roof": (
        "(make the most of|maximise|maximize|make the best of|get the most out of|use as much as"
        " possible of|increase) (the|our|what|what we (use|get)|whatever|all the|using|our use) [of"
        "|(we|it )] [the|our] [own] (power|energy|electricity|solar) (from|off) [our|the] [own]"
        " (roof|panels)",
    ),
    "goal.optimize.cost.tuned": (
        "{opt} [the|our|my] (heating|house|home|place|flat|hot water|whole house|whole place"
        "|system) for (lower|less|low|smaller|reduced|minimal) (cost|costs|bills|a bill|spending"
        "|bill)",
    ),
    "goal.minimize.grid_import.none": (
        "(buy|buying|bought|took|take|taking|drew|draw|drawing|import|imported|pulled|pull|used"
        "|use) (no|nothing|zero|not any|as good as no|next to nothing) [power|electricity|energy"
        "|current] (from|off) {grid}",
    ),
}
