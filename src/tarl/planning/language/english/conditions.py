"""English: the words that make conditions of what may be so."""

from __future__ import annotations

_BY = (
    "@if|when|once|after|unless|until|soon as ({everybody}|{somebody}|<P>) (has|have|'ve|'s) [just"
    "|already|finally]"
)
"""Before what somebody has done, where it is a condition."""

PHRASES: dict[str, tuple[str, ...]] = {
    "measured.weather.above": (
        "[(it|the (temperature|thermometer|weather)|temperatures) ({be}|rises|climbs|goes|reads"
        "|shows|hits)] {over} (<H>|<N>) [degrees] (out|outside|outdoors|out there|in the garden)",
        "[the] (outside|outdoor|outdoors|outer|external) (temperature|temperatures) ({be}"
        "|rises|climbs|goes) {over} (<H>|<N>) [degrees]",
        "the temperature (outside|outdoors|out there) ({be}|rises|climbs|goes) {over} (<H>|<N>)"
        " [degrees]",
        "{over} (<H>|<N>) [degrees] (outside|outdoor) temperature",
    ),
    "measured.weather.below": (
        "[(it|the (temperature|thermometer|weather)|temperatures) ({be}|drops|falls|sinks|dips|goes"
        "|reads|shows)] [to] {under} (<H>|<N>) [degrees] (out|outside|outdoors|out there|in the"
        " garden)",
        "[the] (outside|outdoor|outdoors|outer|external) (temperature|temperatures) ({be}|drops"
        "|falls|sinks|dips|goes) {under} (<H>|<N>) [degrees]",
        "the temperature (outside|outdoors|out there) ({be}|drops|falls|sinks|dips|goes) {under}"
        " (<H>|<N>) [degrees]",
        "{under} (<H>|<N>) [degrees] (outside|outdoor) temperature",
    ),
    "measured.solar.above": (
        "[(there is|there's|there are|we have|we've got|we get|we make|i have)] {over} <W>"
        " [of|from] [the] (sun|sunshine|sunlight|solar|solar power|pv|pv power|solar panels|panels"
        "|roof)",
        "[the|our|my] (solar power|solar output|solar panels|solar panel|solar production|solar"
        "|panels|pv|pv output|pv power|sun|sunshine|roof) ({be}|gives|give|makes|make|produces"
        "|produce|delivers|deliver|yields|yield|brings|bring) [us] {over} <W>",
    ),
    "measured.solar.below": (
        "[(there is|there's|there are|we have|we've got|we get|we make|i have)] {under} <W>"
        " [of|from] [the] (sun|sunshine|sunlight|solar|solar power|pv|pv power|solar panels|panels"
        "|roof)",
        "[the|our|my] (solar power|solar output|solar panels|solar panel|solar production|solar"
        "|panels|pv|pv output|pv power|sun|sunshine|roof) ({be}|gives|give|makes|make|produces"
        "|produce|delivers|deliver|yields|yield|brings|bring|drops|falls) [us|to] {under} <W>",
    ),
    "if.eq.measured": ("[only|but only] [with|at] <S>",),
    "state.device.locked.by": (f"{_BY} locked {{d}}",),
    "state.device.unlocked.by": (f"{_BY} unlocked {{d}}",),
    "state.device.open.by": (f"{_BY} opened ({{d}}|[the|our|my] <A>)",),
    "state.device.closed.by": (f"{_BY} (closed|shut) ({{d}}|[the|our|my] <A>)",),
    "state.device.on.by": (
        f"{_BY} (turned|switched) {{d}} on",
        f"{_BY} (turned|switched) on {{d}}",
    ),
    "state.device.off.by": (
        f"{_BY} (turned|switched) {{d}} off",
        f"{_BY} (turned|switched) off {{d}}",
    ),
    "if.eq": (
        "(when|once|if|as soon as|while|only when|only if|after) <T> and [also] [if|when|while"
        "|only if] <S>",
        "(when|once|if|as soon as|while|only when|only if) <S> and [also] [if|when|once|while] <T>",
        "(if|when|while|whilst|whenever|as long as|so long as|once|provided|only if|only when|"
        "only while|as soon as|in case|the moment|should|assuming) (there is|there's|there are|"
        "there be|we have|we've got|we get|we've|it is|it's|it gets|you see|you have) [a|an|any|"
        "some|enough|the|still] <S>",
        "(with|given|using|on|from|off) [any|some|the|all the|whatever] <S>",
        "(during|in|over|throughout|for the duration of|through|for the length of|all through)"
        " [the] <S>",
        "(if and when|only ever when|only ever while|but just when|exclusively when|exclusively"
        " while|strictly when|strictly while|for as long as|until after|the times when|for those"
        " times when|in times when|any moment|on days when|on days|each time|any time that|anytime"
        " that|so long|while ever|as long|during times when|during hours when|at hours when|in"
        " hours when|in the hours when) <S>",
        "the (second|minute|moment|instant) <S>",
        "(the whole time|all the time|the entire time|every minute|all the while) [that] <S>",
        "^<S> (:|means|means that|=)",
        "should <S>",
        "(if|after|when|while|whilst|whenever|as long as|so long as|once|provided|provided that"
        "|only if|only when|only while|but only if|but only when|but only while|in case|in the"
        " event that|as soon as|any time|anytime|every time|during|only during|at times when"
        "|assuming|assuming that|given that|on condition that|because|now that|until such time as"
        "|say|suppose|supposing|with|using|only with|only using|on|only on|from|only from|for when"
        "|at a time when|just when|just while|in|only in|only once|only as long as|at|then when)"
        " <S> [and|or|,|and also] [while|when|if|] <S>",
        "(if|after|right after|straight after|directly after|just after|immediately after|when"
        "|while|whilst|whenever|as long as|so long as|once|provided|provided that|only if|only when"
        "|only while|but only if|but only when|but only while|in case|in the event that|as soon as"
        "|any time|anytime|every time|during|only during|at times when|assuming|assuming that|given"
        " that|on condition that|now that|say|suppose|supposing|with|using|only with|only using|on"
        "|only on|from|only from|at a time when|just when|just while|in|only in|only once|only as"
        " long as|at|for when|to|to use|wait until) <S>",
        "^<S> ? (then|if so|in that case|so) [,]",
        "(take advantage of|make use of|profit from|benefit from|exploit|make the most of|cash in"
        " on) [the|any|some] <S>",
        "(use up|soak up|mop up|burn off|burn up|eat up|swallow|absorb|catch|harvest|make use of)"
        " [the|our|any|all|some] <S>",
        "^<S> ?",
    ),
    "placed": ("&<C> (in|inside) [the|my|our|his|her|their] <A>",),
    "also": ("&<C> [,] (and|and also|but|and if|and when|and while|and only if) <S>",),
    "if.eq.surplus": (
        "(take|takes|can take|use|using|send|sending|divert|feed|pour|put|push|route|direct|dump"
        "|store|bank|save|stash|keep|let|have|shove|stick|stuff|bottle|hoard|load|pump|move|get"
        "|channel|shift|sink|park) [all|all of|all that|any|the|our|that|some|whatever|every bit"
        " of] <S>",
        "<S> [should|can|could|must|may|is to|ought to|has to|needs to|shall] (go|goes|flow|flows)"
        " (into|to|in|straight into|straight to)",
        "<S> (into|straight into|straight to)",
    ),
    "if.eq.solar": (
        "(store|stash|bank|save|catch|keep|gets|get|receives|receive|have|has|give it|feed it|drink"
        " up) [the|any|all|our|all the] <S>",
        "^[any|all|the|our|whatever|all the] <S> [(goes|go|should go|can go|may go|has to go|must"
        " go|is to go|belongs|is|should end up)] (in|into|to|for)",
        "@only (from|on|with) [any|the|our] <S> [only]",
        "(from|on|with|off|using) [any|the|our] <S> (only|alone|exclusively)",
    ),
    "joined": ("&<C> [,] (and|or) [also] [if|when|once|while|that] <S> [(and|or) <S>]",),
    "if.until": (
        "(wait for|wait until|until|till|not until|not till|wait till|only after|not before) <S>",
    ),
    "if.neq.fixed": (
        "(forget|cancel|scrap|drop|call off|leave out) (it|that|them|this) (if|when|in case) <S>",
        "(nothing|no (machine|machines|appliance|appliances)) (may|should|must|can|is to|shall|has"
        " to|ought to) (run|be running|be on|go|work|make (noise|a noise|any noise)) (while|when|if"
        "|during|as long as|once|whenever) <S>",
        "(neither|nor) [also] (if|when|while|whilst|during|as long as|whenever|once) <S> [either]",
        "(,|;|-) (not|never) [ever|also] (if|when|while|whilst|during|as long as|whenever) <S>"
        " [either]",
        "[,] (and|but|or) [also|certainly|especially|definitely|preferably|ideally] (not|never)"
        " [ever|at all|on days] (if|when|while|whilst|during|as long as|so long as|whenever|once)"
        " <S> [either]",
        "(never as long as|not as long as|not so long as|not whenever|never whenever|just not as"
        " long as|but not on days when|not on days when) <S> [either]",
        "[,|-] [(and|but)] (none|nothing|not any|not one|neither|nothing at all|not a single one|"
        "no machine|no machines|no appliance|no appliances) [of] [(it|that|them|this|those|these|"
        "the two)] [(is to|should|may|must) (run|be on|start|happen)] [running|on|going] (while|"
        "when|if|during|as long as|once|whenever) [the] <S>",
        "[(and|but|so)] (nothing|no) (loud|noisy|going|running|noise|racket|loud machines|noisy"
        " machines|noisy stuff|din|disturbance) [please] (while|when|if|during|as long as|once"
        "|whenever|during the) <S>",
        "(while|when|if|during|as long as|once|whenever) <S> [,] [please] (nothing (loud|noisy)|no"
        " (noise|racket|loud machines|noisy machines|noisy stuff|din))",
    ),
    "if.neq": (
        "(unless|except if|except when|not if|not when|not while|never if|never when) (there is|"
        "there's|there are|we have|we've got|it is|it's|it gets) [a|an|any|some|the|still] <S>",
        "(never|but never|not|but not) [at] <S>",
        "(unless and until|but skip it if|but skip it when|skip it if|skip it when|skip if|skip"
        " when|but leave it if|leave it if|leave it when|but hold off when|hold off while|hold off"
        " when|but wait if|but stop if|but stop when|other than if|other than while|except in case"
        "|so long as not|as long as not|if it isn't that|only not if) <S>",
        "(unless|except if|except when|except while|except for when|not while|not when|not if|never"
        " while|never when|never if|just not while|just not when|just not if|but not while|but not"
        " when|but not if|only not while|only not when|avoid|avoiding|outside of|except during|not"
        " during|never during|but not during|but never while|but never when|excluding when|other"
        " than when|without|outside|if not|save when|not at|not in|not on|except|but never if|no"
        " running while|no running when|not with|unless of course) <S>",
        "{shun} [at|in|during|on|with|when|while|if] [the] <S>",
        "(not|never|but not|just not|but never) (at|in|during|on|with) [the|any] <S>",
        "unless <S> (or|and) <S>",
    ),
    "shun.price.high": (
        "(avoid|avoiding|stay away from|staying away from|steer clear of|keep away from|skip"
        "|skipping|dodge|dodging|miss|missing|bypass) [the|any] [<O>|<T>|daily|expensive] (peak"
        "|expensive|pricey|dear|high) (hours|hour|times|time|prices|price|rates|rate|period|periods"
        "|tariff|slots)",
    ),
    "wake.neq": (
        "(mind|respect|consider|mindful of|think of|careful with|be careful with) <S>",
        "(without|not|{not}) (ruining|ruin|spoiling|spoil|interrupting|interrupt|disturbing|disturb"
        "|breaking|break) <S>",
        "(mind|respect|consider|mindful of|think of|careful with|be careful with|with respect for"
        "|considerate of) [the] ({everybody}|{somebody}|<P>) ('s|'|) (sleep|sleeping|nap|rest)",
        "(without|not|{not}) (ruining|ruin|spoiling|spoil|interrupting|interrupt|disturbing|disturb"
        "|breaking|break) [({everybody}|{somebody}|<P>|the) ('s|'|)] (sleep|nap|rest)",
        "without (waking|disturbing|waking up) ({somebody}|{everybody}|<P>) [up]",
        "[but|and] {not} let [it|that|them|the noise|this] (wake|disturb|bother|rouse) [up]"
        " [({somebody}|{everybody}|<P>)] [up]",
        "(unless|if|provided|as long as|only if|so long as|so that|so|but only if) (it|that|this"
        "|they) ('d|would|might|will|'ll|won't|wouldn't|doesn't|don't|didn't) (wake|disturb|rouse"
        "|bother) [up] ({somebody}|{everybody}|<P>) [up]",
        "[but|and] let ({everybody}|<P>) (sleep|rest|nap|doze)",
        "({everybody}|<P>) (need|needs|must get|should get) (their|her|his|our|my|to) (sleep|rest)",
        "without [{somebody}|{everybody}|<P>] (<T>|waking|being woken|getting woken|being"
        " disturbed) [up]",
        "({not}|so as not to|not to|try not to|that doesn't|that won't|so it doesn't|so it won't|so"
        " that it doesn't|so nobody) (wake|disturb|wake up|waking|be woken|gets woken|wakes) [up]"
        " [({somebody}|{everybody}|<P>)] [up]",
        "(so|so that) (nobody|no one) (wakes up|is woken|gets woken up|wakes|is disturbed)",
    ),
    "state.device.open.should": ("@should {d} [still] be [still] [left] (open|ajar)",),
    "state.device.unlocked.should": ("@should {d} [still] be [still] [left] unlocked",),
    "state.device.on.should": ("@should {d} [still] be [still] [left] (on|running)",),
    "asked.occupancy.home": (
        "^(is|are) ({somebody}|{everybody}|<P>) [still|all] {home}",
        "&^<Z> [still|all] in [the|our|my] <A>",
    ),
    "asked.occupancy.away": (
        "^(is|are) {nobody} {home}",
        "^(is|are) ({everybody}|<P>) [still|all] {out}",
    ),
    "asked.occupancy.asleep": ("^(is|are) ({somebody}|{everybody}|<P>) [still|all] {asleep}",),
    "state.weather.cold.may": (
        "it (could|may|might|will|'ll|should|is going to|'s going to) (be|get|turn) [really|very"
        "|quite] [a] (cold|chilly|freezing|frosty) [night|day|evening] [out|outside]",
    ),
    "state.weather.hot.may": (
        "it (could|may|might|will|'ll|should|is going to|'s going to) (be|get|turn) [really|very"
        "|quite] [a] (hot|boiling|scorching) [day|afternoon] [out|outside]",
    ),
    "state.weather.raining.may": (
        "it (could|may|might|will|'ll|should|is going to|'s going to|does) (rain|pour|be (wet"
        "|rainy))",
    ),
    "ifso": ("(if|when|once) (it|that) (does|is|happens|'s so|'s the case|is the case)",),
    "state.weather.cold.day": ("a (cold|chilly|frosty|freezing) <T>",),
    "then.asked": ("@? (if so|if yes|in that case|if it is|if they are|if there is) [,]",),
    "gone": (
        "^(i|we|they|<P>) (won't|will not|'re not going to|am not going to) be (back|home|back"
        " home) (until|till|before) {t}",
        "^<S> [from now|now|then] (until|till|til|up to) [after] {t}",
        "@so|and|as <S> [from now|now|then] (until|till|til|up to) {t}",
    ),
    "state.price.low.again": (
        "{price} (gets|get|is|are|becomes|become|turns|comes) [a bit|a little|much|down|back]"
        " cheaper [again]",
    ),
    "order.last": ("&(after|afterwards|later|later on)",),
    "orderdevice.behind": ("!for|of|last|first|about|in|the|next <U> (after|following) {d}",),
    "orderdevice.later": ("&<C> (after|following) {d}",),
    "timed.by": ("&(if|in case|should) <S> <C>", "&(if|in case|should) <C> [,] <S>"),
    "if.eq.by": (
        "(if|in case|should) <S> [still] (by|at|as of|come) {t}",
        "(if|in case|should) [,] (by|at|as of|come|around) {t} [,] <S>",
    ),
}
