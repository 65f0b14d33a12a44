"""English: what is striven for."""

from __future__ import annotations

PHRASES: dict[str, tuple[str, ...]] = {
    "goal.minimize.cost": (
        "without (breaking the bank|it costing (a fortune|the earth|an arm and a leg|much)|burning"
        " a"
        " hole in (my|our) (pocket|wallet)|ruining (me|us)|paying over the odds|splashing out)",
        "(costing|cost|spend|spending|pay|paying) (a pittance|peanuts|pennies|next to nothing|the"
        " bare"
        " minimum)",
        "(as|be|being|is) (thrifty|frugal|sparing|careful with money|stingy|economical"
        "|tight-fisted)"
        " [with (money|the bill|our money|the budget)] [as|about it] [{aspossible}]",
        "(easy|light|kind|gentle) on (my|our|the) (wallet|purse|budget|pocket|bank account)",
        "(keep|watch|mind) (an eye on|) (the|our|my) (pennies|budget|costs|cost|bill|wallet)",
        "(cheap as chips|dirt cheap|dirt-cheap|on a shoestring|on a budget|the cheaper the better"
        "|whatever's cheapest|whatever is cheapest|whatever works out cheapest)",
        "(at|for|with|choose|take|pick|find [me|us]) [the] (cheapest|least expensive|most"
        " affordable)"
        " [possible] (slot|time|moment|hour|hours|rate|price) [going|there is|you (can|) find]",
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
        "[(when|whenever|while|at the time when|at a time when|once|if|at times when|when "
        "the)] {power} ('s|is|are|will be|costs|gets) [at] [its|the|their] [very] (cheapest"
        "|lowest|least expensive|cheapest rate|lowest price|least costly|most affordable)",
        "[at|in|during|for|on|with|using|use|take|pick|find|choose|get] [the|its] [very"
        "|absolute] (cheapest|lowest cost|lowest-cost|lowest|least expensive|best|most "
        "economical|most affordable|least costly) [possible|available] (price|rate|time|times"
        "|slot|hour|hours|tariff|way|cost|power|electricity|energy|rates|prices|moment|option"
        "|window|period|slots|bill|point|spot) [possible] [of the (day|night)] [to]",
        "[the] cheapest [way|possible|option] [to]",
        "when it's cheapest",
        "as (cheaply|cheap|inexpensively|economically|inexpensive|affordably) {aspossible}",
        "(for|as|costing|spending|spend|pay|paying|with|at) [as] (little|low a cost|low cost"
        "|little money|little cost|low a price) [money] {aspossible}",
        "(cost|spend|pay|spending|paying|costs|costing) [as] (little|least) [money] [{aspossible}]",
        "for the least (money|cost|amount of money)",
        "(save|saving|saves) [me|us] [some|as much|the most|a bit of|a little|lots of|more|] "
        "(money|cash|on the bill|on the electricity bill|on electricity costs|on costs|on our "
        "bill) [{aspossible}] [on heating]",
        "(save|saving) as much [money] {aspossible}",
        "(spend|spending|pay|paying) [me] less [money] [on|for] [power|electricity|energy|the "
        "bill|heating]",
        "(cut|cutting|reduce|reducing|lower|lowering|shrink|minimise|minimize|slash|bring down"
        "|trim|keep down|minimizing|minimising|get down|decrease|decreasing|squeeze|drop) [my"
        "|our|the|down] [my|our|the|] [energy|electricity|power|running|heating|total|utility] "
        "(bill|bills|cost|costs|spending|spend|expenses|price|expenditure) [down|low]",
        "(keep|get|bring|push) [my|our|the] [energy|electricity|power|running|heating] (bill"
        "|bills|cost|costs|spending) [as] (low|down|minimal|to a minimum|small) [{aspossible}]",
        "(lowest|minimal|minimum|least|smallest) [possible] (cost|bill|price|costs)",
        "most (cheaply|economically)",
        "on the cheap",
        "cost as little {aspossible}",
        "cheaply",
        "(spend|spending|pay|paying|cost|costing) the (least|minimum|absolute minimum) [money"
        "|amount]"
        " [that] [(you|we|i|it) can|possible|{aspossible}]",
        "(keep|make|get|do) (it|this|that|the whole thing|everything|things) [as] (cheap|low-cost"
        "|inexpensive|economical) [{aspossible}]",
        "(most cost-effective|most cost effective|most economical|thriftiest|most frugal) [way]",
        "(thriftily|frugally|economically|cost-effectively)",
    ),
    "goal.minimize.energy": (
        "without (wasting|using|burning) [any|much|too much|more] (power|energy|electricity) "
        "[than (necessary|needed)]",
        "(go|be) (easy|economical|sparing|thrifty|careful|frugal) (on|with) [the|our] "
        "(electricity|energy|power|juice)",
        "(consume|burn|use) (less|fewer|as little {aspossible}) [juice|energy|power|electricity|"
        "kilowatt hours]",
        "(with|at|on|keep consumption to|keep use to) [a|the] (minimum|minimal|lowest|least|low) "
        "[of] (consumption|energy|usage|power use|energy use)",
        "[in] [an|the] [most] (energy-saving|energy saving|power-saving|energy-efficient) "
        "[possible] (way|mode|manner|fashion|setting|please)",
        "(reduce|cut|lower|limit) how much (electricity|energy|power) [(we|it|the house) (use|"
        "uses|need|needs)]",
        "(use|using) (electricity|energy|power) sparingly",
        "keep [our|the|its] (consumption|usage|energy use|power use) (low|down|to a minimum|as "
        "low {aspossible}|minimal)",
        "(burning|using|consuming|needing) less (energy|electricity|power)",
        "(bring|get|push|drive|take) [our|my|the] (energy|power|electricity|) (use|usage"
        "|consumption) (down|low|lower)",
        "(save|saving|conserve|conserving) [as much|some|more|a bit of|the most|] (energy"
        "|electricity|power) [{aspossible}]",
        "(use|using|consume|consuming|need|waste|wasting|spend|burn) [as] (little|less|the "
        "least|least|minimal|minimum|a minimum of|fewer|the least amount of) (energy"
        "|electricity|power|kilowatt hours|watts|kwh) [{aspossible}]",
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
    "goal.minimize.co2": (
        "(sustainably|in [the|a] (most sustainable|sustainable|green|greenest|eco-friendly|most "
        "eco-friendly|climate-friendly|environmentally friendly) (way|manner|fashion))",
        "(greener|eco mode for the planet)",
        "(keep|make|do|have) (it|this|that|things|everything) [all] (green|clean|sustainable)",
        "(make|making) ... (greener|more sustainable|more eco-friendly|more climate-friendly|"
        "climate-friendly)",
        "(bring|get|keep|push|drive|take) [our|my|the] (carbon|co2|climate|) (footprint|emissions"
        "|impact) (down|low|small|lower)",
        "(with|on|using|from|use) (green|clean|renewable|carbon-free|low-carbon) (power"
        "|electricity|energy|current)",
        "[(when|whenever|while|once|if)] {power} ('s|is|are|will be|gets) [at] [its|the|their] "
        "[very] (cleanest|greenest|least dirty|most renewable|most green|lowest carbon|least "
        "polluting|lowest-carbon|greener|least carbon intensive|least carbon-intensive)",
        "[at|in|during|with|using|on|use|from] [the|its] [very] (greenest|cleanest"
        "|lowest-carbon|lowest carbon|most sustainable|most eco-friendly|most climate-friendly"
        "|least polluting|most environmentally friendly) [possible|available] (time|power"
        "|electricity|energy|hours|hour|slot|way|moment|times|option|mix|window|period) "
        "[possible] [to]",
        "as (green|greenly|clean|cleanly|eco-friendly|climate-friendly|sustainable|sustainably"
        "|eco|environmentally friendly|ecological|ecologically|low-carbon"
        "|environmentally-friendly|climate friendly|climate-neutral|planet-friendly) "
        "{aspossible}",
        "with [as] (little|few|the least|least|the fewest|the lowest|lowest|minimal|low) [a] "
        "[possible] (carbon|co2|emissions|carbon emissions|co2 emissions|carbon footprint"
        "|footprint|climate impact|environmental impact) [{aspossible}]",
        "(least|lowest|fewest|lowest possible|minimal|minimum|as little|as few|smallest|the "
        "least) [possible] (carbon|co2|emissions|carbon emissions|footprint|carbon footprint"
        "|co2 emissions|climate impact|environmental impact) [{aspossible}]",
        "(reduce|reducing|cut|cutting|lower|lowering|minimise|minimize|shrink|minimizing"
        "|shrinking|minimising|decrease|bring down|keep down|slash|trim) [down] [on] [my|our"
        "|the|its|as much] [as] [many|much] (carbon footprint|carbon|emissions|co2|co2 "
        "emissions|carbon emissions|footprint|climate impact|environmental impact|greenhouse "
        "gases) [{aspossible}]",
        "(emit|emitting|produce|cause|causing|producing) [as] (little|less|the least|least|few"
        "|fewer|the fewest) (carbon|co2|emissions|greenhouse gas) [{aspossible}]",
        "(climate-friendly|climate friendly|eco-friendly|environmentally friendly|greenly)",
        "(best|good|better|kind|kindest|easy|easiest) (for|to|on) the (climate|planet|environment)",
        "keep [our|my|the] (carbon footprint|emissions|footprint) (small|low|down|as low "
        "{aspossible}|as small {aspossible})",
        "(the greenest|greenest) [way|possible] [to]",
        "go (green|as green {aspossible})",
    ),
    "goal.minimize.peak_power": (
        "keep [the|our] (load|draw|demand|load curve|consumption|power draw|curve) [as|nice and] "
        "(flat|even|level|steady|smooth|constant) [{aspossible}]",
        "(don't|do not|not) [let|run|have|switch on] (everything|all of it|it all|all) [run|going|"
        "on|running] (at once|at the same time|together|in one go)",
        "(stop|keep|prevent) the (load|demand|draw) [from] (spiking|peaking)",
        "(so|so that) [the] (peaks|peak|spikes) (stay|stays|are|is|remain) (small|low|minimal)",
        "(minimise|minimize|reduce|lower) the (maximum|highest|top) (load|power|draw|demand)",
        "(stagger|staggering) [things|everything|it|them]",
        "(no|without|avoid|avoiding|prevent|preventing|avoids) [any|big|large|causing] [power"
        "|load|demand|consumption] (spikes|peaks|spike|peak|power peaks|load peaks)",
        "(flatten|flattening|smooth|smooth out|smoothing|level|level out|even out|spread"
        "|spread out|shave|reduce|lower|minimise|minimize|spreading|cut|keep down|limit|cap"
        "|balance out|clip) [our|the|my] [house's|whole house|house|household|total|overall"
        "|power|] (load|demand|peak|peaks|power draw|load curve|peak load|peak power"
        "|consumption curve|power use|peak demand|power peaks|draw|spikes|curve|load peaks"
        "|power peak|consumption) [out|evenly]",
        "(lowest|minimal|smallest|as low a|minimum|the lowest|the smallest) [possible] (peak"
        "|peaks|power peak|peak load|peak power|peak demand|load peak) [{aspossible}]",
        "keep [the|our] (peak|peaks|peak load|peak power|load peaks|power peaks|peak demand"
        "|load) (low|down|as low {aspossible}|flat|small|to a minimum|as flat {aspossible}|as "
        "small {aspossible}|even|steady)",
        "(don't|do not) (overload the house|all run at once|run everything at once)",
        "as flat a load {aspossible}",
        "peak shaving",
    ),
    "goal.minimize.grid_import": (
        "(avoid|avoiding) {grid} [power|electricity] [as much {aspossible}|where possible|"
        "wherever possible|if possible]",
        "(buy|import|purchase|buying|importing) [as] (little|less|the least) [power|electricity|"
        "energy] [{aspossible}]",
        "(use|using|with) (hardly any|barely any|next to no|minimal|very little) (grid|mains) "
        "[power|electricity|energy]",
        "without (drawing|taking|using|buying|pulling) [much|too much|a lot|any more than needed] "
        "[power|electricity] (from|off) {grid}",
        "as independently [of|from] [{grid}] {aspossible}",
        "keep [grid] imports (down|low|to a minimum|small)",
        "(minimise|minimize|reduce|cut) [what (we|i) (buy|purchase|pull|take) (from|off)|"
        "purchases from|buying from|power from] {grid}",
        "{not} [rather] (buy|use|take|draw|pull) [any|much] grid (power|electricity|energy)",
        "(draw|use|take|import|pull|buy|rely on|using|drawing|importing|taking|buying|pulling"
        "|need|depend on|relying on|consume|lean on|depending on|tap) [as] [(little|less|the "
        "least|least|minimal|very little)] [(power|energy|electricity|of it)] [from|on|off|of] "
        "{grid} [power|electricity|energy] [as] [(little|minimally|less|the least)] "
        "[{aspossible}]",
        "(as|) (little|less|the least|least) [grid|mains|] [(power|energy|electricity|import"
        "|imports)] [from|on|of|off] {grid} [{aspossible}]",
        "(as|) (little|less|the least|least) grid (power|energy|electricity|import) [{aspossible}]",
        "(off|independent of|independent from|off of|away from|less dependent on|not dependent "
        "on) {grid} [(as (much|far|often|long) {aspossible}|power)]",
        "(stay|go|be|keep|run|staying|running|live|get|become) [us|the house|as|] [as] "
        "(off-grid|off grid|self-sufficient|independent|autonomous|self sufficient"
        "|grid-independent|off the grid|independent of the grid) [as (much|far|long|often)|] "
        "[{aspossible}]",
        "(minimise|minimize|reduce|cut|lower|avoid|limit) [the|our|] (grid import|grid imports"
        "|grid use|grid usage|grid consumption|imports from the grid|import from the grid|what "
        "we draw from the grid|grid power|grid draw|grid dependence)",
        "as (independent|self-sufficient|autonomous|autarkic) [of|from] [{grid}] {aspossible}",
        "(maximum|most) (self-sufficiency|independence|autarky)",
        "as independent {aspossible} [of|from] [{grid}]",
        "as (self-sufficient|autonomous) {aspossible}",
        "(draw|use|take|import|pull|buy|rely|drawing|importing|taking|buying|pulling|consume"
        "|lean) [as] (little|less) {aspossible} (from|on|off|of) {grid}",
    ),
    "goal.minimize.latency": (
        "[the] (snappiest|most responsive|zippiest|quickest to react|fastest to react) [possible]",
        "(react|reacting|respond|responding|reacts|responds) (instantly|immediately|at once|"
        "without (delay|lag)|in a flash|straight away|in no time)",
        "without (any|the slightest|much) (lag|delay)",
        "(as fast|as quickly|as quick) as (you|it) can (react|respond)",
        "(fastest|quickest|lowest|shortest|least|minimum|minimal|as little) [possible] "
        "(response|reaction|latency|delay|response time|reaction time|lag) [{aspossible}]",
        "(react|respond|reacting|responding|reacts|responds|act|answer|detect) [as] (fast"
        "|quickly|quick|rapidly|swiftly|promptly) {aspossible}",
        "(as fast|as quickly|as quick|as soon|as rapidly|as swiftly|as promptly) {aspossible}",
        "asap",
        "(with|) (the|) least delay",
        "(no|without|minimal) (delay|lag|delays|lags)",
        "as (responsive|snappy) {aspossible}",
        "with as little (delay|lag|latency) {aspossible}",
        "(fastest|quickest) (response|possible)",
        "(minimise|minimize|reduce|cut|lower) [the] (latency|delay|lag|response time|reaction "
        "time)",
        "(respond|react) (fastest|quickest|instantly|immediately)",
    ),
    "goal.minimize.noise": (
        "(without|no|not|don't|do not) (making|make) [a|any|much|too much] (racket|noise|din|"
        "sound|row|fuss)",
        "(with|making) (hardly any|barely any|next to no|as good as no|very little) (noise|sound)",
        "(don't|do not|not) be [too|so] (loud|noisy)",
        "as (noiseless|hushed|soundless|inaudible|soft) {aspossible}",
        "(keep|make|have) (it|things|everything|the house|this) [nice and] (quiet|hushed|silent|"
        "soundless|quieter)",
        "noise (should|must|has to) be [kept] (minimal|low|as low {aspossible}|at a minimum|to a "
        "minimum)",
        "(inaudibly|hushed|barely audible)",
        "(quietly|silently|noiselessly)",
        "as (quietly|quiet|silently|silent|noiselessly|softly) {aspossible}",
        "(quietest|most quietly|most silently|quietest possible|the quietest|most silent) "
        "[possible] [way|possible|mode|time|hours|slot] [to]",
        "(with|make|making) [as] (little|the least|least|minimal|less|minimum) [possible] "
        "noise [{aspossible}]",
        "(least|minimal|minimum|lowest|as little|less) [possible] (noise|noise level|sound"
        "|racket) [{aspossible}]",
        "(minimise|minimize|reduce|keep down|cut|lower) [the] (noise|noise level|racket)",
        "(keep|keeping|be) [it|the house|everything|things|the noise|noise] (quiet|silent|down"
        "|low|nice and quiet|as quiet {aspossible}|to a minimum|as low {aspossible})",
        "(without|no|with no|without making|without any|without much) [making] [any|much] noise",
        "(nice and|very|really) quiet",
        "quiet (please|mode|program|programme|operation|cycle)",
        "(be|and) quiet",
        "(without|not) [being] [too] (loud|noisy)",
    ),
    "goal.maximize.solar_use": (
        "(get|getting|make) the (most|best) (out of|from|of) {sun}",
        "(take|taking) (full|the best|maximum|good) advantage of {sun}",
        "(mostly|mainly|primarily|preferably) (on|from|with) [our|the] own (power|energy|"
        "electricity) [from the (roof|panels|sun)]",
        "(put|putting) {sun} to (good|the best|full) use",
        "(use|using|burn) (up|) [our|the] own (power|energy|electricity|production) first",
        "{not} (let|letting) {sun} (go to waste|be wasted|go unused)",
        "(use|using) every (bit|drop|scrap|watt) of {sun}",
        "(better|good|best|more|full) use of {sun}",
        "live off {sun} [as (far|much|long) {aspossible}]",
        "with as much (sun|solar) power {aspossible}",
        "(make|making) (the most|the best use|the best|best use|maximum use|good use|full use) "
        "[(use|out)] [of|out of] {sun}",
        "(use|using|consume|consuming|take|get|soak up|burn|harvest|catch|grab|eat|run on) as "
        "much [(of|)] {sun} [{aspossible}]",
        "[with|from|on|using|by|off] as much [of] {sun} {aspossible}",
        "as much {sun} as (we|i|you) can get",
        "[on|with|from|using|use|rely on|by|off|run on] [as] (preferably|mostly|ideally|mainly"
        "|primarily|largely|as far as possible|as much as possible|preferentially) [on|with"
        "|from|using|use|by|off] {sun}",
        "(prefer|preferring|favour|favor|prioritise using|prioritize using|maximise|maximize"
        "|maximising|maximizing|boost|increase|raise) [the|our|using|use of] [own] {sun} [use"
        "|usage|self-consumption|self consumption|consumption|utilisation|share|power]",
        "(maximise|maximize|increase|boost|raise|most|highest|the most|best) [our|the|] "
        "[possible] (self-consumption|self consumption|solar share|self-use)",
        "use [up] [all] [(of|)] {sun} (as much|as far|as well|whenever|where) {aspossible}",
        "(on|with|from|using) {sun} (preferably|ideally|where possible|if possible|whenever "
        "possible|as (much|far) {aspossible}|when possible|wherever possible|first|for the "
        "most part)",
        "[run] [as much] (off|on|from) {sun} (as much|as far) {aspossible}",
        "waste (no|none of the|as little) [of] [our] {sun} [as possible]",
        "use {sun} first",
        "{sun} (should|can|could|must|shall|to|do|does|does the|will|may) ... as (much|far) ... "
        "{aspossible}",
        "(let|have|make) {sun} (do|cover|charge|power|run|supply|handle|provide) ... as (much|far) "
        "[of it] {aspossible}",
        "(maximise|maximize|increase|boost) what (we|i) (use|get|take|draw) (of|from) {sun}",
        "[our|the] own (power|energy|electricity) (from the roof|from the panels|from the sun) "
        "(first|{aspossible}|as much {aspossible})",
        "{not} waste [any|any of] {sun}",
        "not let [any] {sun} go to waste",
        "[on|with|from|using|use] {sun} as (far|much) {aspossible}",
    ),
    "goal.maximize.comfort": (
        "as (comfortable|comfortably|comfy|pleasant|cosily comfortable) {aspossible}",
        "(most|maximum|maximal|highest|max|greatest|utmost|best) [possible] (comfort|cosiness"
        "|comfortable|comfortably)",
        "(maximise|maximize|maximising|increase|boost) [the|our] comfort",
        "(with|for) (the most|maximum|as much) comfort [{aspossible}]",
        "as much comfort {aspossible}",
    ),
    "goal.maximize.privacy": (
        "as (private|privately|discreet|discreetly|confidential|confidentially) {aspossible}",
        "(most|maximum|maximal|highest|best|max|utmost|as much|greatest) [possible] (privacy"
        "|private|privately) [{aspossible}]",
        "(maximise|maximize|maximising|increase|protect) [the|our|my] privacy",
        "as privacy-friendly {aspossible}",
    ),
    "goal.maximize.security": (
        "(security|safety) (first|comes first|is the priority|has priority|matters most|above all|"
        "above everything)",
        "as (safe|safely|secure|securely|burglar-proof) {aspossible}",
        "(most|maximum|maximal|highest|best|max|utmost|greatest|as much) [possible] (security"
        "|safety|secure|securely) [{aspossible}]",
        "(maximise|maximize|maximising|increase|boost) [the|our] (security|safety)",
    ),
    "goal.optimize.energy": (
        "(use|using) [our|the] (energy|power|electricity) (smarter|more cleverly|more "
        "intelligently|better|more sensibly)",
        "{opt} how [the|our] (<A>|house|home|place) (uses|use) (energy|power|electricity)",
        "(run|running) (things|everything|it|the house) (efficiently|more efficiently|as "
        "efficiently {aspossible})",
        "[top|first|highest|main|my|our] priority [is|:|for|on|tonight|today|in|here|should be"
        "|goes to] [the] (energy|efficiency|energy efficiency)",
        "(energy|efficiency|energy efficiency) (is|has|gets|is our|as) [the|my|our|a|as] [top"
        "|first|highest|main] (priority|prio)",
        "(energy|efficiency|energy efficiency) matters (most|more|above all)",
        "{opt} [the|our|my|how] [we use|i use] {energyx} [over {aimx}]",
        "(make|making|get) [the|our] {energyx} [as] [more] (efficient|effective|smart|smarter"
        "|efficiently) [{aspossible}]",
        "{energyx} (first|comes first|is the priority|is my priority|has priority|is key|goes "
        "first)",
        "(use|using) (energy|power|electricity) (more|as) (efficiently|wisely|smartly) "
        "[{aspossible}]",
        "[be] [more] (energy efficient|energy-efficient|energy efficiently|energy-efficiently"
        "|efficient|efficiently)",
        "(make|making) [the] (house|home|<A>|<A>|place|it) [more] (energy efficient"
        "|energy-efficient|efficient)",
        "(improve|increase|boost|raise) [the|our] (energy efficiency|efficiency)",
        "(energy|efficiency) (over|above|before) (everything|everything else|all else|all|{aimx})",
        "{opt} [the|our|my] (house|home|everything|system|it|<A>|devices) for (energy|efficiency)",
        "(energy|efficiency) (before|over) {aimx}",
    ),
    "goal.optimize.cost": (
        "(cost|costs|money|price) {be} (more|far more|much more) important than {aimx}",
        "(keep|watch) an eye on [the|our] (cost|costs|spending|budget)",
        "(manage|watch|mind) [the|our] budget [better]",
        "[top|first|highest|main|my|our] priority [is|:|for|on|tonight|today|in|here|should be"
        "|goes to] [the] (cost|costs|money|price)",
        "(cost|costs|money|price) (is|has|gets|is our|as) [the|my|our|a|as] [top|first|highest"
        "|main] (priority|prio)",
        "(cost|costs|money|price) matters (most|more|above all)",
        "{opt} [the|our|my] [for] {costx} [over {aimx}]",
        "(make|making) [the|our] {costx} [more] (efficient|effective)",
        "{costx} (first|comes first|is the priority|is my priority|has priority|matters most)",
        "more cost-efficient",
        "as cost-efficient as possible",
        "(cost|costs|price|money) (over|above|before) (everything|everything else|all else|all"
        "|{aimx})",
        "{opt} [the|our|my] (house|home|everything|system|it|<A>|devices) for (cost|costs"
        "|price|money)",
        "(cost|costs|price|money) (before|over) {aimx}",
    ),
    "goal.optimize.comfort": (
        "comfort {be} (more|far more|much more) important than {aimx}",
        "comfort {be} what (counts|matters)",
        "[top|first|highest|main|my|our] priority [is|:|for|on|tonight|today|in|here|should be"
        "|goes to] [the] comfort",
        "comfort (is|has|gets|is our|as) [the|my|our|a|as] [top|first|highest|main] (priority"
        "|prio)",
        "comfort matters (most|more|above all)",
        "{opt} [the|our|my] [for] (comfort|comfort level|comfort levels|cosiness) [over {aimx}]",
        "comfort (first|comes first|is the priority|is my priority|has priority|is key|matters "
        "most)",
        "comfort (over|above|before) (everything|everything else|all else|all|{aimx})",
        "{opt} [the|our|my] (house|home|everything|system|it|<A>|devices) for comfort",
        "comfort (before|over) {aimx}",
    ),
    "goal.optimize.privacy": (
        "privacy {be} (more|far more|much more) important than {aimx}",
        "[top|first|highest|main|my|our] priority [is|:|for|on|tonight|today|in|here|should be"
        "|goes to] [the] privacy",
        "privacy (is|has|gets|is our|as) [the|my|our|a|as] [top|first|highest|main] (priority"
        "|prio)",
        "privacy matters (most|more|above all)",
        "{opt} [the|our|my] [for] privacy [over {aimx}]",
        "privacy (first|comes first|is the priority|is my priority|has priority|is key|matters "
        "most)",
        "privacy (over|above|before) (everything|everything else|all else|all|{aimx})",
        "{opt} [the|our|my] (house|home|everything|system|it|<A>|devices) for privacy",
        "privacy (before|over) {aimx}",
    ),
    "goal.optimize.latency": (
        "[top|first|highest|main|my|our] priority [is|:|for|on|tonight|today|in|here|should be"
        "|goes to] [the] (latency|speed|response time)",
        "(latency|speed|response time) (is|has|gets|is our|as) [the|my|our|a|as] [top|first"
        "|highest|main] (priority|prio)",
        "(latency|speed|response time) matters (most|more|above all)",
        "{opt} [the|our|my] [for] (latency|response time|response times|reaction time|speed"
        "|responsiveness|delay|delays|reaction times|reactions) [over {aimx}]",
        "(latency|speed|response time|responsiveness) (first|comes first|is the priority|has "
        "priority|is key|matters most)",
        "(speed|latency) (over|above|before) (everything|everything else|all else|all|{aimx})",
        "{opt} [the|our|my] (house|home|everything|system|it|<A>|devices) for (speed|latency)",
        "(speed|latency) (before|over) {aimx}",
    ),
    "goal.optimize.balanced": (
        "[the|a] (sweet spot|golden mean|right mix|happy middle) [between {aimx} and {aimx}]",
        "somewhere (in the middle|in between|halfway) [between {aimx} and {aimx}]",
        "(find|strike|get|keep|a|the|with|need|want|seek|looking for) [us|me|a|the|for] [a"
        "|the] [good|right|nice|fair|healthy|sensible|reasonable|best] (balance|compromise"
        "|trade-off|tradeoff|middle ground|middle way|happy medium|mix) [between {aimx} and "
        "{aimx}|of {aimx} and {aimx}]",
        "(balance|balancing|weigh|weigh up|compromise between|balance between|trade off) [out"
        "|up] {aimx} (and|with|against|versus|vs) {aimx}",
        "(a|good|fair|) (compromise|balance|trade-off|middle ground) between {aimx} and {aimx}",
        "[the] best of both [worlds] [(between|of|,|:|-|for) {aimx} and {aimx}]",
        "both {aimx} and {aimx} (in balance|balanced)",
        "balanced",
        "{opt} both {aimx} and {aimx}",
    ),
    "goal.keep.security": (
        "(protect|protecting|guard|guarding|safeguard|secure|securing) [the|our] (house|home|"
        "place|property|family|flat)",
        "(make|making) [the|our] (house|home|place|flat) (safe|secure|safe and sound|"
        "burglar-proof)",
        "keep (us|the family|everyone) (safe|secure|safe and sound)",
    ),
}
