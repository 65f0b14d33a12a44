"""English: amounts, clock times, days, parts of the day and events."""

from __future__ import annotations

PHRASES: dict[str, tuple[str, ...]] = {
    "number.times.100": ("<N> hundred", "<N> hundred [and] <N>"),
    "number.times.1000": ("<N> thousand", "<N> thousand [and] <N>"),
    "number.plus": ("<N> [and] <N>",),
    "number.half": ("<N> and a half",),
    "number.minus": ("(minus|negative) <N>",),
    "money.EUR": (
        "<N> (euro|euros|eur|€)",
        "<N>€",
        "<N>-euro",
        "(€|eur) <N>",
        "€<N>",
        "<N> (euro|euros|€) [and] <N> [cents|cent]",
        "<N> <N> (euro|euros)",
    ),
    "money.EUR.100": ("<N> (cent|cents|eurocent|eurocents|ct|c€)",),
    "money.EUR.1.1/2": ("half a euro", "a half euro"),
    "money.EUR.1.1": ("a euro", "one single euro", "a euro [and] <N> [cents|cent]"),
    "money.EUR.1.3/2": ("a euro and a half",),
    "money.USD": (
        "<N> (dollar|dollars|usd|bucks|buck|$)",
        "($|usd|us$) <N>",
        "$<N>",
        "<N>-dollar",
        "<N> (dollar|dollars|bucks) [and] <N> [cents|cent]",
        "<N> <N> (dollar|dollars|bucks)",
    ),
    "money.USD.1.1": ("a (dollar|buck)", "a (dollar|buck) [and] <N> [cents|cent]"),
    "money.GBP": (
        "<N> (pound|pounds|gbp|quid|£)",
        "<N>£",
        "<N>-pound",
        "(£|gbp) <N>",
        "£<N>",
        "<N> (pound|pounds|quid) [and] <N> [pence|p]",
        "<N> <N> (pound|pounds|quid)",
    ),
    "money.GBP.100": ("<N> (pence|p|penny)", "<N>p"),
    "money.GBP.1.5": ("(a|one) fiver",),
    "money.GBP.1.10": ("(a|one) tenner",),
    "money.GBP.1.1": ("a (pound|quid)", "a (pound|quid) [and] <N> [pence|p]"),
    "money.CHF": ("<N> (chf|franc|francs|swiss francs)", "chf <N>"),
    "money.SEK": ("<N> (sek|swedish kronor|kronor)",),
    "money.NOK": ("<N> (nok|norwegian kroner|kroner)",),
    "money.DKK": ("<N> (dkk|danish kroner)",),
    "money.CNY": ("<N> (cny|rmb|yuan)", "¥<N>"),
    "money.JPY": ("<N> (jpy|yen)",),
    "money.AUD": ("<N> (aud|australian dollars)",),
    "money.CAD": ("<N> (cad|canadian dollars)",),
    "amount.H.10": ("<N> (degrees|degree|°|°c|degrees celsius|degrees c|deg|celsius|° c)", "<N>°"),
    "amount.H.-10": (
        "<N> [degrees|degree|°|celsius] (below|under) (zero|freezing|<N>)",
        "(minus|negative) <H>",
    ),
    "fahrenheit": ("<N> (degrees fahrenheit|°f|fahrenheit|degrees f|° f|f)",),
    "amount.Q.10": ("<N> (percent|per cent|%|pct|percents)", "<N>%"),
    "amount.W.1": ("<N> (w|watt|watts)",),
    "amount.W.1000": ("<N> (kw|kilowatt|kilowatts)",),
    "amount.V.1": ("<N> (wh|watt hours|watt-hours|watt hour)",),
    "amount.V.1000.1": (
        "@than a|most a|under a|below a|over a|within a|about a|to a (kwh|kilowatt hour"
        "|kilowatt-hour)",
    ),
    "amount.V.1000": (
        "<N> (kwh|kilowatt hours|kilowatt-hours|kilowatt hour|kilowatt-hour|units of electricity)",
    ),
    "amount.U.1": ("<N> (ms|millisecond|milliseconds|msec)",),
    "amount.U.1000": ("<N> (second|seconds|sec|secs)",),
    "amount.U.1000.1": ("a second",),
    "amount.U.60000": (
        "<N> [full|whole|solid|straight|good|extra] (minute|minutes|min|mins)",
        "<N>-(minute|min)",
    ),
    "amount.U.60000.1": ("a [full|whole|good] minute",),
    "amount.U.60000.2": ("a couple of minutes",),
    "amount.U.3600000": (
        "<N> [full|whole|solid|straight|good|extra] (hour|hours|h|hr|hrs)",
        "<N>-(hour|hr)",
    ),
    "amount.U.3600000.1": ("(an|one|the next|the|a (full|whole|solid|good|further)|another) hour",),
    "amount.U.3600000.1/2": (
        "half an hour",
        "[a|another|the next] (half hour|half-hour)",
        "half of an hour",
    ),
    "amount.U.3600000.1/4": ("(a|) quarter (of an|of one|) hour",),
    "amount.U.900000": ("<N> quarters of an hour", "<N>-quarters of an hour"),
    "amount.U.3600000.3/2": (
        "(an|one|the|next|the next|a (full|good)) hour and a half",
        "<N> hour and a half",
    ),
    "amount.U.3600000.5/4": ("(an|one|<N>) hour and a quarter",),
    "amount.U.3600000.2": ("(a|) couple [of] hours",),
    "amount.U.86400000": ("<N> days",),
    "sum.U": ("<U> [and|,] <U>",),
    "clock.am": ("<N> (am|a.m.|a.m)", "<L> (am|a.m.|a.m)", "<N>am", "<L>am"),
    "clock.pm": ("<N> (pm|p.m.|p.m)", "<L> (pm|p.m.|p.m)", "<N>pm", "<L>pm"),
    "clock.plain": ("<N> (o'clock|oclock|hundred hours)", "<N>ish", "<L>"),
    "clock.pair": ("<N> <N>", "<N>-<N>"),
    "clock.pair.pm": ("<N> <N> (pm|p.m.|p.m)", "<N>-<N> (pm|p.m.|p.m)"),
    "clock.pair.am": ("<N> <N> (am|a.m.|a.m)", "<N>-<N> (am|a.m.|a.m)"),
    "clock.fixed.30": ("(half past|half-past) midnight",),
    "clock.fixed.750": ("(half past|half-past) (noon|midday)",),
    "clock.fixed.15": ("[a] quarter past midnight",),
    "clock.fixed.735": ("[a] quarter past (noon|midday)",),
    "clock.fixed.705": ("[a] quarter to (noon|midday)",),
    "clock.fixed.1425": ("[a] quarter to midnight",),
    "clockby.1.0": ("!for|of|in <U> (past|after) midnight",),
    "clockby.1.12": ("!for|of|in <U> (past|after) (noon|midday)",),
    "clockby.-1.0": ("!for|of|in <U> (before|to) midnight",),
    "clockby.-1.12": ("!for|of|in <U> (before|to) (noon|midday)",),
    "clockby.-1": (
        "@at|by|from|until|around|about|till <U> (before|to) (<N>|<K>)",
        "^<U> (before|to) (<N>|<K>)",
    ),
    "clockby.1": (
        "@at|by|from|until|around|about|till <U> (past|after) (<N>|<K>)",
        "^<U> (past|after) (<N>|<K>)",
    ),
    "clockpast.1": (
        "<N> [minutes] past (<N>|<K>)",
        "@at|by|until|around|about|till <N> [minutes] after (<N>|<K>)",
    ),
    "clockpast.-1": (
        "<N> minutes (to|before|till) (<N>|<K>)",
        "!from <N> to <K>",
        "@at|by|before|after|until|past|till|about <N> to <N>",
        "@at|by|until|around|about|till <N> before (<N>|<K>)",
    ),
    "clockpast.1.30": ("(half past|half-past) (<N>|<K>)", "half (<N>|<K>)", "half-(<N>|<K>)"),
    "clockpast.1.15": ("(a|) quarter (past|after) (<N>|<K>)",),
    "clockpast.-1.15": ("(a|) quarter (to|of|before) (<N>|<K>)",),
    "part.noon": (
        "noon",
        "midday",
        "noontime",
        "lunchtime",
        "lunch",
        "12 o'clock noon",
        "<N> noon",
    ),
    "part.midnight": ("midnight", "[the] stroke of midnight", "<N> (o'clock|) midnight"),
    "part.morning": ("morning", "mornings", "early morning", "forenoon"),
    "part.afternoon": ("afternoon", "afternoons", "arvo"),
    "part.evening": ("evening", "evenings"),
    "part.pm": ("(pm|p.m.|p.m)",),
    "part.am": ("(a.m.|a.m)",),
    "part.night": (
        "night",
        "overnight",
        "nights",
        "nighttime",
        "night time",
        "night-time",
        "[the] (middle|dead) of the night",
        "[the] (small|wee) hours",
    ),
    "part.morning.0": ("this morning",),
    "part.afternoon.0": ("this (afternoon|arvo)",),
    "part.evening.0": ("this evening",),
    "part.tonight": ("tonight", "this night"),
    "day.0": ("today", "the rest of the day"),
    "day.1": ("tomorrow", "tmrw", "tomorrow's", "the next day"),
    "day.2": ("[the] day after tomorrow", "in two days"),
    "day.7": ("in (a|one) week", "(a|one) week from (now|today)", "a week today"),
    "weekday.0": ("[next|this|coming] (monday|mondays|mon)",),
    "weekday.1": ("[next|this|coming] (tuesday|tuesdays|tue|tues)",),
    "weekday.2": ("[next|this|coming] (wednesday|wednesdays|wed)",),
    "weekday.3": ("[next|this|coming] (thursday|thursdays|thu|thurs)",),
    "weekday.4": ("[next|this|coming] (friday|fridays|fri)",),
    "weekday.5": ("[next|this|coming] (saturday|saturdays|sat)",),
    "weekday.6": ("[next|this|coming] (sunday|sundays)",),
    "event.sunrise": (
        "sunrise",
        "dawn",
        "sunup",
        "sun-up",
        "daybreak",
        "first light",
        "daylight",
        "the sun (rises|comes up|is up|'s up|has risen|'s risen|has come up)",
        "it (gets|is|'s) (light|bright) [outside]",
    ),
    "event.sunset": (
        "sunset",
        "dusk",
        "dark",
        "nightfall",
        "sundown",
        "darkness",
        "the sun (sets|goes down|is down|has set|'s set|'s gone down|has gone down|'s down"
        "|disappears)",
        "it ('s|is|gets|'s getting|is getting|turns) dark [outside]",
    ),
    "event.wake_up": (
        "!without|avoid|from|not|risk|the kids|anyone|anybody (waking up)",
        "@on|upon|after|before|when (waking)",
        "!arm|disarm|on|off|activate|deactivate|enable|disable|turn|switch (my|our|the) (alarm"
        "|wake-up|wakeup|wake up) [time|call|goes off|rings|clock]",
        "wake-up time",
        "getting up",
        "wakeup",
    ),
    "event.wake_up.told": (
        "({everybody}|{somebody}|<P>) (has|have|'s|'ve) [all] (got up|woken up|gotten up|got out of"
        " bed|risen)",
        "({everybody}|{somebody}|<P>) ('re|are|'m|am|is|'s|) [all] (wake up|wake|get up|wakes up"
        "|gets up|[up and] out of bed|up|wakes|waking up|(get|gets|roll|rolls|crawl|climb) out of"
        " bed|stir|stirs|getting up)",
        "(i|we|she|he|they) wake",
        "(i|we) (have|'ve) (woken up|got up)",
        "the first (person|one|<N>|) [of us|of the family|in the house|of them] (is|'s|wakes|gets"
        "|has got|has woken) [already] [up]",
        "(the earliest riser|the early birds) (is up|gets up|get up|are up|wakes|wakes up)",
    ),
    "event.bedtime": (
        "[it ('s|is)] [time for] (bedtime|bed time)",
        "!in (bed)",
        "(going|heading|getting) [off|up] to (bed|sleep)",
        "turning in",
        "(the kids'|our|my|the|their|his|her) bedtime",
        "({everybody}|<P>) ('s|') bedtime",
    ),
    "event.bedtime.told": (
        "({everybody}|{somebody}|<P>) (go|goes|head|heads|'s off|is off|are off|'re off|'m off|are"
        " going|get|gets|have gone|'ve gone|has gone|have all gone|'ve all gone) [off|up|in|all]"
        " (to bed|to sleep|in bed)",
        "the last (one|person|<N>|) [of us|in the family|of the family] (goes|has gone|'s gone) (to"
        " bed|to sleep)",
        "({everybody}|<P>) (turn|turns|have turned|'ve turned|has turned|'s turned) in",
        "(i|we) (hit|have hit|'ve hit) the (sack|hay)",
    ),
    "event.arrival": (
        "(coming|getting|arriving) (home|back|back home)",
        "(my|our) (arrival|return)",
        "arrival",
        "@by the time|before|for when ({everybody}|<P>) {be} home",
    ),
    "event.arrival.told": (
        "({everybody}|{somebody}|<P>) ('m|'re|am|are|is|'s|) (get|gets|come|comes|getting|coming|be"
        "|back) (back|home|in|) from [the|my|our|his|her|their] (gym|office|shop|shops|school|town"
        "|training|airport|station|holiday|holidays|trip|pool|party|cinema|city|walk|run|practice"
        "|work)",
        "({everybody}|<P>|{somebody}) (walk|walks|come|comes) in",
        "(we|i|<P>) (get|gets) in",
        "({everybody}|<P>|{somebody}) ('m|'re|am|are|is|'s|'ve|have|has|) (get|gets|come|comes"
        "|arrive|arrives|return|returns|got|getting|coming|walk|walks|arrived|returned|made it)"
        " (home|back|back home|in the door|home again|home from work|back from work|from work"
        "|through the door|[back|home] from (school|training|nursery|practice|the shops|uni|the gym"
        "|the office|football|town|our trip|a run|my run))",
        "(i|we|<P>) (arrive|arrives|return|returns|'m back|am back|are back|'re back|is back)",
        "({everybody}|<P>) (am|'m|are|'re|is|'s) [all] (back home|back|home again|back again)",
        "the (kids|family) (are|is) back",
    ),
    "event.departure": (
        "(leaving|going out|heading out) (for work|the house|home|for the day)",
        "@before|after|when|on|upon|once|while|by (leaving)",
        "(my|our) departure",
        "departure",
    ),
    "event.departure.told": (
        "@as soon as|the moment|right after|straight after ({everybody}|<P>) ('ve|have|has|'s|is"
        "|are|'re) [all] gone",
        "({everybody}|<P>) (go|goes|hit the road|go away|drive away)",
        "({everybody}|<P>) (have to|has to|need to|needs to|must|'ve got to|gotta|want to|am due to"
        "|'m due to|are due to|'re due to) (go|leave|set off|head off|be off|head out|go out|drive"
        " off|be gone|get going)",
        "@before|by the time|until ({everybody}|<P>) ('m|'re|am|are|is|'s) off",
        "(the last person|the last one|the last of us) (goes|'s gone|has gone|is gone|is out)",
        "({everybody}|the last (person|one|<N>|) [of us|of the family|of them|in the house]|<P> and"
        " <P>|<P>) ('ve|have|has|'re|are|is|'s|'m|am|) (leave|leaves|left|go out|goes out|head out"
        "|leave home|leaving|leave the house|leaves the house|off to (school|nursery|uni|training)"
        "|left the house|left home|leave for work|leaves home|leaves for work|out the door|off to"
        " work|go to work|goes to work|drive off|set off|depart|head off|take off)",
    ),
    "fact.any": (
        "^[(we|i)] [('re|'m|'ll be|will be|going to be|'m going to be|gonna be|'re gonna be|'m"
        " gonna be)] (back|home) [home|again|from work] (at|around|by|about) {t}",
        "^[the|our|my|some|a] .. (arrive|arrives|arriving|are coming|is coming|come over|comes over"
        "|come round|comes round|visit|visits|are visiting|land|lands|get here|gets here|turn up"
        "|show up|is landing|are due|is due|starts|start|have a|has a) [over|round|here|back|off"
        "|in] [at|on|around|by] <T>",
        "^[the|our|my] .. {be} (off|away|out|free|working|at work|at school|busy|back|in late) .."
        " [at|on|around|by] <T>",
    ),
    "fact": (
        "^<T> [at|around|about|by|on|in|,] [{t}]",
        "^[on] (weekdays|workdays|school days|usually|normally|every day|most days|these days) [,]"
        " <T> [at|around|about|by|on|in|,] [{t}]",
        "@,|;|:|.|!|?|-|so|and|but <T> [at|around|about|by|on|in] [{t}]",
    ),
    "when": (
        "<K>|<L>|<Y>|<O>|<E>",
        "{cl} (every|each) [single] (<O>|<Y>)",
        "<Y> [,] (some time|sometime|at some point|any time|anytime) (in|during) the <O>",
        "{dp} [,] [{glue}] [{about}] {cl}",
        "{cl} [,] [{glue}] {dp}",
        "{cl} [{glue}] <O> [,] [{glue}] <Y>",
        "<Y> [,] [{glue}] {cl} [{glue}] <O>",
        "<Y> [,] [{glue}] <O>",
        "<O> [,] [{glue}] <Y>",
        "!to|than|below|under|above|over|exceed <N> (in the|at|this|every|each) (<O>)",
        "!to|than|below|under|above|over|exceed <N> [in the|at] <O> [{glue}] <Y>",
        "<Y> at <N>",
        "<Y> at <N> in the <O>",
        "<O> at <N>",
        "<Y> <O> at <N>",
        "<E> [{glue}] <Y>",
        "<Y> [at|,] <E>",
        "@later than|earlier than|sooner than <N> (in the|at|this) <O> [{glue}] [<Y>]",
        "@later than|earlier than|sooner than <N> <O> [{glue}] [<Y>]",
        "<N> o'clock <O>",
        "@forward to|ahead to|back to|later to|wait until|off to <N> [in the|at] <O> [{glue}]"
        " [<Y>]",
        "12 o'clock <O>",
        "!to|than|below|under|above|over|exceed <N> <O>",
        "!to|than|below|under|above|over|exceed <N> [on] <Y>",
        "!to|than|below|under|above|over|exceed <N> [on] <Y> [in the] <O>",
    ),
    "counted.-1": (
        "!for|of|last|first|about|in|the|next|at least|during|over|within <U> (before|ahead of"
        "|prior to|to) [the] [<Y>] <E> [<Y>]",
        "!for|last (about|around|roughly|approximately|some|exactly) <U> (before|ahead of"
        "|prior to) [the] <E>",
    ),
    "counted.1": (
        "!for|of|last|first|about|in|the|next|at least|during|over|within <U> (after|past"
        "|following) [the] [<Y>] <E> [<Y>]",
        "!for|last (about|around|roughly|approximately|some|exactly) <U> (after|past"
        "|following) [the] <E>",
    ),
    "later": (
        "in [about|around|exactly|roughly] <U> ['s|'] [time] [or so]",
        "<U> (from now|hence)",
        "after [waiting [for]|about|roughly] [another] <U>",
        "wait [for] [another|about] <U> [first]",
        "<U> from now",
        "(with|after) a [delay of] <U> [delay|wait|pause]",
        "(delayed|postponed|deferred|put off) [by|for] <U>",
        "[but] (give|leave|leaving|giving) (it|them|that|me|us) [for] [about|another] <U> [first]"
        " [,|and] [before|then]",
        "[but] (hang on|hold on|hold off|sit tight|pause) [for] [about|another] <U> [first]"
        " [,|and] [before|then]",
        "[but] not (for|within|in|inside) (another|at least|the next|a good|) <U>",
    ),
    "amount.Q.250": ("<N> quarters",),
    "amount.Q.1000.1/3": ("a third", "one third", "<N> third"),
    "amount.Q.1000/3": ("<N> thirds",),
    "amount.U.1000.1/2": ("half a second",),
    "amount.Q.100": (
        "(a|one) tenth",
        "<N> tenths",
    ),
    "amount.Q.200": (
        "(a|one) fifth",
        "<N> fifths",
    ),
    "later.that": ("that <O>",),
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
}
