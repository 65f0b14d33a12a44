"""English: what is only told, what is taken back, and what stands for a place or time."""

from __future__ import annotations

_LEFT = (
    "({somebody}|{everybody}|<P>|the kids|whoever it was|[silly|daft|stupid] [old]"
    " me|yours truly) [must have|has|have|'ve|'s|may have"
    "|might have] [just|always|often|sometimes|once again|again|accidentally|only] (left|forgotten"
    "|forgot|leaves|leave)"
)

PHRASES: dict[str, tuple[str, ...]] = {
    "told.device.open": (
        f"{_LEFT} ({{d}}|it|them) [wide|standing] open",
        f"{_LEFT} to (close|shut) {{d}}",
        f"&{_LEFT} [the] <A> [wide|standing] open",
        "!if|when|while|unless|once|whenever|should {d} {be} [still|again] [standing|left] [wide]"
        " open , (isn't|aren't) (it|they)",
    ),
    "told.device.unlocked": (
        f"{_LEFT} ({{d}}|it|them) unlocked",
        f"{_LEFT} to (lock|lock up) {{d}}",
    ),
    "told.device.on": (
        f"{_LEFT} ({{d}}|it|them) (on|running|burning)",
        f"{_LEFT} to (turn|switch) {{d}} off",
        f"{_LEFT} to (turn|switch) off {{d}}",
        "!if|when|while|unless|once|whenever|should {d} (has|have|'s|'ve) been (on|running|burning"
        "|going) [all|the whole|for] [day|night|evening|morning|ages|hours|too long]",
        "!if|when|while|unless|once|whenever|should {d} (has|have|'s|'ve) been (on|running|burning"
        "|going) (for [over|more than|nearly|about] <U>|since <T>|<C>)",
        "!if|when|while|unless|once|whenever|should {d} {be} still (burning|blazing)",
        "!if|when|while|unless|once|whenever|should|and|or {d} (is|are|'s|'re) (still|always) on"
        " [again] (,|.|!|;|-)",
        "!if|when|while|unless|once|whenever|should|and|or {d} (is|are|'s|'re) on again (,|.|!|;"
        "|-)",
    ),
    "told.device.done": (
        "!if|when|while|unless|once|whenever|should|after|have|get|want {d} (is|'s|are|has|have"
        "|'ve) [just|now|already|all|been] (done|finished|through|ready|stopped|complete)"
        " [,|;|.|-|!] (now|so|please)",
    ),
    "told.device.empty": (
        "(we|i|you|they) [{be}|have|'ve|had] [nearly|almost|just|all|completely] (ran|run|running)"
        " (out|low) (of|on) {d}",
        "(we|i|you|they) {be} [nearly|almost|just|all|completely] (out of|low on) {d}",
        "{d} (ran|has run|'s run|is running|'s running) (out|low)",
    ),
    "told.device.off": (
        f"{_LEFT} ({{d}}|it|them) off",
        f"{_LEFT} to (start|run|turn on|switch on|plug in|charge|put on|unload|empty) {{d}}",
        f"{_LEFT} to (turn|switch|plug|put) {{d}} (on|in)",
    ),
    "reason.told": (
        "you (know|remember|recall|saw|heard) [very well|perfectly well|only too well] (what|how"
        "|why"
        "|who|where) ....",
        "(thinks|think|says|swears|bets|bet|reckons|reckon|claims|guesses|insists) [that] (it|that"
        "|this|they|it'd|it'll) [('s|is|costs|was|be|are|'d be|'ll be|would be)] (over|under"
        "|more than"
        "|less than|about|at least|at most|above|below|nearly|only) ....",
        "(i|we) (don't|do not|couldn't) (care|mind|give a hoot|give a damn) [less] [about] (what"
        " happens|what they|who|what people|what the neighbours|what the neighbors) ....",
        "(i|we) ('m|am|'re|are) not (fussy|fussed|bothered|picky|choosy) [about] ....",
        "(i|we) ('m|am|'re|are) not paying to (heat|warm|cool|light|wash|dry|keep|charge) ....",
        "(it'd|it would|it'll|it will|'twould) be (a|an|such a) (shame|pity|waste|crime"
        "|sin) [not] (to"
        "|if|otherwise) ....",
        "(it'd|it would|it'll|it will) be (daft|silly|stupid|mad|foolish|criminal) [not] to ....",
        "(i|we) ('m|am|'re|are) not (heating|warming|cooling|lighting) [up] (the (place|house"
        "|street"
        "|whole street|garden|world|moon|sky)|an empty house) ....",
        "(they|the (forecast|weather|radio|news|app|telly)) (say|says|reckon|reckons|promise"
        "|promises"
        "|predicts) [that] (it|there|we) ....",
        "is it (just|only) me or (,|....)",
        "(,|;|-|.) off to ....",
        "wish (me|us|him|her|them) ....",
        "(i|we) (do|really) mean (it|<N>)",
    ),
    "regardless": (
        "({everybody}|<P>|[the|our] (guests|visitors|friends)) ({be}|'ll be) [still|only|just"
        "|already] [about|roughly|around|maybe|some"
        "|another|less than|not even|barely] <U> (away|out|off|from home|late|early|behind|ahead)"
        " [from (home|here|the house)]",
        "[(,|-|and)] (no matter|whatever|regardless of|never mind|irrespective of|don't care about"
        "|not worried about|not fussed about|who cares about) (what|how much|) [the|it|about]"
        " (price|prices|cost|costs|rates|it costs|money|time|noise|weather)"
        " [is|are|may be|might be]",
        "(price|money|cost) ('s|is|being) no (object|issue|concern|problem)",
        "(i|we) (don't|do not|doesn't|needn't) (mind|care|worry about|bother about|bother) [about]"
        " (how long|when|what time|how much time|how|which|whether|if|how late|how soon) [exactly]"
        " [(it|that|this|the <D>) takes]",
    ),
    "nothing": (
        "({everybody}|<P>) (always|often|usually|sometimes|never|keep|keeps|tend to|tends to|'m"
        " forever|am forever|is forever|will only|'ll only|may|might) (forget|forgets|forgetting"
        "|remember|remembers|remembering) [about] [it|that|this|them|to]",
        "&[the|our|my] <A> {be} [right|just|directly|almost|nearly|only|immediately] (above"
        "|overhead"
        "|underneath|beneath|below|beside|behind|adjacent|close by|nearby|near by|upstairs"
        "|downstairs|over it|next to it|under it|next to (us|me|that|there)|on the other side"
        "|through the wall|around the corner) [(it|us|me|that|there|this|here|of it|of the wall|the"
        " wall|<A>|the <A>|the <D>)]",
        "&my turn (for|with|on|at|in|to use) [the|my|our] <D>",
        "!if|when|while|unless|once|whenever|soon as|until|till|after|because ({everybody}|<P>)"
        " {be} (nearly|almost|just about|about|as good as|half|practically|just) [to|falling|going"
        "|dropping|nodding|drop|nod] (off|gone|<S>|sleep)",
        "(has|have|'s got|has got|had) [only|just|about|barely|still] <Q> (left|remaining|to go)"
        " [in it|in the battery]",
        "&(that|which) ('s|is|are) [still|already|sitting|waiting] in [the|our] <D>",
        "[,|-] [and] not (a|one|<N>) (minute|second|moment|degree|percent|cent|watt|day) (more"
        "|longer|"
        "later|less|sooner|earlier)",
        "[by|a|about|some] [whole|good] <H> (lower|higher|warmer|cooler|colder|more|less) [than "
        "(usual"
        "|normal|now|"
        "before|today|it is)]",
        "[,|-] [and] not <U> (more|longer|later|less|sooner|earlier)",
        "[by|at|on|before|after] <T> ('s|is|will be|would be|may be|might be) [far|way|much|a bit]"
        " too (late|early|long)",
        "!if|when|while|unless|once|whenever|as long as (it|the car|the ev|<D>) ('s|is|stays|will"
        " be|has been) (plugged in|on the plug|on the cable|connected|hooked up|parked|in the"
        " garage) [all|the whole|from|until|till|for] [<T>]",
        "(we|i|you|they|the kids|everyone|everybody) [always|really|all] (feel|feels|are|'re|am|'m"
        "|get|gets|freeze|sleep|sleeps|find it) [too|so|quite|a bit] [(cold|chilly|hot|warm|badly"
        "|well|better|best|frozen|cool)] (at|above|below|under|over) (<H>|<N>)",
        "(rather than|instead of|in place of|as opposed to|not the usual)"
        " [at|in|on|during|before|after|by|for] [the] [usual|current"
        "|normal] (<H>|<N>|<Q>|<T>)",
        "!if|when|while|unless|whenever|once|as it|that|this [always|still|far|much|way|a bit|a"
        " little|really] too (warm|hot|cold|chilly|dark|bright|noisy|loud|stuffy|humid|damp|cool)",
        "[,|and|but] (not|no|never|nothing|and no|but no|but not|and not|no need to go|don't go"
        "|not any) (lower|less|further|more|higher|longer|later|earlier|sooner|warmer|colder)"
        " [than that]",
        "^(it|that|this) ('s|is|was) [still|only|just|already|now|a mere|barely|about|down to|up"
        " to] [at] (<H>|<N>)",
        "^(we|you|they) (have|'ve got|'re at|are at|'re down to) [only|just|already] <H>",
    ),
    "takeback": (
        "(,|-|.|;) [oh|er|ah] (no|nope|wait|hang on|hold on|sorry|oops|pardon|actually|rather|well)"
        " [(,|-)] (no|nope|wait|sorry|actually|i mean|rather|make that|make it|better) [,|-]",
        "(,|-|.|;) [oh|er|ah] (no|nope|wait|hang on|hold on|sorry|oops|pardon|actually|rather"
        "|better) (,|-)",
        "[(,|-|.|;)] [or|and|oh] (no wait|scratch that|strike that|correction|no sorry|actually no"
        "|or rather|or actually|or better|or make it|or make that|better make it|better make that"
        "|sorry i mean|i mean|or no)"
        " [,|-|:]",
        "(,|-|.|;) (make that|make it|actually|sorry)",
        "(,|-|.|;) [oh|ah] [no] [,] (i tell a lie|[i] beg your pardon|silly me|daft me|my mistake"
        "|my bad|i meant"
        "|what i meant (is|was)|what am i saying) [,|:|-]",
    ),
    "takeback.all": (
        "!always|never|i|we|they|he|she|often|sometimes|don't|not|to|might|may|will|people "
        "(forget|scratch|strike|ignore|never mind|nevermind|cancel) (that|it|all that|what i "
        "said)"
        " (,|-|:|.)",
        "(no|actually) [,] never mind (,|-|:|.)",
        "? (no way|no chance|not a chance|not on your life|not likely|over my dead body|absolutely"
        " not|certainly not|of course not|not in a million years|i don't think so) [,|.|!|-|:]",
    ),
    "thattime.deadline": ("by (then|that time)", "before (then|that)"),
    "thattime.earliest": (
        "(meanwhile|in the meantime|during that time|over that time|all that time|for that time)",
        "(at|from) (that|this) (time|point|hour|moment) [on]",
        "from then [on]",
    ),
    "there": (
        "(in|over) there",
        "there",
        "in that room",
        "in that one",
        "its",
    ),
}
