"""English: money and quantities that bound a goal."""

from __future__ import annotations


def _at_least(share: str) -> tuple[str, ...]:
    """A share said in a word, as the least that is to be in something."""
    return (
        f"[to] {{least}} {share} [full|charged|way|charge]",
        f"(no|not|never) (lower|less|emptier) than {share} [full]",
        f"(keep|leave|reserve|save|keeping|leaving) [at least] {share} [of it] [in it|left|in"
        " reserve|full|in there|behind|for later|over]",
        f"({{not}}|without) [let|letting] [it] (go|going|drop|fall|dropping|falling|drain"
        f"|draining|sink|sinking|dip|dipping) (below|under|lower than|further than) {share}",
    )


def _at_most(share: str) -> tuple[str, ...]:
    """A share said in a word, as the most that is to be in something."""
    return (
        f"[to] {{most}} {share} [full|charged|way|charge]",
        f"(no|not|never) (more|further|fuller|brighter|higher) than {share} [full]",
        f"({{not}}|without) [let|letting] [it] (go|going|rise|rising|charge|charging|get|getting)"
        f" (above|over|past|beyond|fuller than|further than) {share}",
        f"(stop|stopping|stops) [charging|it] [at|when it is|when it's] {share} [full|charged]",
    )


PHRASES: dict[str, tuple[str, ...]] = {
    "free": (
        "(for|at) (free|no cost|zero cost)",
        "(for|at) no cost at all",
        "free of (charge|cost)",
        "cost-free",
        "without (paying|spending) (anything|a cent|a penny|money|any money)",
        "without (costing|it costing) [me|us] (anything|a cent|a penny|money|any money)",
        "costing [me|us] nothing",
    ),
    "budget.cost": (
        "[for|at|on|with|costing|under] ({most}|up to) <M>",
        "{not} (willing|prepared|ready|happy|keen|going|planning|want|wanting|able|like|allowed)"
        " [to] {spend} [any] [more than|over|above|beyond] <M>",
        "{not} {spend} [me|us] [any] [more than|over|above|beyond] <M>",
        "(budget|budget is|limit|cap|max) (for|on) ... (:|is|,|of) <M>",
        "({spend}|keep {it}|stay|remain|do it|get it done|keep [the] (cost|costs|bill|spending"
        "|price)|it costs|cost|{it} {spend}) [for|to|stays|is|remains|should be] [{most}] <M>",
        "[at|for] <M> (max|maximum|tops|at most|at the most|or less|or under|or below|limit|budget"
        "|to spend|cap|at the outside|ceiling|is the limit|is my limit|is the max|is my budget)",
        "(budget|limit|cap|max|maximum|ceiling|with a budget|my budget|our budget|the budget) [is"
        "|of|:|at|to|='s|being] <M>",
        "(i've|i have|we have|we've) [got] <M> [to spend]",
        "({it}|this|costs) [{not}] (cost|costs|exceed|go over|be|costing|mustn't cost|must not cost"
        "|shouldn't cost|should cost|can cost|may cost) [me|us] [{most}|more than|over] <M>",
        "(if|provided|as long as|only if|so long as|unless) {it} (costs|cost|is|'s|stays|comes to"
        "|would cost|will cost) [me|us] [{most}|more than|over] <M>",
        "without (spending|exceeding|paying|going over|costing) [more than|over|above|beyond] <M>",
        "(for|worth|) [a total of|in total] <M> [in total|altogether|all in|overall]",
        "<M> ('s|is|are) [the] (most|max|maximum|limit|ceiling|all|top) [that] [(i|we)] ['ll|will"
        "|want to|can|'d] [pay|spend|be paying|afford]",
        "<M> worth of (power|electricity|energy)",
        "not (a (cent|penny)) (more|over) than <M>",
        "not a cent over <M>",
        "[at|with|for] (a|total|) (cost|price|spend|total|bill|outlay) (of|not exceeding) [{most}"
        "|up to|not more than] <M> [at most|max|tops|or less]",
        "(limit|cap|restrict|hold|keep) [the|my|our] (cost|costs|spend|spending|bill|price|expense|"
        "total|outlay) [of (it|that|this|doing so)] (to|at|under|below|within) [{most}] <M>",
        "&(limit|cap|restrict|hold|keep) [the|my|our] (cost|costs|spend|spending|bill|expense) (on"
        "|of|for) [the|my|our] <D> (to|at|under|below|within) [{most}] <M>",
        "[with] [a|the] (spending|cost|money|price) (limit|cap|ceiling|budget) [of|is|:|at] <M>",
        "no more than <M>",
        "over <M>",
        "more than <M>",
    ),
    "budget.price": (
        "{price} {must} (be|stay|remain|cost|go|get|drop|fall|have dropped|have fallen) [to]"
        " [{most}|lower than|cheaper than] <M> [(per|a|an|/) (kwh|kilowatt hour|kilowatt-hour"
        "|unit)]",
        "(buy|buying|take|taking|import|importing|draw|purchase|get|use) [grid|only|just] (power"
        "|electricity|energy|current) .. [only] (below|under|for less than|at less than|for under"
        "|for at most|at most at) <M>",
        "(if|when|while|whenever|once|as soon as|as long as) {price} (rises|goes|climbs|gets|is|'s"
        "|are|go|rise|hits|costs|cost|exceeds|becomes) (above|over|more than|higher than|beyond"
        "|past|dearer than|upwards of) <M> [(per|a|an|/) (kwh|kilowatt hour|kilowatt-hour|unit)]",
        "({not}|without) (pay|paying|spend|spending|buy|buying) [any] (more than|over|above|beyond|"
        "for more than|at more than) <M> (per|a|an|/|for a|each|for each) (kwh|kilowatt hour|"
        "kilowatt-hour|unit)",
        "(pay|paying|spend|spending) [{most}|up to] <M> (per|a|an|/|for a|each|for each) (kwh|"
        "kilowatt hour|kilowatt-hour|unit) [at most|max|tops|or less]",
        "{price} ({not}|can't|mustn't) (be|go|rise|get|climb|exceed) [(above|over|more than|higher"
        " than|beyond)] <M> [(per|a|an|/) (kwh|kilowatt hour|kilowatt-hour|unit)]",
        "[with|at] [a|the] (price|rate) (limit|cap|ceiling|max|maximum|threshold) (of|is|:|at) <M>"
        " [(per|a|an|/) (kwh|kilowatt hour|kilowatt-hour|unit)]",
        "(until|till|stop when|but stop when|not when|not if|not while|but not when|but not if|but"
        " not while|unless|except when) {price} (rises|goes|climbs|gets|is|'s|are|go|rise|hits"
        "|reaches|costs|cost|exceeds) [(above|over|more than|higher than|beyond|past)] <M> [(per|a"
        "|an|/) (kwh|kilowatt hour|kilowatt-hour|unit)]",
        "[(if|when|while|whenever|as long as|once|only if|only when|provided|so long as|only"
        " while)] {price} ('s|is|are|costs|cost|stays|drops|falls) [at|to] <M> [(per|a|an|/) (kwh"
        "|kilowatt hour|kilowatt-hour|unit)] (or less|or below|or under|or lower|or cheaper|at most"
        "|max|tops|at the most)",
        "[(if|when|while|whenever|as long as|once|only if|only when)] [the] (price|cost|rate) (per"
        "|of a|for a|a) (kwh|kilowatt hour|kilowatt-hour|unit) {be} [{most}] <M> [or less]",
        "(a|one|each|the) (kwh|kilowatt hour|kilowatt-hour|unit) [of (power|electricity|energy)]"
        " {be} (cheaper|less|lower) than <M>",
        "(if|when|while|whenever|as long as|once|only if|only when) (a|one|each|the) (kwh|"
        "kilowatt hour|kilowatt-hour|unit) ({not}) cost [more than|over|above] <M>",
        "{price} {be} (down|back|back down) (to|at) <M>",
        "(if|when|while|whenever|as long as|so long as|provided|only if|only when|only while|once)"
        " (it|that|they) ({be}|stays|stay|costs|cost) [at|to] {most} <M> (per|a|an|/|for a) (kwh"
        "|kilowatt hour|kilowatt-hour|unit)",
        "{most} <M> (per|a|an|/|for a|for each|for every) (kwh|kilowatt hour|kilowatt-hour|unit)",
        "{most} <M> / (kwh|kilowatt hour|kilowatt-hour)",
        "[(if|when|while|whenever|as long as|once|only if|only when|provided|so long as|only"
        " while)] (a|one|each|every|the) (kwh|kilowatt hour|kilowatt-hour|unit) [of (power"
        "|electricity|energy)] (costs|cost|is|'s|comes in|sells|goes|drops) [at|for|to] {most} <M>",
        "[(if|when|while|whenever|as long as|once|only if|only when|provided|so long as|only"
        " while)] {price} ('s|is|are|costs|cost|stays|drops|falls|goes|gets|dips) [no] (lower"
        "|cheaper|more) than <M> [(per|a|an|/) (kwh|kilowatt hour|kilowatt-hour|unit)]",
        "[(if|when|while|whenever|as long as|once|only if|only when|provided|so long as|only"
        " while)] {price} ('s|is|are|costs|cost|stays|drops|falls|goes|gets|dips|drop|fall|go|get"
        "|stay|at|of|comes|) [to|is] {most} <M> [(per|a|an|/) (kwh|kilowatt hour|kilowatt-hour"
        "|unit)]",
        "(at|for|max|up to) <M> (per|a|an|/) (kwh|kilowatt hour|kilowatt-hour|unit) [or less"
        "|max|at most|tops]",
        "<M> (per|a|an|/) (kwh|kilowatt hour|kilowatt-hour|unit) [or less|max|at most|tops]",
        "(keep|do|get|buy|pay|charge) [it|{it}] [for|at] {most} <M> (per|a|an|/|each|for each) (kwh"
        "|kilowatt hour|kilowatt-hour|unit)",
        "<M>/kwh",
        "{most} <M>/kwh",
        "(unless|not when|not while|not if) {price} ('s|is|are|costs|goes|go) (above|over|more than"
        "|higher than) <M> [(per|a|an|/) (kwh|kilowatt hour|unit)]",
        "{price} [gets|is|'s|becomes|are] (cheaper|lower|less) than <M>",
        "(cheaper|lower) than <M> (per|a|an|/) (kwh|kilowatt hour|unit)",
    ),
    "limit.energy": (
        "(my|the|our|with a|a|its) (limit|cap|maximum|max|budget|ceiling) (for|on|of|is) ... (is|"
        ":|of|,|at) <V>",
        "<V> ('s|is) [the|my|our] (limit|maximum|max|cap|most|ceiling)",
        "({not}|without) (use|using|burn|burning|consume|consuming|need|needing|spend|spending|"
        "take|taking) [any] (more than|over|above|beyond) <V>",
        "(may|can|could|should|must|shall|to|it|with a cap of|limited|limiting it|capped) [(use|"
        "have|need|take|burn|consume)] [up to|to|at|{most}] <V>",
        "[using|with|on|use|for|spend|consume|consuming|spending] {most} <V>",
        "[on|with|using] <V> (or less|max|maximum|at most|tops|at the most)",
        "(without|not|never|don't) (using|exceeding|use|exceed|consume|consuming|go over|going"
        " over) [more than|over] <V>",
        "(limit|cap) [it|that|of|is|at|to] [to|at] <V>",
    ),
    "limit.latency": (
        "[with] {most} <U> [of] (latency|delay|lag)",
        "{most} <U>",
        "<U> (at most|max|maximum|tops|or less|at the most) (for|to|until) .. (to|the|a) (camera"
        "|spot|react|respond|see|detect|notice)",
        "(within|in|under|in less than|in under|faster than|less than|at most|no slower than"
        "|{most}) <U> (latency|delay|response|response time)",
        "&({not}) (take|need|wait) ... (more|longer) than <U>",
        "&({not}) (take|need|wait) (more|longer) than <U>",
        "(latency|delay|response time|reaction time|respond|responds|react|reacts|reacting"
        "|responding|answer|answers) [is|of|stays|at|should be|must be|in] [{most}|within] <U>",
    ),
    "capped.lte": (
        "(cap|limit|restrict|hold) (us|it|everything|the whole house|the whole place|the place|all"
        " of it) (to|at|below|under|down to) <W>",
        "[our|the|my] (limit|maximum|max|cap|ceiling|upper limit|fuse limit) (is|of|:|'s|stands at"
        "|lies at) <W>",
        "(cap|limit|restrict|hold|keep|capping|limiting) [the|our|my|total|overall] [house|total"
        "|whole|overall|peak] (house|load|power|draw|consumption|total|peak|peaks|demand|power draw"
        "|usage) (to|at|under|below|within|down to) <W>",
        "({not}|without|never|no) [let|letting] [it|us|the house] (draw|drawing|pull|pulling|take"
        "|taking|use|using|import|importing|demand) [any] (more than|over|above|beyond) <W> [from"
        " {grid}]",
        "(push|pushing|pushes|take|taking|takes|bring|brings|drive|drives|send|sends|get|gets|put"
        "|puts) (us|it|the house|the total|the load|our load|consumption) (over|above|past|beyond"
        "|higher than) <W>",
        "({not}|without) (top|exceed|surpass|pass|cross|break|breach|hit|reach|topping|exceeding|"
        "surpassing|passing|crossing|breaking|hitting) [more than] <W>",
        "[with] [a|the] (peak|peaks|peak load|peak power|load peak|power peak) [of|that is|that's]"
        " [{most}|under|below|no higher than] <W>",
    ),
    "bound.lte": (
        "no (need|reason|point) (to|in) (heat|heating|warm|warming|have|having|keep|keeping|make"
        "|making|get|getting) [it|them|that|the room] [up] [to|be] (above|over|beyond|warmer than"
        "|hotter than|more than|higher than) {q}",
        "(with|at) (a|an) <W> (cap|limit|maximum|ceiling)",
        "[the|our|my|a|with a] (house|overall|total|household|home|whole-house) [power|load] (limit"
        "|cap|maximum|max|ceiling) [is|at|of|:|,] <W>",
        "[the|our|my|a|with a] (max|maximum) [house|household|total|overall|home] (load|power|draw)"
        " [is|at|of|:] <W>",
        "<W> ('s|is) [the|my|our] (limit|maximum|max|cap|most|ceiling) [(the house|we|it) [may|"
        "can|should] (draw|draws|pull|use|have|take)]",
        "{most} {q}",
        "({not}|without) .. (more than|above|over|past|beyond|exceed|exceeding|higher than|warmer"
        " than|hotter than|brighter than) {q}",
        "({not}|without) [to|let|letting|go|going|ever|get|getting|rise|rising|be|have|push|pushing"
        "|heat|climb|climbing|it|exceed|charge|drawing|draw|use|using] (above|over|past|hotter than"
        "|warmer than|beyond|higher than|brighter than|more than|exceeding|exceed) {q}",
        "(no|not|never) (warmer|hotter|higher|brighter|more|wetter|damper) than {q}",
        "(no|not|never|any) [bit|degree] (warmer|hotter|brighter|damper|wetter|higher|further up"
        "|more humid) than {q}",
        "({not}|without) (top|exceed|surpass|pass|cross|breach|hit|topping|exceeding|surpassing"
        "|passing|crossing|hitting) {q}",
        "(stop|stopping|stops|end|finish|quit|unplug|cut off|done) [charging|it] (when|once|as soon"
        " as|the moment) (it|that) (hits|reaches|gets to|is at|'s at|is|'s|has|shows) {q}",
        "(get|gets|go|goes|rise|rises|climb|climbs|going|getting|rising|climbing|heat up|heating up"
        "|warm up|warming up|heating|warming|becoming|become|creep|creeping|drift|shoot|soar) [up]"
        " [any|even|much] (above|beyond|higher than|brighter than|wetter than|damper than|over"
        "|hotter than|warmer than|past|higher than) {q}",
        "(stop|stopping|stops|capped|cap|limited|limit|limiting) [charging] [it|the house|the load"
        "|the power] (under|below|at|to|within) {q}",
        "(stay|stays|staying|remain|remains|keep|kept|keeping|hold|held|be) [it|them|us] (under"
        "|below|within|inside) {q}",
        "(keep|kept|keeping|hold|held|holding|stick|get) [it|them|us] (down|) to (<W>|<V>)",
        "&(keep|hold|limit|cap|restrict) ... to (<W>|<V>)",
        "&({not}|without) ... (more than|above|over|past|beyond|exceed|exceeding|higher than|warmer"
        " than|hotter than|brighter than) {q}",
        "(fit|squeeze) ... (into|in|within|under) (<W>|<V>)",
        "(into|inside) (<W>|<V>)",
        "(without|not|never|don't) (exceeding|exceed) {q}",
        "{q} (max|maximum|tops|at most|at the most)",
        "[(the|our|) [whole] (house|home|place|flat) at] {q} (or|and) (less|below|under|lower"
        "|cooler|colder|darker|dimmer|drier|down|downwards|beneath)",
        "(stop|stops|stopping|stopped|quit|quits|quitting|end|ended|halt|halted|halting|cease"
        "|cut out|cuts out|leave off|call it a day|call it quits) [charging|it] at [the] (<Q>|<H>)",
        "[up] to {q} [,] [but|and] (no|not) (more|further|farther|higher|beyond|any further|above"
        "|(a|one) (percent|per cent|%|bit|drop|degree) more)",
        "[up] to {q} (at most|max|maximum|tops|and no more|no more|but no more)",
        "(limit|cap) [the] (house|load|power|power draw|whole house|draw|total|consumption) [power"
        "|load|draw] (to|at|of) {q}",
        "(drawing|using|pulling|consuming) [more than|over] {q}",
        "(draw|draws|pull|pulls|use|uses|consume|consumes|take|takes) (more than|over) {q}",
        "{q} (is plenty|is enough)",
        "cooler than {q}",
    ),
    "bound.gte": (
        "{least} to {q}",
        "{least} {q}",
        "&({not}) ... (below|under|less than|lower than|beneath|colder than|cooler than) {q}",
        "without ... (below|under|less than|lower than|beneath|colder than|cooler than) {q}",
        "({not}|without) .. (below|under|less than|lower than|beneath|colder than|cooler than"
        "|dimmer than|darker than) {q}",
        "({not}|without) [to|let|letting|go|going|ever|get|getting|drop|dropping|fall|falling|be"
        "|have|it|drain|draining|sink|sinking|dip|dipping|discharge|discharging|take|taking] [it]"
        " (below|under|colder than|cooler than|lower than|less than|darker than|beneath) {q}",
        "(no|not|never) (colder|cooler|lower|darker|less|dimmer|drier|dryer) than {q}",
        "(drop|drops|fall|falls|go|goes|sink|sinks|dip|dips|dropping|falling|going|get|gets|getting"
        "|cool|cooling|cool down|cooling down|become|becoming|sinking|dipping|slip|slips|slipping"
        "|slide|slides|sliding|plummet|plunge|tumble|creep|drift) [to] [any|even|much] (below|under"
        "|colder than|cooler than|lower than|darker than|dimmer than|drier than) {q}",
        "(stay|stays|remain|remains) (above|over|at least|warmer than) {q}",
        "(leave|leaving|keep|keeping|reserve|hold back|retain|save) [at least] {q} (in it|in"
        " reserve|for (emergencies|later|the evening)|left|in the tank|back)",
        "(leave|leaving|keep|keeping|reserve|save|hold back|retain) [at least|about] <Q> [in it"
        "|in the battery|of it|left|back|in reserve|over|spare] (for|until) [the|our|my] (<T>|<O>"
        "|<Y>)",
        "(leave|leaving|reserve) [at least] {q}",
        "{q} (at least|minimum|min|upwards|or better)",
        "[(the|our|) [whole] (house|home|place|flat) at] {q} (or|and) (more|above|over|higher"
        "|warmer|hotter|brighter|up|upwards|beyond)",
        "{q} ('s|is|as) [the|my|our|a|an absolute] (minimum|least|lowest|bottom line|lower limit)"
        " [(we|i) (want|need|accept|tolerate)]",
        "{not} (stop|finish|end|quit|stopping) (short of|before|below|under) [it (reaches|hits|is"
        " at)] {q}",
        "not (at|with) (less than|under|below) {q}",
        "[at least] {q} (should|must|has to|needs to|ought to|has got to|is to) (stay|remain|be"
        " left|be kept|be in it) [in it|in there|in the battery|in the tank|in reserve|behind]",
        "warmer than {q}",
        "(past|beyond) <Q>",
        "beyond <N>",
    ),
    "bound.gte.1000": ("(with|to|on|has|have) a (full|complete) (battery|charge|tank)",),
    "fill.gte.333": _at_least("(a|one) third"),
    "fill.gte.250": _at_least("(a|one) quarter"),
    "fill.gte.500": (
        *_at_least("half"),
        "half (full|charged|way|a charge)",
        "[a] half (charge|charged)",
        "half (a|the) (charge|battery|tank)",
        "half (at least|minimum|or more)",
        "halfway",
        "(to|by|at) half",
    ),
    "fill.lte.333": _at_most("(a|one) third"),
    "fill.lte.250": _at_most("(a|one) quarter"),
    "fill.lte.500": _at_most("half"),
    "fill.gte.1000": (
        "full",
        "fully",
        "all the way",
        "(right|all the way|) to the (top|max|hilt|limit)",
        "to (maximum|max|its maximum|its limit|the maximum)",
        "as full as (it gets|it goes|possible|can be)",
        "completely",
        "to the brim",
        "to the max",
        "fully charged",
        "full charge",
        "to full",
        "a (full|complete) charge",
        "right up",
        "to capacity",
    ),
    "bound.aim": (
        "[nice and|a] (comfy|comfortable|warm|toasty|cosy|cozy|snug|pleasant|balmy) [at|to] (<N>"
        "|<H>) [degrees]",
        "@topped|top|topping|filled|fill|juiced|juice|loaded (up to {q})",
        "(make|have|get) it (<H>|<N>) (degrees|in here|in there)",
        "[down|back] to [a|about|around|exactly|roughly] {q}",
        "<H>",
        "<Q>",
        "to be [at] {q}",
        "(at|be|reach|reaches|reaching|hit|hits) (<H>|<Q>)",
        "[charged] to <N>",
    ),
    "bound.whole": (
        "&(make|have|get|want|need|bring|set|put) [the|my|our] <A> [nice and|a] [warm|cosy|cozy"
        "|comfy|comfortable] (<N>)",
        "(make|have) it <N>",
    ),
    "bound.whole.house": (
        "[the|our] [whole] (house|home|place|flat) [{must}|to] [be] (at|up to|down to|to|on) (<H>"
        "|<N>)",
    ),
    "bound.upto": ("up to {q}",),
    "fill.aim.250": ("[to] a quarter [of] [its|the|full|maximum] [brightness|power|strength]",),
    "fill.aim.500": (
        "[to] half [of] (its|the|full|maximum|max) (brightness|power|strength)",
        "[to] half (brightness|bright|power|strength)",
        "half way down",
    ),
    "fill.aim.1000": ("[to] (full|maximum|max) (brightness|power|strength)",),
    "bound.eq": (
        "(steady|constant|a steady|a constant) {q}",
        "(at|around|about|on|exactly|close to|near|a steady|a constant) (<H>|<Q>|<W>)",
        "(at around|at about|at exactly|near) {q}",
        "@keeping|remain|remains|remaining|keep|kept|hold|holding|maintain|maintaining|stay|stays"
        "|staying [at|it at|it] ({q})",
        "(at|around|about|on) [a|an|about] (steady|constant|comfortable|stable|nice|toasty|pleasant"
        "|warm|cosy|cool|solid) {q}",
    ),
    "bound.between": (
        "[(go|goes|get|gets|drop|drops|fall|falls|be|going|getting|dropping|falling|sink)] (below"
        "|under|colder than|lower than|cooler than) {q} (or|nor|and|and never|and not|but never|,"
        " nor|or ever) [(go|get|rise|climb|be|going|rising|getting|climbing|going up)] (above|over"
        "|hotter than|warmer than|higher than|past|beyond) {q}",
        "[(go|goes|get|gets|rise|rises|climb|be|going|getting|rising)] (above|over|hotter than"
        "|warmer than|higher than) {q} (or|nor|and never|, nor|or ever) [(go|get|drop|fall|be|going"
        "|dropping|getting|falling)] (below|under|colder than|lower than|cooler than) {q}",
        "[somewhere|anywhere] between {q} and {q}",
        "between {q} [degrees] and {q}",
        "from {q} to {q}",
        "(within|in the range|in the range of) {q} (to|and|-) {q}",
        "@maintain|keep|hold|maintaining|keeping|holding|stay (<N>) (to|-|and) (<H>|<Q>)",
        "<N> (to|-|and) (<H>|<Q>)",
        "<H> to <H>",
        "<Q> to <Q>",
    ),
    "either.at": ("at <N>", "around <N>", "about <N>", "at around <N>", "at about <N>"),
    "either.between": ("[somewhere|anywhere] between <N> and <N>", "from <N> to <N>", "<N> to <N>"),
    "bound.lte.stop": ("{q} (and|then|and then) (stop|that's it|no more|that'll do)",),
    "budget.price.when": (
        "(when|while|whenever|once|as long as|only when) (it|they) ('s|is|are|drops|drop|falls"
        "|fall) [to] {most} <M>",
    ),
    "limit.energy.over": ("{not} (go|get|run|climb|rise) (over|above|beyond|past) <V>",),
    "budget.cost.each": ("<M> (a|per|each|every) <T>", "{most} <M> (a|per|each|every) <T>"),
}
