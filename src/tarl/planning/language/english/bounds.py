"""English: times, money and quantities that bound a goal."""

from __future__ import annotations

PHRASES: dict[str, tuple[str, ...]] = {
    "order": (
        "&(right|straight|directly|immediately) (after|afterwards|behind)",
        "(when|once|as soon as|after|the moment|straight after|right after) (it|that|this|they"
        "|these"
        "|those|both|that one|the first [one]) {be} [all|both] (done|finished|through|ready"
        "|complete"
        "|over|completed)",
        "(when|once|as soon as|after|the moment) (it|that|this|they|these|those|both|that one|the "
        "first [one]) (has|have|'s|'ve|) [all|both] (finished|ended|stopped|finishes|finish|ends"
        "|completes|been done|run through)",
        "(on|upon) completion",
        "subsequently|thereafter",
        "(after that|after this|afterwards|when that's done|when that is done|once that is "
        "done|once that's done|when it's done|once it's done|when it is done|once it is done"
        "|when it's finished|right after that|straight after that|once it's finished|once it has "
        "finished|when that's finished|when "
        "that has finished|after it|once it finishes|when it finishes|once that finishes|followed "
        "by|next|when it's through|when done|once done|as soon "
        "as it's done|as soon as it is done|as soon as that's done|as soon as it finishes)",
    ),
    "then": (
        "(second|secondly|third|thirdly|next up|last of all|after which|to finish [off]) ,",
        "(secondly|thirdly|next up|last of all|after which|to finish off)",
        "(then|and then|, then|and only then|and after that|and afterwards|only then|finally|and "
        "finally|lastly|and lastly|and next|, next)",
    ),
    "orderdevice": (
        "(after|following) {d}",
        "(after|following) {d} [{be}|has|'s] (done|finished|through|ready|finishes|ends)",
    ),
    "deadline.in": (
        "(within|inside|inside of|at most|no more than|not more than|less than|under|no later than)"
        " <T>",
        "<T> (at most|max|tops|or less|or sooner)",
        "(need|want|have) (it|this|that|them|everything) [(ready|done|finished|hot|warm|full|clean"
        "|charged)] <T>",
    ),
    "deadline": (
        "[but|and|just] (not|never|no) (past|later than) {t}",
        "(but|and|just) (not|never|no) (after|beyond) {t}",
        "[,|and|but] (nothing|no noise|no machine|no machines|no appliance|none of it|not) .. [running|going"
        "|on] (later than|after|past|beyond) {t}",
        "[but|and] [(it|that|they|this)] {not} (run|go on|carry on|last|be running|continue|run on|"
        "drag on) [on] (past|beyond|after|later than) {t}",
        "[but|and] [(it|that|they|this)] {not} (go|be|take|get) [on] (past|beyond|after|later than)"
        " <T>",
        "!for|of|last|first|about|in|the|next <U> (before|ahead of|prior to) [the] <T>",
        "[at] any (time|hour) (up to|till|until) {t}",
        "(until|till) {t} at (most|the most)",
        "before (it gets to|it's|it is|the clock strikes|the clock hits) {t}",
        "{t} ('s|is) [the|our|my] (deadline|latest|cut-off|cutoff|time limit)",
        "with {t} as [the|a] (deadline|latest|cut-off|cutoff)",
        "(before|by the time|until|ahead of) <S>",
        "(before|by the time) <S> [,|-] (say|let's say|i.e.|that is|so|meaning|at|around) [by|at|"
        "before] {t}",
        "(by the time|before|for when|in time for when) ({everybody}|{somebody}|<P>) .. [down|up|in|"
        "off|over|out] [to|for|with|from] [the|my|our] .. (at|around|about) {t}",
        "[the] (cut-off|cutoff|cut-off point|time limit|last call|latest time) (is|'s|:) [at] {t}",
        "{t} ('s|is|will be|would be) (soon enough|early enough|soon enough for me|in time|time"
        " enough)",
        "(between now and|from now (until|till|to)) {t}",
        "(before|by|in time for|ahead of) [the] [breakfast|breakfast time|teatime|tea|dinner|"
        "dinner time|supper|school|work|bedtime|<T>] [,|-] (say|let's say|i.e.|that is|so|meaning|"
        "at) [about|around] {t}",
        "ahead of [the|our|my] .. at {t}",
        "(before|by) [the|our|my] (guests|visitors|kids|friends|in-laws|parents|family|others) "
        "[(turn up|are here|get in|are back|show up|come round|come over|arrive)] [here|over|"
        "round|back] [at|around] {t}",
        "(before|by|no later than|not later than|until|till|til|ahead of|at the latest by|up "
        "until|latest by|latest|by latest|prior to|to be done by|deadline|deadline is"
        "|deadline's|the deadline is|at the very latest by|not after|never after|but not after"
        "|just before|right before|shortly before|sometime before|in time for|by no later than"
        "|at latest by|for when|in advance of|no later) [about|around|roughly|approximately|the] [breakfast|dinner|supper"
        "|school|work] [,|at] {t}",
        "(before|by the time|for when) [the|our|my] .. (arrive|arrives|come|comes|get here|gets "
        "here|show up|come over|leave|leaves) [here|over|round] at {t}",
        "@ready|charged|full <T>",
        "(before|by the time|until) [the|our|my] <S> [at|on|,] {t}",
        "(by the time|before|for when) ({everybody}|<P>) {be} [back|] home [at] {t}",
        "{t} (at the latest|latest|at the very latest|or earlier|or sooner|at latest|deadline)",
        "[at|around] {t} (at the latest|latest|at the very latest|or earlier|tops)",
        "by (the time|when) <T>",
        "(before|by) [the] (end of|start of|beginning of) [the] <T>",
        "by <N> ",
        "@full|charged|fully|topped up (when|for when|for|the moment|as) [the] {t}",
        "(ready|done|finished|complete|completed|sorted|through|set"
        "|up and running|good) [to go|to use|for use|for pickup|and waiting|to leave|and dry]"
        " (when|for when|for|at|the moment|as|by|in time for) [the] {t}",
        "(warm|hot|hot water|toasty|clean|clean again|available|dry) (when|for when|for|the moment"
        "|in time for) [the] {t}",
        "(stop|stopping|finish|finishing|end|ending|stops|finishes|done|ready|ends) (by|at"
        "|before|no later than) {t}",
        "for {t} at the latest",
    ),
    "earliest": (
        "(after|not before|no earlier than|no sooner than|starting at|starting from|starting"
        "|starting after|beginning at|beginning|from|not until|only after|any time after"
        "|anytime after|sometime after|once|when|as soon as|the moment|the minute|whenever|at "
        "about|at around|around|about|but not before|never before|just after|right after"
        "|shortly after|exactly at|as of|set for|scheduled for|start at|start after"
        "|start from|only from|only once|until after|not till|every time|each time|right at"
        "|right when|if|later than|only when|earliest|at the earliest at) {t}",
        "from {t} (on|onwards|onward|forward)",
        "(after|once|when|as soon as) <T> [,|-] (say|let's say|so|i.e.|that is) [at|after|about|from|"
        "around] {t}",
        "(wait|waits|waiting|hold off|holds off|hang on|sit tight|hold fire|stay put) (until|till|to|for)"
        " [about|around|after|at least] {t}",
        "[(save|saved|keep|leave|kept|left)] for (after|later than) {t}",
        "(as|while|as long as|so long as|whilst) <T>",
        "!for|of|last|first|about|in|the|next <U> (after|past|following) [the] <T>",
        "@and|but|, {not} (start|begin|starting) (heating|charging|washing|drying|running|cleaning|"
        "vacuuming|hoovering|it|them|that|anything) (before|until|till|earlier than) {t}",
        "(forward|ahead) to {t}",
        "{t} (at the earliest|onwards|onward|or later|earliest)",
        "<T> on",
    ),
    "at": (
        "<T>",
        "(at|on|in|this|during|over|for|sometime|some time|any time|throughout|through|in the"
        "|during the|over the|all|at some point|within) [the|in|on|this|course of] <T>",
        "(in|during|over) (the course of|the) <T>",
        "(all through|throughout|for the whole of|for the duration of) [the] <T>",
    ),
    "window": (
        "(between|somewhere between|anywhere between|sometime between|any time between) {t} and"
        " {t}",
        "(from|) [the moment|the time|the minute|when] {t} (to|until|till|til|through|-|up to)"
        " [the moment|the time|when] {t}",
        "[from|between] {t} - {t}",
        "(between|during|from|in|within) the hours [of|from|between] {t} (and|to|until|till|-) {t}",
        "<T> [from|between] {t} (to|until|till|and|-) {t}",
        "(on|) <T> [,] [from|between] {t} (to|until|till|and|-) {t}",
        "(between|from|) {t} (to|until|till|and|-) {t} [on] <T>",
    ),
    "window.neq": (
        "(any (time|hour)|anytime|whenever|all day|at all times|fine) [of the day|you like] (but"
        "|except"
        "|bar|other than|save|apart from|excluding) [not] [from|between|for] {t} (to|and|until"
        "|till|-)"
        " {t}",
        "({shun}|{not}|just not|but not|but never) [the] [(hours|time|period|window|stretch|slot|"
        "hours of|interval)] [of|from|between] {t} (and|to|until|till|-) {t}",
        "{shun} [at|in|on|of|during] [the|an] <T>",
        "(leave|leaving|keep|keeping) [the] <T> (out|free|clear|quiet) [of it]",
        "not (of an|of a|in an) <T>",
        "(not|never|but not) while it's <T>",
        "(so|and|but|just|or|nor) (not|never) (between|from) {t} (and|to|until|till|-) {t}",
        "(not|never|so not|and not|but not|but never|and never) (on|at|in|during|over) (a|an|any) <T>",
        "{not} between {t} and {t}",
        "{not} from {t} (to|until|till) {t}",
        "(not|never|except|just not|but not|avoid|but never|neither|nor) (during|in|at|on|over|)"
        " [the] <T>",
        "(except|outside) [from] (between|) {t} (and|to|until) {t}",
        "(outside|outside of) [the] <T>",
        "avoid (the|) <T>",
    ),
    "weekend": (
        "(at|on|over|during|this|for|in|next|) [the|this|coming] (weekend|week-end|weekends)",
        "[on|either|either on|over] <T> (or|and|/) [on] <T>",
    ),
    "weekend.neq": (
        "({shun}|not|never|just not|but not|but never) [at|on|over|during|for] [the|this] (weekend|"
        "weekends)",
        "weekdays only|(only|just) (on|during) weekdays",
    ),
    "within": (
        "(you|we|i) (have|'ve got|have got|got|'ve|get) [about|only|just|exactly] <U> (to|for|until|till)",
        "(has|have|gets|get|'s got|'ve got) <U> (from now|left|to (finish|run|do it|get done)|,"
        " starting"
        " [from] now|, from now)",
        "(within|in|inside|inside of) [about|the|less than|under|at most|no more than|not more than|"
        "a maximum of|the space of|the course of] [next] <U>",
        "(in|within|over|during) the (next|coming|following) <U>",
        "(within|in) <U> (at most|at the latest|max|or less|from now)",
        "(in|) (less than|under|at most|no more than) <U>",
    ),
    "duration": (
        "for [about|around|at least|exactly|roughly|a good|just|only] <U>",
        "(lasting|of|running) <U>",
        "<U> of",
        "<U> long",
        "for (no more than|no longer than|not more than|not longer than|at most|up to|a maximum of|"
        "a max of|less than|under|as long as|the length of) <U>",
        "[for] <U> [(and|,|-)] [and] then (stop|switch off|off [again]|(turn|switch) (it|them) [back|"
        "off] off)",
        "(for|in) a <U> (run|session|slot|stint|burst|go|spell|boost|blast|clean|charge|stretch)",
        "<U>",
        "for the next <U>",
    ),
    "budget.cost": (
        "[for|at|on|with|costing|under] ({most}|up to) <M>",
        "{not} (willing|prepared|ready|happy|keen|going|planning|want|wanting|able|like|allowed) "
        "[to] "
        "{spend} [any] [more than|over|above|beyond] <M>",
        "{not} {spend} [me|us] [any] [more than|over|above|beyond] <M>",
        "(budget|budget is|limit|cap|max) (for|on) ... (:|is|,|of) <M>",
        "({spend}|keep {it}|stay|remain|do it|get it done|keep [the] (cost|costs|bill|spending"
        "|price)|it costs|cost|{it} {spend}) [for|to|stays|is|remains|should be] [{most}] <M>",
        "[at|for] <M> (max|maximum|tops|at most|at the most|or less|or under|or below|limit"
        "|budget|to spend|cap|at the outside|ceiling|is the limit|is my limit|is the max|is my "
        "budget)",
        "(budget|limit|cap|max|maximum|ceiling|with a budget|my budget|our budget|the budget) "
        "[is|of|:|at|to|='s|being] <M>",
        "(i've|i have|we have|we've) [got] <M> [to spend]",
        "({it}|this|costs) [{not}] (cost|costs|exceed|go over|be|costing|mustn't cost|must not "
        "cost|shouldn't cost|should cost|can cost|may cost) [me|us] [{most}|more than|over] <M>",
        "(if|provided|as long as|only if|so long as|unless) {it} (costs|cost|is|'s|stays|comes "
        "to|would cost|will cost) [me|us] [{most}|more than|over] <M>",
        "without (spending|exceeding|paying|going over|costing) [more than|over|above|beyond] <M>",
        "(for|worth|) [a total of|in total] <M> [in total|altogether|all in|overall]",
        "<M> ('s|is|are) [the] (most|max|maximum|limit|ceiling|all|top) [that] [(i|we)] ['ll|will"
        "|want"
        " to|can|'d] [pay|spend|be paying|afford]",
        "<M> worth of (power|electricity|energy)",
        "not (a (cent|penny)) (more|over) than <M>",
        "not a cent over <M>",
        "[at|with|for] (a|total|) (cost|price|spend|total|bill|outlay) (of|not exceeding) [{most}|up"
        " to|not more than] <M> [at most|max|tops|or less]",
        "(limit|cap|restrict|hold|keep) [the|my|our] (cost|costs|spend|spending|bill|price|expense|"
        "total|outlay) [of (it|that|this|doing so)] (to|at|under|below|within) [{most}] <M>",
        "&(limit|cap|restrict|hold|keep) [the|my|our] (cost|costs|spend|spending|bill|expense) (on|of"
        "|for) [the|my|our] <D> (to|at|under|below|within) [{most}] <M>",
        "[with] [a|the] (spending|cost|money|price) (limit|cap|ceiling|budget) [of|is|:|at] <M>",
        "no more than <M>",
        "over <M>",
        "more than <M>",
    ),
    "budget.price": (
        "(buy|buying|take|taking|import|importing|draw|purchase|get|use) [grid|only|just] (power|"
        "electricity|energy|current) .. [only] (below|under|for less than|at less than|for under|for at "
        "most|at most at) <M>",
        "(if|when|while|whenever|once|as soon as|as long as) {price} (rises|goes|climbs|gets|is|'s|are|"
        "go|rise|hits|costs|cost|exceeds|becomes) (above|over|more than|higher than|beyond|past|dearer "
        "than|upwards of) <M> [(per|a|an|/) (kwh|kilowatt hour|kilowatt-hour|unit)]",
        "({not}|without) (pay|paying|spend|spending|buy|buying) [any] (more than|over|above|beyond|"
        "for more than|at more than) <M> (per|a|an|/|for a|each|for each) (kwh|kilowatt hour|"
        "kilowatt-hour|unit)",
        "(pay|paying|spend|spending) [{most}|up to] <M> (per|a|an|/|for a|each|for each) (kwh|"
        "kilowatt hour|kilowatt-hour|unit) [at most|max|tops|or less]",
        "{price} ({not}|can't|mustn't) (be|go|rise|get|climb|exceed) [(above|over|more than|higher "
        "than|beyond)] <M> [(per|a|an|/) (kwh|kilowatt hour|kilowatt-hour|unit)]",
        "[with|at] [a|the] (price|rate) (limit|cap|ceiling|max|maximum|threshold) (of|is|:|at) <M>"
        " [(per|a|an|/) (kwh|kilowatt hour|kilowatt-hour|unit)]",
        "(until|till|stop when|but stop when|not when|not if|not while|but not when|but not if|but "
        "not while|unless|except when) {price} (rises|goes|climbs|gets|is|'s|are|go|rise|hits|"
        "reaches|costs|cost|exceeds) [(above|over|more than|higher than|beyond|past)] <M> [(per|a|an"
        "|/) (kwh|kilowatt hour|kilowatt-hour|unit)]",
        "[(if|when|while|whenever|as long as|once|only if|only when|provided|so long as|only "
        "while)] {price} ('s|is|are|costs|cost|stays|drops|falls) [at|to] <M> [(per|a|an|/) (kwh|"
        "kilowatt hour|kilowatt-hour|unit)] (or less|or below|or under|or lower|or cheaper|at most|"
        "max|tops|at the most)",
        "[(if|when|while|whenever|as long as|once|only if|only when)] [the] (price|cost|rate) "
        "(per|of a|for a|a) (kwh|kilowatt hour|kilowatt-hour|unit) {be} [{most}] <M> [or less]",
        "(a|one|each|the) (kwh|kilowatt hour|kilowatt-hour|unit) [of (power|electricity|energy)] "
        "{be} (cheaper|less|lower) than <M>",
        "(if|when|while|whenever|as long as|once|only if|only when) (a|one|each|the) (kwh|"
        "kilowatt hour|kilowatt-hour|unit) ({not}) cost [more than|over|above] <M>",
        "{price} {be} (down|back|back down) (to|at) <M>",
        "{most} <M> (per|a|an|/|for a|for each|for every) (kwh|kilowatt hour|kilowatt-hour|unit)",
        "{most} <M> / (kwh|kilowatt hour|kilowatt-hour)",
        "[(if|when|while|whenever|as long as|once|only if|only when|provided|so long as|only "
        "while)] (a|one|each|every|the) (kwh|kilowatt hour|kilowatt-hour|unit) [of (power"
        "|electricity|energy)] (costs|cost|is|'s|comes in|sells|goes|drops) [at|for|to] {most} <M>",
        "[(if|when|while|whenever|as long as|once|only if|only when|provided|so long as|only "
        "while)] {price} ('s|is|are|costs|cost|stays|drops|falls|goes|gets|dips) [no] (lower"
        "|cheaper"
        "|more) than <M> [(per|a|an|/) (kwh|kilowatt hour|kilowatt-hour|unit)]",
        "[(if|when|while|whenever|as long as|once|only if|only when|provided|so long as|only "
        "while)] {price} ('s|is|are|costs|cost|stays|drops|falls|goes|gets|dips|drop|fall|go"
        "|get|stay|at|of|comes|) [to|is] {most} <M> [(per|a|an|/) (kwh|kilowatt hour"
        "|kilowatt-hour|unit)]",
        "(at|for|max|up to) <M> (per|a|an|/) (kwh|kilowatt hour|kilowatt-hour|unit) [or less"
        "|max|at most|tops]",
        "<M> (per|a|an|/) (kwh|kilowatt hour|kilowatt-hour|unit) [or less|max|at most|tops]",
        "(keep|do|get|buy|pay|charge) [it|{it}] [for|at] {most} <M> (per|a|an|/|each|for each) (kwh"
        "|kilowatt hour|kilowatt-hour|unit)",
        "<M>/kwh",
        "{most} <M>/kwh",
        "(unless|not when|not while|not if) {price} ('s|is|are|costs|goes|go) (above|over|more "
        "than|higher than) <M> [(per|a|an|/) (kwh|kilowatt hour|unit)]",
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
        "(without|not|never|don't) (using|exceeding|use|exceed|consume|consuming|go over|going "
        "over) [more than|over] <V>",
        "(limit|cap) [it|that|of|is|at|to] [to|at] <V>",
    ),
    "limit.latency": (
        "[with] {most} <U> [of] (latency|delay|lag)",
        "{most} <U>",
        "<U> (at most|max|maximum|tops|or less|at the most) (for|to|until) .. (to|the|a) (camera"
        "|spot"
        "|react|respond|see|detect|notice)",
        "(within|in|under|in less than|in under|faster than|less than|at most|no slower than"
        "|{most}) <U> (latency|delay|response|response time)",
        "&({not}) (take|need|wait) ... (more|longer) than <U>",
        "&({not}) (take|need|wait) (more|longer) than <U>",
        "(latency|delay|response time|reaction time|respond|responds|react|reacts|reacting"
        "|responding|answer|answers) [is|of|stays|at|should be|must be|in] [{most}|within] <U>",
    ),
    "capped.lte": (
        "(cap|limit|restrict|hold|keep|capping|limiting) [the|our|my|total|overall] [house|total|whole"
        "|overall|peak] (house|load|power|draw|consumption|total|peak|peaks|demand|power draw|usage) "
        "(to|at|under|below|within|down to) <W>",
        "({not}|without|never|no) [let|letting] [it|us|the house] (draw|drawing|pull|pulling|take|"
        "taking|use|using|import|importing|demand) [any] (more than|over|above|beyond) <W> [from "
        "{grid}]",
        "(push|pushing|take|taking|bring|drive|send|get|put) (us|it|the house|the total|the load|our "
        "load|consumption) (over|above|past|beyond|higher than) <W>",
        "({not}|without) (top|exceed|surpass|pass|cross|break|breach|hit|reach|topping|exceeding|"
        "surpassing|passing|crossing|breaking|hitting) [more than] <W>",
        "[with] [a|the] (peak|peaks|peak load|peak power|load peak|power peak) [of|that is|that's] "
        "[{most}|under|below|no higher than] <W>",
    ),
    "bound.lte": (        "(with|at) (a|an) <W> (cap|limit|maximum|ceiling)",
        "<W> ('s|is) [the|my|our] (limit|maximum|max|cap|most|ceiling) [(the house|we|it) [may|"
        "can|should] (draw|draws|pull|use|have|take)]",
        "{most} {q}",
        "({not}|without) .. (more than|above|over|past|beyond|exceed|exceeding|higher than|warmer "
        "than|hotter than|brighter than) {q}",
        "({not}|without) [to|let|letting|go|going|ever|get|getting|rise|rising|be|have|push"
        "|pushing|heat|climb|climbing|it|exceed|charge|drawing|draw|use|using] (above|over"
        "|past|hotter than|warmer than|beyond|higher than|brighter than|more than|exceeding"
        "|exceed) {q}",
        "(no|not|never) (warmer|hotter|higher|brighter|more|wetter|damper) than {q}",
        "({not}|without) (top|exceed|surpass|pass|cross|breach|hit|topping|exceeding|surpassing|passing|"
        "crossing|hitting) {q}",
        "(stop|stopping|stops|end|finish|quit|unplug|cut off|done) [charging|it] (when|once|as soon "
        "as|the moment) (it|that) (hits|reaches|gets to|is at|'s at|is|'s|has|"
        "shows) {q}",
        "(get|gets|go|goes|rise|rises|climb|climbs|going|getting) (above"
        "|over|hotter than|warmer than|past|higher than) {q}",
        "(stop|stopping|stops|capped|cap|limited|limit|limiting) "
        "[charging] [it|the house|the load|the power] (under|below|at|to|within) {q}",
        "(stay|stays|staying|remain|remains|keep|kept|keeping|hold|held|be) [it|them|us] "
        "(under|below|within|inside) {q}",
        "(keep|kept|keeping|hold|held|holding|stick|get) [it|them|us] (down|) to (<W>|<V>)",
        "&(keep|hold|limit|cap|restrict) ... to (<W>|<V>)",
        "&({not}|without) ... (more than|above|over|past|beyond|exceed|exceeding|higher than"
        "|warmer "
        "than|hotter than|brighter than) {q}",
        "(fit|squeeze) ... (into|in|within|under) (<W>|<V>)",
        "(into|inside) (<W>|<V>)",
        "(without|not|never|don't) (exceeding|exceed) {q}",
        "{q} (max|maximum|tops|at most|at the most|or less|or below|or under|or lower)",
        "[up] to {q} , (no|not) more",
        "[up] to {q} (at most|max|maximum|tops|and no more|no more|but no more)",
        "(limit|cap) [the] (house|load|power|power draw|whole house|draw|total|consumption) "
        "[power|load|draw] (to|at|of) {q}",
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
        "({not}|without) [to|let|letting|go|going|ever|get|getting|drop|dropping|fall|falling"
        "|be|have|it|drain|draining|sink|sinking|dip|dipping|discharge|discharging|take"
        "|taking] [it] (below|under|colder than|cooler than|lower than|less than|darker than"
        "|beneath) {q}",
        "(no|not|never) (colder|cooler|lower|darker|less|dimmer|drier|dryer) than {q}",
        "(drop|drops|fall|falls|go|goes|sink|sinks|dip|dips|dropping|falling|going|get|gets) "
        "[to] (below|under|colder than|lower than) {q}",
        "(stay|stays|remain|remains) (above|over|at least|warmer than) {q}",
        "(leave|leaving|keep|keeping|reserve|hold back|retain|save) [at least] {q} (in it|in "
        "reserve|for (emergencies|later|the evening)|left|in the tank|back)",
        "(leave|leaving|reserve) [at least] {q}",
        "{q} (or more|at least|minimum|or above|or higher|or warmer|min)",
        "{q} ('s|is|as) [the|my|our|a|an absolute] (minimum|least|lowest|bottom line|lower limit)"
        " [(we|i) (want|need|accept|tolerate)]",
        "{not} (stop|finish|end|quit|stopping) (short of|before|below|under) [it (reaches|hits|is "
        "at)] {q}",
        "not (at|with) (less than|under|below) {q}",
        "[at least] {q} (should|must|has to|needs to|ought to|has got to|is to) (stay|remain|be left|be "
        "kept|be in it) [in it|in there|in the battery|in the tank|in reserve|behind]",
        "warmer than {q}",
    ),
    "bound.gte.1000": ("(with|to|on|has|have) a full (battery|charge)",),
    "fill.gte.333": (
        "(no|not|never) (lower|less) than a third",
        "(leave|keep|at least|reserve) a third [in it|left|in reserve]",
    ),
    "fill.gte.250": (
        "(no|not|never) (lower|less) than a quarter",
        "(keep|at least|reserve) a quarter [in it|left|in reserve|full]",
        "({not}|without) (go|going|drop|fall|dropping|falling|drain) (below|under) a quarter",
        "leave a quarter",
    ),
    "fill.gte.500": (
        "(no|not|never) (lower|less) than half",
        "(keep|leave|reserve) half [of it] [in it|left|in reserve]",
        "(at least|) half (full|charged|way|a charge)",
        "({not}|without) (go|going|drop|fall|dropping|falling|drain) (below|under) half",
        "half full",
        "halfway",
        "(to|by) half",
    ),
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
        "a full charge",
        "right up",
        "to capacity",
    ),
    "bound.upto": ("up to {q}",),
    "bound.aim": (
        "(make|have|get) it (<H>|<N>) (degrees|in here|in there)",
        "[down|back] to [a|about|around|exactly|roughly] {q}",
        "<H>",
        "<Q>",
        "to be [at] {q}",
        "(at|be|reach|reaches|reaching|hit|hits) (<H>|<Q>)",
        "[charged] to <N>",
    ),
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
        "@keeping|keep|kept|hold|holding|maintain|maintaining|stay|stays|staying [at|it at|it] "
        "({q})",
        "(at|around|about|on) [a|an|about] (steady|constant|comfortable|stable|nice|toasty|pleasant"
        "|warm|cosy|cool|solid) {q}",
    ),
    "bound.between": (
        "[(go|goes|get|gets|drop|drops|fall|falls|be|going|getting|dropping|falling|sink)] (below|under|"
        "colder than|lower than|cooler than) {q} (or|nor|and|and never|and not|but never|, nor|or ever)"
        " [(go|get|rise|climb|be|going|rising|getting|climbing|going up)] (above|over|hotter than|warmer"
        " than|higher than|past|beyond) {q}",
        "[(go|goes|get|gets|rise|rises|climb|be|going|getting|rising)] (above|over|hotter than|warmer "
        "than|higher than) {q} (or|nor|and never|, nor|or ever) [(go|get|drop|fall|be|going|dropping|"
        "getting|falling)] (below|under|colder than|lower than|cooler than) {q}",
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
}
