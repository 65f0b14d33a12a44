"""English: what people are about to do as they ask, budgets, and times that are said in passing."""

from __future__ import annotations

_WHO = "({everybody}|{somebody}|<P>|we all)"
_NOW = "[all|both|now|just|about to be|about]"

PHRASES: dict[str, tuple[str, ...]] = {
    "event.bedtime.told.now": (
        f"{_WHO} ('re|'m|are|am|is|'s) {_NOW} (going|heading|off) [off|up] (to bed|to sleep)",
        f"{_WHO} ('re|'m|are|am|is|'s) {_NOW} turning in",
    ),
    "event.bedtime.told.off": ("off to (bed|sleep)",),
    "event.departure.told.now": (
        f"{_WHO} ('re|'m|are|am|is|'s) {_NOW} (leaving|going out|heading out|off out|heading off"
        "|setting off|popping out|nipping out) [for work|the house|for the (day|evening)]",
    ),
    "fact.parting": ("^<T> (!|.)", "@. <T> (!|.)"),
    # What a budget is for is asked for: ``my budget for charging the car is five euros``.
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
        "|quite]"
        " [a] (cold|chilly|freezing|frosty) [night|day|evening] [out|outside]",
    ),
    "state.weather.hot.may": (
        "it (could|may|might|will|'ll|should|is going to|'s going to) (be|get|turn) [really|very"
        "|quite]"
        " [a] (hot|boiling|scorching) [day|afternoon] [out|outside]",
    ),
    "state.weather.raining.may": (
        "it (could|may|might|will|'ll|should|is going to|'s going to|does) (rain|pour|be (wet"
        "|rainy))",
    ),
    "ifso": ("(if|when|once) (it|that) (does|is|happens|'s so|'s the case|is the case)",),
    "state.weather.cold.day": ("a (cold|chilly|frosty|freezing) <T>",),
    "then.asked": ("@? (if so|if yes|in that case|if it is|if they are|if there is) [,]",),
    "later.that": ("that <O>",),
    "bound.lte.stop": ("{q} (and|then|and then) (stop|that's it|no more|that'll do)",),
    "budget.price.when": (
        "(when|while|whenever|once|as long as|only when) (it|they) ('s|is|are|drops|drop|falls"
        "|fall)"
        " [to] {most} <M>",
    ),
    "gone": (
        "^(i|we|they|<P>) (won't|will not|'re not going to|am not going to) be (back|home|back"
        " home)"
        " (until|till|before) {t}",
        "^<S> [from now|now|then] (until|till|til|up to) [after] {t}",
        "@so|and|as <S> [from now|now|then] (until|till|til|up to) {t}",
    ),
    "state.price.low.again": (
        "{price} (gets|get|is|are|becomes|become|turns|comes) [a bit|a little|much|down|back]"
        " cheaper"
        " [again]",
    ),
    "goal.minimize.cost.where": (
        "^[please|just] save (where|wherever|whenever|when|what|whatever) [possible|(you|we) (can"
        "|could)]",
    ),
    "goal.maximize.solar_use.roof": (
        "(make the most of|maximise|maximize|make the best of|get the most out of|use as much as"
        " possible of|increase) (the|our|what|what we (use|get)|whatever|all the|using|our use)"
        " [of|(we|it"
        " )] [the|our] [own] (power|energy|electricity|solar) (from|off) [our|the] [own] (roof"
        "|panels)",
    ),
    "goal.optimize.cost.tuned": (
        "{opt} [the|our|my] (heating|house|home|place|flat|hot water|whole house|whole place"
        "|system)"
        " for (lower|less|low|smaller|reduced|minimal) (cost|costs|bills|a bill|spending|bill)",
    ),
    "goal.minimize.grid_import.none": (
        "(buy|buying|bought|took|take|taking|drew|draw|drawing|import|imported|pulled|pull|used"
        "|use)"
        " (no|nothing|zero|not any|as good as no|next to nothing) [power|electricity|energy"
        "|current]"
        " (from|off) {grid}",
    ),
    "deadline.until.ready": (
        "for [our|my|the|a|his|her|their] (trip|drive|journey|commute|flight|outing|school run)"
        " [on|at|"
        ",] <T> [at] [{t}]",
        "@be at_<Q>|be at_<N>|be at_<H>|be at_<I>|at_<N> (when|for when) [the|our|my] (guests"
        "|visitors"
        "|kids|children|parents|in-laws|family|friends|others|girls|boys) (come|arrive|get here"
        "|get in"
        "|turn up|show up|are here|come over|come round|get home|come home) [at|around|by] {t}",
        "@be at_<Q>|be at_<N>|be at_<H>|at_<N>|at_<H> (when|for when) <S> [at|around|by] {t}",
        "@clean|ready|done|washed|dry|warm|hot (when|before|by the time|for when) (i|we|they|the"
        " kids)"
        " (come|get|are|am) (down|downstairs|up) [for breakfast] [in|at] [the] {t}",
    ),
    "leaving": ("<T> [at|by|around|about] {t}",),
    "deadline.trip": ("for [our|my|the|a] <S> [on|at] <T>",),
    "deadline.except": (
        "(except|only not|just not|but never|but not) (after|past|beyond|later than) {t}",
    ),
    "earliest.except": ("(except|only not|just not) (before|until|earlier than) {t}",),
    "order.last": ("&(after|afterwards|later|later on)",),
    "polite.light": (
        "(let|letting|get|getting) [some|the|a bit of|more|a little] (light|sun|daylight|sunlight"
        "|sunshine|morning light|fresh air) in",
        "(let|letting|get|getting) in [some|the|a bit of|more|a little] (light|sun|daylight"
        "|sunlight"
        "|sunshine|morning light|fresh air)",
    ),
    "early.run": ("off (you|it|we) (go|goes)",),
    "kind.heat_pump.needed": ("(needs|need|want|wants) [any|the|much] heat",),
    "limit.energy.over": ("{not} (go|get|run|climb|rise) (over|above|beyond|past) <V>",),
    "polite.budget": (
        "[the|my|our] (budget|spending limit|allowance) (for|on)",
        "[and] (stick|keep|hold) to (it|that)",
    ),
    "budget.cost.each": ("<M> (a|per|each|every) <T>", "{most} <M> (a|per|each|every) <T>"),
    "filler.bought": ("(buy|buying|purchase|purchasing) [any|in] {power} [from {grid}]",),
    "filler.left": ("(leave|leaving)",),
    "filler.them": ("(them|those|these)",),
    "filler.again": ("(again|once more|one more time|another time)",),
    "filler.else": ("[or] (otherwise|else)",),
    "drained.battery": (
        "(run|take|bring|draw|get|pull|running|taking|bringing|drawing) [the|our|my]"
        " (<D>|home battery|house battery|battery|powerwall) (right|all the way|) down",
        "(let|letting) [the|our|my] (<D>|home battery|house battery|battery|powerwall) (run|go"
        "|drain|drop|get|fall) down",
    ),
    "amount.U.1000.1/4": ("[a|one] quarter [of] a second", "a quarter second"),
    "amount.U.250": ("<N> quarters of a second",),
    "amount.U.1000.1/10": ("(a|one) tenth of a second",),
    "amount.U.1000.1/5": ("(a|one) fifth of a second",),
    "later.then.last": ("<U> (after|afterwards)",),
    "later.then": ("<U> later", "<U> (after that|after it)"),
    "clockelse.30": ("(half past|half-past)",),
    "clockelse.15": ("[a] quarter past",),
    "clockelse.45": ("[a] quarter to",),
    "clockelse": ("@at|by|until|till|around|about <N> past",),
    "window.meal": (
        "(between|from) (breakfast|dinner|supper|tea|brunch|lunch) [at] {t} (and|to|until|till)"
        " [(breakfast|dinner|supper|tea|lunch|brunch) at] {t}",
        "(between|from) {t} (and|to|until|till) (breakfast|dinner|supper|tea|brunch|lunch) at {t}",
    ),
    "orderdevice.behind": ("!for|of|last|first|about|in|the|next <U> (after|following) {d}",),
    "orderdevice.later": ("&<C> (after|following) {d}",),
    "timed.by": ("&(if|in case|should) <S> <C>",),
    "if.eq.by": ("(if|in case|should) <S> [still] (by|at|as of|come) {t}",),
}
