"""English: when something may be: order, deadlines, beginnings, windows, durations."""

from __future__ import annotations

PHRASES: dict[str, tuple[str, ...]] = {
    "order": (
        "@it|them|those|that|these (after|later on|right after|straight after|immediately after)",
        "&(right|straight|directly|immediately) (after|afterwards|behind)",
        "(when|once|as soon as|after|the moment|straight after|right after) (it|that|this|they"
        "|these|those|both|that one|the first [one]) {be} [all|both] (done|finished|through|ready"
        "|complete|over|completed)",
        "(when|once|as soon as|after|the moment) (it|that|this|they|these|those|both|that one|the"
        " first [one]) (has|have|'s|'ve|) [all|both] (finished|ended|stopped|finishes|finish|ends"
        "|completes|been done|run through)",
        "(on|upon) completion",
        "(when|once|as soon as|after) (they|it|that|these|those) ({be}|have been|has been|'ve been"
        "|'s been) [all|both] (washed|cleaned|clean|dried|dry|charged|rinsed)",
        "subsequently|thereafter",
        "(after|afterward) (.|!|?)",
        "(after that|after this|afterwards|when that's done|when that is done|once that is done"
        "|once that's done|when it's done|once it's done|when it is done|once it is done|when it's"
        " finished|right after that|straight after that|once it's finished|once it has finished"
        "|when that's finished|when that has finished|after it|once it finishes|when it finishes"
        "|once that finishes|followed by|next|when it's through|when done|once done|as soon as it's"
        " done|as soon as it is done|as soon as that's done|as soon as it finishes)",
    ),
    "then": (
        "[and|,] [then] (continue|go on|carry on|proceed|move on|follow up|finish off|finish up)"
        " (with|to)",
        "(second|secondly|third|thirdly|next up|last of all|after which|to finish [off]) ,",
        "(secondly|thirdly|next up|last of all|after which|to finish off)",
        "(then|and then|, then|and only then|and after that|and afterwards|only then|finally|and"
        " finally|lastly|and lastly|and next|, next)",
    ),
    "orderdevice": (
        "(after|following) {d}",
        "(wait|waits|waiting) for {d} [to (finish|be done|end|complete|stop)]",
        "(after|following) {d} [{be}|has|'s] (done|finished|through|ready|finishes|ends)",
    ),
    "deadline.of": (
        "&(before|by the time|in time for|ahead of|prior to) ... (<C>|<I>)",
        "@ready|warm|hot|full|charged|done|finished|dry|clean|cosy|cozy|set|available (for|in time"
        " for) ... (<C>|<I>)",
        "<C> (from|for|to|with|at|in|over|round|out|off|after) .. (<C>|<I>)",
    ),
    "deadline.nor": ("nor (after|past|later than|beyond) {t}",),
    "deadline.in": (
        "(within|inside|inside of|at most|no more than|not more than|less than|under|no later than)"
        " <T>",
        "<T> (at most|max|tops|or less|or sooner)",
        "(need|want|have) (it|this|that|them|everything) [(ready|done|finished|hot|warm|full|clean"
        "|charged)] <T>",
    ),
    "deadline": (
        "!for|least|than [at least|no less than|a good|at the latest|some|about] <U> (before"
        "|ahead of) {t}",
        "[,|-] [(and|but)] (none|nothing|not any|not one|neither) [of] [(it|that|them|this|those|"
        "these|the two)] [running|on|going] (after|past|beyond|later than) {t}",
        "(and|but|,|) nothing (after|past|beyond|later than) {t}",
        "[but|and|just] (not|never|no) (past|later than) {t}",
        "(but|and|just|,|any time|anytime) (not|never|no|except) (after|beyond) {t}",
        "(like|want|need|have|plan|planning|going|hoping|due) to (leave|set off|drive off|head off"
        "|drive|be off|go|head out|be out of the house|hit the road) (at|by|around|about) {t}",
        "[in time|ready|full|charged|done] for [our|my|the|a|his|her|their] (trip|drive|journey"
        "|commute|flight|school run|appointment|meeting|party|outing|excursion|holiday drive|ride"
        "|visit|get-together|dinner party|shift) [on|at|,] {t}",
        "[,|and|but] (nothing|no noise|no machine|no machines|no appliance|none of it|not) .."
        " [running|going|on] (later than|after|past|beyond) {t}",
        "[but|and] [(it|that|they|this)] {not} (run|go on|carry on|last|be running|continue|run on|"
        "drag on) [on] (past|beyond|after|later than) {t}",
        "[but|and] [(it|that|they|this)] {not} (go|be|take|get) [on] (past|beyond|after|later than)"
        " <T>",
        "!for|of|last|first|about|in|the|next <U> (before|ahead of|prior to) [the] <T>",
        "[at] any (time|hour) (up to|till|until) {t}",
        "(at least|at the very least|for now) (until|till|til) {t}",
        "(until|till) {t} at (most|the most)",
        "before (it gets to|it's|it is|the clock strikes|the clock hits) {t}",
        "@have_<D>|want_<D>|need_<D>|there's_<D>|there is_<D>|there be_<D>|like_<D> (when|as|the"
        " moment|for when) <T>",
        "@be at_<Q>|be at_<N>|have_<Q>|hold_<Q>|hold_<N>|need_<Q>|be_<Q> (when|as|at|by the time"
        "|for when) {t}",
        "^when <T> [,] (i|we) ('d like|want|need|would like|must have)",
        "{t} ('s|is) [the|our|my] (deadline|latest|cut-off|cutoff|time limit)",
        "with {t} as [the|a] (deadline|latest|cut-off|cutoff)",
        "(before|by the time|until|ahead of) <S>",
        "(before|by the time) <S> [,|-] (say|let's say|i.e.|that is|so|meaning|at|around) [by|at|"
        "before] {t}",
        "(by the time|before|for when|in time for when) ({everybody}|{somebody}|<P>) .. [down|up|in"
        "|off|over|out] [to|for|with|from] [the|my|our] .. (at|around|about) {t}",
        "[the] (cut-off|cutoff|cut-off point|time limit|last call|latest time) (is|'s|:) [at] {t}",
        "{t} ('s|is|will be|would be) (soon enough|early enough|soon enough for me|in time|time"
        " enough)",
        "(between now and|from now (until|till|to)) {t}",
        "(before|by|in time for|ahead of) [the] [breakfast|breakfast time|teatime|tea|dinner|"
        "dinner time|supper|school|work|bedtime|<T>] [,|-] (say|let's say|i.e.|that is|so|meaning|"
        "at) [about|around] {t}",
        "ahead of [the|our|my] .. at {t}",
        "(before|by) [the|our|my] (guests|visitors|kids|friends|in-laws|parents|family|others)"
        " [(turn up|are here|get in|are back|show up|come round|come over|arrive)] [here|over|round"
        "|back] [at|around] {t}",
        "(before|by|no later than|not later than|until|till|til|ahead of|at the latest by|up until"
        "|latest by|latest|by latest|prior to|to be done by|deadline|deadline is|deadline's|the"
        " deadline is|at the very latest by|not after|never after|but not after|just before|right"
        " before|shortly before|sometime before|in time for|by no later than|at latest by|for when"
        "|in advance of|no later) [about|around|roughly|approximately|the] [breakfast|dinner|supper"
        "|school|work] [,|at] {t}",
        "(before|by the time|for when) [the|our|my] .. (arrive|arrives|come|comes|get here|gets"
        " here|show up|come over|leave|leaves) [here|over|round] at {t}",
        "@ready|charged|full <T>",
        "(before|by the time|until) [the|our|my] <S> [at|on|,] {t}",
        "(by the time|before|for when) ({everybody}|<P>) {be} [back|] home [at] {t}",
        "{t} (at the latest|latest|at the very latest|or earlier|or sooner|at latest|deadline)",
        "[at|around] {t} (at the latest|latest|at the very latest|or earlier|tops)",
        "by (the time|when) <T>",
        "(before|by) [the] (end of|start of|beginning of) [the] <T>",
        "by <N> ",
        "@full|charged|fully|topped up (when|for when|for|the moment|as) [the] {t}",
        "(ready|done|finished|complete|completed|sorted|through|set|up and running|good) [to go|to"
        " use|for use|for pickup|and waiting|to leave|and dry] (when|for when|for|at|the moment|as"
        "|by|in time for) [the] {t}",
        "(warm|hot|hot water|toasty|clean|clean again|available|dry) (when|for when|for|the moment"
        "|in time for) [the] {t}",
        "(stop|stopping|finish|finishing|end|ending|stops|finishes|done|ready|ends) (by|at"
        "|before|no later than) {t}",
        "for {t} at the latest",
    ),
    "earliest.fixed": (
        "(,|and|or) (nor|not|never) (before|earlier than|until|till) {t}",
        "nor (before|earlier than|until|till) {t}",
        "(until|till) (after|past|well after|shortly after|just after) {t}",
    ),
    "earliest": (
        "[,|-] [(and|but)] (none|nothing|not any|not one|neither) [of] [(it|that|them|this|those|"
        "these|the two)] [running|on|going] (before|earlier than|ahead of|until|till) {t}",
        "in case {t}",
        "(after|not before|no earlier than|no sooner than|starting at|starting from|starting"
        "|starting after|beginning at|beginning|from|not until|only after|any time after|anytime"
        " after|sometime after|once|when|as soon as|the moment|the minute|whenever|at about|at"
        " around|around|about|but not before|never before|just after|right after|shortly after"
        "|exactly at|as of|set for|scheduled for|start at|start after|start from|only from|only"
        " once|not till|every time|each time|right at|right when|if|later than|only when|earliest"
        "|at the earliest at) {t}",
        "from {t} (on|onwards|onward|forward)",
        "(after|once|when|as soon as) <T> [,|-] (say|let's say|so|i.e.|that is) [at|after|about"
        "|from|around] {t}",
        "(wait|waits|waiting|hold off|holds off|hang on|sit tight|hold fire|stay put) (until|till"
        "|to|for) [about|around|after|at least] {t}",
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
        "[on] (weekday|school|work|working|business) <T>",
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
        "[,|-] [(and|but)] (none|nothing|not any|neither|no machine|no machines|no appliances)"
        " [of] [(it|that|them|this|those|these|the two)] [running|on|going] (between|from) {t} (and"
        "|to|until|till|-) {t}",
        "[,|-] [(and|but)] (none|not any|neither) [of] (it|that|them|this|those|these) [running|on|"
        "going] (at|in|on|during|over) [the] <T>",
        "(unless|except when|except if|not if|not when|but not if|but not when) (it's|it is|that's"
        "|this is) [in|on|at] [a|an|the] <T>",
        "(any time|anytime|whenever|all day|at any hour|at any time) (but|except|bar|other than"
        "|apart from|save|excluding) [in|during|for] [the] <T>",
        "(any (time|hour)|anytime|whenever|all day|at all times|fine) [of the day|you like] (but"
        "|except|bar|other than|save|apart from|excluding) [not] [from|between|for] {t} (to|and"
        "|until|till|-) {t}",
        "({shun}|{not}|just not|but not|but never) [the] [(hours|time|period|window|stretch|slot|"
        "hours of|interval)] [of|from|between] {t} (and|to|until|till|-) {t}",
        "{shun} [at|in|on|of|during] [the|an] <T>",
        "(leave|leaving|keep|keeping) [the] <T> (out|free|clear|quiet) [of it]",
        "not (of an|of a|in an) <T>",
        "(not|never|but not) while it's <T>",
        "(so|and|but|just|or|nor) (not|never) (between|from) {t} (and|to|until|till|-) {t}",
        "(not|never|so not|and not|but not|but never|and never) (on|at|in|during|over) (a|an|any)"
        " <T>",
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
    "weekend.before": (
        "(before|by|ahead of|in time for|no later than) [the|this|next|coming] (weekend|week-end)",
    ),
    "weekend.neq": (
        "(unless|except when|except if|not if|not when) (it's|it is) [the|a] weekend",
        "({shun}|not|never|just not|but not|but never) [at|on|over|during|for] [the|this] (weekend|"
        "weekends)",
        "weekdays only|(only|just) (on|during) weekdays",
    ),
    "within": (
        "(you|we|i) (have|'ve got|have got|got|'ve|get) [about|only|just|exactly] <U> (to|for"
        "|until|till)",
        "(has|have|gets|get|'s got|'ve got) <U> (from now|left|to (finish|run|do it|get done)|,"
        " starting [from] now|, from now)",
        "(within|in|inside|inside of) [about|the|less than|under|at most|no more than|not more than"
        "|a maximum of|the space of|the course of] [next] <U>",
        "(in|within|over|during) the (next|coming|following) <U>",
        "(within|in) <U> (at most|at the latest|max|or less|from now)",
        "(in|) (less than|under|at most|no more than) <U>",
    ),
    "duration.fixed": ("[for|a|last] [any|] (more|longer) than <U>",),
    "duration": (
        "for [about|around|at least|exactly|roughly|a good|just|only] <U>",
        "(lasting|of|running) <U>",
        "<U> of",
        "<U> long",
        "for (no more than|no longer than|not more than|not longer than|at most|up to|a maximum of|"
        "a max of|less than|under|as long as|the length of) <U>",
        "[for] <U> [(and|,|-)] [and] then (stop|switch off|off [again]|(turn|switch) (it|them)"
        " [back|off] off)",
        "(for|in) a <U> (run|session|slot|stint|burst|go|spell|boost|blast|clean|charge|stretch)",
        "<U>",
        "for the next <U>",
    ),
    "deadline.until.ready": (
        "for [our|my|the|a|his|her|their] (trip|drive|journey|commute|flight|outing|school run) [on"
        "|at|,] <T> [at] [{t}]",
        "@be at_<Q>|be at_<N>|be at_<H>|be at_<I>|at_<N> (when|for when) [the|our|my] (guests"
        "|visitors|kids|children|parents|in-laws|family|friends|others|girls|boys) (come|arrive|get"
        " here|get in|turn up|show up|are here|come over|come round|get home|come home) [at|around"
        "|by] {t}",
        "@be at_<Q>|be at_<N>|be at_<H>|at_<N>|at_<H> (when|for when) <S> [at|around|by] {t}",
        "@clean|ready|done|washed|dry|warm|hot (when|before|by the time|for when) (i|we|they|the"
        " kids) (come|get|are|am) (down|downstairs|up) [for breakfast] [in|at] [the] {t}",
    ),
    "leaving": ("<T> [at|by|around|about] {t}",),
    "deadline.trip": ("for [our|my|the|a] <S> [on|at] <T>",),
    "deadline.except": (
        "(except|only not|just not|but never|but not) (after|past|beyond|later than) {t}",
    ),
    "earliest.except": ("(except|only not|just not) (before|until|earlier than) {t}",),
    "window.meal": (
        "(between|from) (breakfast|dinner|supper|tea|brunch|lunch) [at] {t} (and|to|until|till)"
        " [(breakfast|dinner|supper|tea|lunch|brunch) at] {t}",
        "(between|from) {t} (and|to|until|till) (breakfast|dinner|supper|tea|brunch|lunch) at {t}",
    ),
    "thattime.deadline": ("by (then|that time)", "before (then|that)"),
    "thattime.earliest": (
        "(meanwhile|in the meantime|during that time|over that time|all that time|for that time)",
        "(at|from) (that|this) (time|point|hour|moment) [on]",
        "from then [on]",
    ),
}
