"""English: what is striven for."""

from __future__ import annotations

PHRASES: dict[str, tuple[str, ...]] = {
    "goal.minimize.co2": (
        "(whatever|whichever|what) ('s|is|works out|comes out|turns out) [to be] [the] (greener"
        "|cleaner|greenest|more sustainable|better for the climate)",
        "(help|protect|spare|save|saving|helping|protecting) the (climate|planet|environment"
        "|earth)",
        "do the (planet|climate|environment) a (favour|favor)",
        "(be|being) (nice|kind|good|gentle|friendly|nicer|kinder|considerate) (to|towards|with) the"
        " (environment|planet|climate|earth)",
        "(think|thinking|mindful) of the (planet|climate|environment|earth|carbon)",
        "(emit|emitting|pollute|polluting|produce|producing) (less|as little {aspossible}|fewer)",
        "({be}|live|living|go|do|run|do it|do this) [a bit|a little|more|much|lot] (greener"
        "|more sustainable|more sustainably|more eco-friendly|more climate-friendly)",
        "(cause|causing|generate|create|creating|put out|release) [as] (little|less|the least|least"
        "|few|fewer|the fewest) (carbon|co2|emissions|pollution|greenhouse gas|greenhouse gases)"
        " [{aspossible}]",
        "(for the sake of|for|with an eye on) the (planet|climate|environment)",
        "(sustainably|in [the|a] (most sustainable|sustainable|green|greenest|eco-friendly|most"
        " eco-friendly|climate-friendly|environmentally friendly) (way|manner|fashion))",
        "(greener|eco mode for the planet)",
        "(keep|make|do|have) (it|this|that|things|everything) [all] (green|clean|sustainable)",
        "(make|making) ... (greener|more sustainable|more eco-friendly|more climate-friendly|"
        "climate-friendly)",
        "(bring|get|keep|push|drive|take) [our|my|the] (carbon|co2|climate|) (footprint|emissions"
        "|impact) (down|low|small|lower)",
        "(with|on|using|from|use) (green|clean|renewable|carbon-free|low-carbon) (power"
        "|electricity|energy|current)",
        "[(when|whenever|while|once|if)] {power} ('s|is|are|will be|gets) [at] [its|the|their]"
        " [very] (cleanest|greenest|least dirty|most renewable|most green|lowest carbon|least"
        " polluting|lowest-carbon|greener|least carbon intensive|least carbon-intensive)",
        "[at|in|during|with|using|on|use|from] [the|its] [very] (greenest|cleanest|lowest-carbon"
        "|lowest carbon|most sustainable|most eco-friendly|most climate-friendly|least polluting"
        "|most environmentally friendly) [possible|available] (time|power|electricity|energy|hours"
        "|hour|slot|way|moment|times|option|mix|window|period) [possible] [to]",
        "as (green|greenly|clean|cleanly|eco-friendly|climate-friendly|sustainable|sustainably|eco"
        "|environmentally friendly|ecological|ecologically|low-carbon|environmentally-friendly"
        "|climate friendly|climate-neutral|planet-friendly) {aspossible}",
        "with [as] (little|few|the least|least|the fewest|the lowest|lowest|minimal|low) [a]"
        " [possible] (carbon|co2|emissions|carbon emissions|co2 emissions|carbon footprint"
        "|footprint|climate impact|environmental impact) [{aspossible}]",
        "(least|lowest|fewest|lowest possible|minimal|minimum|as little|as few|smallest|the least)"
        " [possible] (carbon|co2|emissions|carbon emissions|footprint|carbon footprint|co2"
        " emissions|climate impact|environmental impact) [{aspossible}]",
        "(reduce|reducing|cut|cutting|lower|lowering|minimise|minimize|shrink|minimizing|shrinking"
        "|minimising|decrease|bring down|keep down|slash|trim) [down] [on] [my|our|the|its|as much]"
        " [as] [many|much] (carbon footprint|carbon|emissions|co2|co2 emissions|carbon emissions"
        "|footprint|climate impact|environmental impact|greenhouse gases) [{aspossible}]",
        "(emit|emitting|produce|cause|causing|producing) [as] (little|less|the least|least|few"
        "|fewer|the fewest) (carbon|co2|emissions|greenhouse gas) [{aspossible}]",
        "(climate-friendly|climate friendly|eco-friendly|environmentally friendly|greenly)",
        "(best|good|better|kind|kindest|easy|easiest) (for|to|on) the (climate|planet|environment)",
        "keep [our|my|the] (carbon footprint|emissions|footprint) (small|low|down|as low"
        " {aspossible}|as small {aspossible})",
        "(the greenest|greenest) [way|possible] [to]",
        "go (green|as green {aspossible})",
    ),
    "goal.minimize.peak_power": (
        "(no|any|without|avoid|avoiding|prevent|not cause|not to cause|not make|not create"
        "|not causing|don't cause|don't create|to cause) [any] [sudden|big|large|high|sharp|nasty"
        "|huge|unnecessary|load|power|demand] (peaks|peak|spikes|spike|surges)",
        "(no|any|avoid|avoiding|prevent) (sudden|big|large|high|sharp|nasty|huge|unnecessary) [load"
        "|power|demand] (peaks|peak|spikes|spike|surges)",
        "({not}|avoid|without) (draw|drawing|pull|pulling|use|using|take|taking) [too much|so much"
        "|that much|everything|a lot|all that power] [power|electricity] (at once|in one go|at the"
        " same time|at a time)",
        "(don't|do not|not|never|without|avoid) (let|run|have|switch|turn|put|start|switching"
        "|turning|running|starting|letting|having) (everything|all of it|it all|all|too many things"
        "|several things|all the (appliances|machines|devices|big things|big ones|big consumers))"
        " [on|run|running|going|start|come on] (at once|at the same time|together|in one go"
        "|simultaneously|in parallel)",
        "(run|running|start|starting|have|do|one) [the|our|all] [big] (appliances|machines|devices"
        "|consumers|things) (one at a time|one by one|one after the other|one after another)",
        "(spread|spreading|distribute|distributing) [out] (things|everything|it|the (appliances"
        "|machines|load|consumption|demand)) [out|evenly|over the day|across the day]",
        "keep [the|our] (load|draw|demand|load curve|consumption|power draw|curve) [as|nice and]"
        " (flat|even|level|steady|smooth|constant) [{aspossible}]",
        "(don't|do not|not) [let|run|have|switch on] (everything|all of it|it all|all) [run|going|"
        "on|running] (at once|at the same time|together|in one go)",
        "(stop|keep|prevent) the (load|demand|draw) [from] (spiking|peaking)",
        "(so|so that) [the] (peaks|peak|spikes) (stay|stays|are|is|remain) (small|low|minimal)",
        "(minimise|minimize|reduce|lower) the (maximum|highest|top) (load|power|draw|demand)",
        "(stagger|staggering) [things|everything|it|them]",
        "(no|without|avoid|avoiding|prevent|preventing|avoids) [any|big|large|causing] [power"
        "|load|demand|consumption] (spikes|peaks|spike|peak|power peaks|load peaks)",
        "(flatten|flattening|smooth|smooth out|smoothing|level|level out|even out|spread|spread out"
        "|shave|reduce|lower|minimise|minimize|spreading|cut|keep down|limit|cap|balance out|clip)"
        " [our|the|my] [house's|whole house|house|household|total|overall|power|] (load|demand|peak"
        "|peaks|power draw|load curve|peak load|peak power|consumption curve|power use|peak demand"
        "|power peaks|draw|spikes|curve|load peaks|power peak|consumption) [out|evenly]",
        "(lowest|minimal|smallest|as low a|minimum|the lowest|the smallest) [possible] (peak"
        "|peaks|power peak|peak load|peak power|peak demand|load peak) [{aspossible}]",
        "keep [the|our] (peak|peaks|peak load|peak power|load peaks|power peaks|peak demand|load)"
        " (low|down|as low {aspossible}|flat|small|to a minimum|as flat {aspossible}|as small"
        " {aspossible}|even|steady)",
        "(don't|do not) (overload the house|all run at once|run everything at once)",
        "as flat a load {aspossible}",
        "peak shaving",
    ),
    "goal.minimize.grid_import": (
        "(spare|sparing|relieve|relieving|unburden) {grid} [as (much|far) {aspossible}]",
        "[(need|draw|take|get|pull|use|buy|import|want|have)] [as] (little|the least|least|the"
        " minimum|a minimum|next to nothing) [possible] [power|electricity|energy|current]"
        " [{aspossible}] [to (come|be (drawn|taken|bought|used)|flow)] (from|off|out of|via)"
        " {grid}",
        "(get by|get along|manage|do|cope|go|live) without {grid} [power|electricity] [(as (much"
        "|far|long|often) {aspossible}|where possible|wherever possible|mostly|if possible)]",
        "[as] (little|less|least|minimal) grid {aspossible}",
        "(a bit|much|lot|) less [of the] grid",
        "(avoid|avoiding) {grid} [power|electricity] [as much {aspossible}|where possible|"
        "wherever possible|if possible]",
        "(buy|import|purchase|buying|importing) [as] (little|less|the least) [power|electricity|"
        "energy] [{aspossible}]",
        "(use|using|with) (hardly any|barely any|next to no|minimal|very little) (grid|mains)"
        " [power|electricity|energy]",
        "without (drawing|taking|using|buying|pulling) [much|too much|a lot|any more than needed]"
        " [power|electricity] (from|off) {grid}",
        "as independently [of|from] [{grid}] {aspossible}",
        "keep [grid] imports (down|low|to a minimum|small)",
        "(minimise|minimize|reduce|cut) [what (we|i) (buy|purchase|pull|take) (from|off)|"
        "purchases from|buying from|power from] {grid}",
        "{not} [rather] (buy|use|take|draw|pull) [any|much] grid (power|electricity|energy)",
        "(draw|use|take|import|pull|buy|rely on|using|drawing|importing|taking|buying|pulling|need"
        "|depend on|relying on|consume|lean on|depending on|tap) [as] [(little|less|the least|least"
        "|minimal|very little)] [(power|energy|electricity|of it)] [from|on|off|of] {grid} [power"
        "|electricity|energy] [as] [(little|minimally|less|the least)] [{aspossible}]",
        "(as|) (little|less|the least|least) [grid|mains|] [(power|energy|electricity|import"
        "|imports)] [from|on|of|off] {grid} [{aspossible}]",
        "(as|) (little|less|the least|least) grid (power|energy|electricity|import) [{aspossible}]",
        "(off|independent of|independent from|off of|away from|less dependent on|not dependent on)"
        " {grid} [(as (much|far|often|long) {aspossible}|power)]",
        "(stay|go|be|keep|run|staying|running|live|get|become) [us|the house|as|] [as] (off-grid"
        "|off grid|self-sufficient|independent|autonomous|self sufficient|grid-independent|off the"
        " grid|independent of the grid) [as (much|far|long|often)|] [{aspossible}]",
        "(minimise|minimize|reduce|cut|lower|avoid|limit) [the|our|] (grid import|grid imports|grid"
        " use|grid usage|grid consumption|imports from the grid|import from the grid|what we draw"
        " from the grid|grid power|grid draw|grid dependence)",
        "as (independent|self-sufficient|autonomous|autarkic) [of|from] [{grid}] {aspossible}",
        "(maximum|most) (self-sufficiency|independence|autarky)",
        "as independent {aspossible} [of|from] [{grid}]",
        "as (self-sufficient|autonomous) {aspossible}",
        "(draw|use|take|import|pull|buy|rely|drawing|importing|taking|buying|pulling|consume"
        "|lean) [as] (little|less) {aspossible} (from|on|off|of) {grid}",
    ),
    "goal.minimize.latency": (
        "(react|respond|reacting|responding|reacts|responds|answer|reply) [a bit|much|lot|even]"
        " (faster|quicker|more quickly|sooner|more promptly|more swiftly)",
        "(faster|quicker|shorter|speedier|snappier|prompter|better) (response|responses|reaction"
        "|reactions|response time|response times|reaction time)",
        "as (quick|fast|swift|prompt) {aspossible} (to|in|at) (react|respond|answer|reacting"
        "|responding)",
        "(the|) (response|reaction|responses|reactions) [(should|must|has to|needs to|to)] [be] as"
        " (fast|quick|short|snappy|prompt) {aspossible}",
        "(react|respond|reply|answer|replying|answering) as (fast|quickly|quick|rapidly|swiftly"
        "|promptly) {aspossible}",
        "(get rid of|no more|remove|less|without|fix) [the|this|that|any|all the] (lag|delay"
        "|latency|delays)",
        "[the] (snappiest|most responsive|zippiest|quickest to react|fastest to react) [possible]",
        "(react|reacting|respond|responding|reacts|responds) (instantly|immediately|at once|"
        "without (delay|lag)|in a flash|straight away|in no time)",
        "without (any|the slightest|much) (lag|delay)",
        "(as fast|as quickly|as quick) as (you|it) can (react|respond)",
        "(fastest|quickest|lowest|shortest|least|minimum|minimal|as little) [possible] (response"
        "|reaction|latency|delay|response time|reaction time|lag) [{aspossible}]",
        "(react|respond|reacting|responding|reacts|responds|act|answer|detect) [as] (fast"
        "|quickly|quick|rapidly|swiftly|promptly) {aspossible}",
        "(as fast|as quickly|as quick|as soon|as rapidly|as swiftly|as promptly) {aspossible}",
        "asap",
        "(with|) (the|) least delay",
        "(no|without|minimal) (delay|lag|delays|lags)",
        "as (responsive|snappy) {aspossible}",
        "with as little (delay|lag|latency) {aspossible}",
        "(fastest|quickest) (response|possible)",
        "(minimise|minimize|reduce|cut|lower) [the] (latency|delay|lag|response time|reaction"
        " time)",
        "(respond|react) (fastest|quickest|instantly|immediately)",
    ),
    "goal.minimize.noise": (
        "(no|no more|without|avoid|avoiding|stop the|less|cut the|cut out the) [any|much|all that"
        "|too much|unnecessary|all the] (racket|noise|din|row|loud noises|noises|banging)",
        "as (quiet|silent) as a (mouse|church mouse|church|whisper|grave)",
        "like a (mouse|church mouse)",
        "(i|we) (need|want|'d like|would like|'d love|could do with|could use|would love) [it]"
        " [some|a bit of|a little|complete|absolute|to be|to have] [really|very|nice and] (quiet"
        "|silence|silent|peace|peace and quiet|hush)",
        "(silence|peace and quiet|hush|pipe down|keep quiet|stay quiet|stay silent|be silent)"
        " [please]",
        "({be}|make it|a bit|little|much) (quieter|more quiet|less noisy|less loud)",
        "(without|no|not|don't|do not) (making|make) [a|any|much|too much] (racket|noise|din|"
        "sound|row|fuss)",
        "(with|making) (hardly any|barely any|next to no|as good as no|very little) (noise|sound)",
        "(don't|do not|not) be [too|so] (loud|noisy)",
        "as (noiseless|hushed|soundless|inaudible|soft) {aspossible}",
        "(keep|make|have) (it|things|everything|the house|this) [nice and] (quiet|hushed|silent|"
        "soundless|quieter)",
        "noise (should|must|has to) be [kept] (minimal|low|as low {aspossible}|at a minimum|to a"
        " minimum)",
        "(inaudibly|hushed|barely audible)",
        "(quietly|silently|noiselessly)",
        "as (quietly|quiet|silently|silent|noiselessly|softly) {aspossible}",
        "(quietest|most quietly|most silently|quietest possible|the quietest|most silent)"
        " [possible] [way|possible|mode|time|hours|slot] [to]",
        "(with|make|making) [as] (little|the least|least|minimal|less|minimum) [possible] noise"
        " [{aspossible}]",
        "(least|minimal|minimum|lowest|as little|less) [possible] (noise|noise level|sound"
        "|racket) [{aspossible}]",
        "(minimise|minimize|reduce|keep down|cut|lower) [the] (noise|noise level|racket)",
        "(keep|keeping|be) [it|the house|everything|things|the noise|noise] (quiet|silent|nice and"
        " quiet|as quiet {aspossible})",
        "(keep|keeping|be) (it|the house|everything|things|the noise|noise) (down|low|to a minimum"
        "|as low {aspossible})",
        "(without|no|with no|without making|without any|without much) [making] [any|much] noise",
        "(nice and|very|really) quiet",
        "quiet (please|mode|program|programme|operation|cycle)",
        "(be|and) quiet",
        "(without|not) [being] [too] (loud|noisy)",
    ),
    "goal.maximize.solar_use": (
        "(on|with|using|from|off) {sun} (if|where|whenever|when|wherever) [at all|it's|that's]"
        " possible",
        "(let|have) {sun} do [all|most of|as much of|the bulk of] [the] (work|job|heavy lifting)"
        " [{aspossible}]",
        "(take|taking|make|making) (advantage|use) of {sun}",
        "(use|using|burn|take) (all|every bit of|everything|whatever|what|as much as) [{sun}|of"
        " {sun}] [(that|)] (we|you|the (roof|panels|sun)) (get|gets|have|make|makes|can get|give|"
        "gives|give us|gives us|produce|produces|can) [first|us]",
        "(use|using) all [of] {sun} [that] (we|you) (get|have|can get|make|produce|can)",
        "{sun} (wherever|whenever|where) (possible|you can|we can|it can)",
        "(more|mostly) {sun}",
        "as much as (you|we) can [out] (of|from) {sun}",
        "get as much as (you|we) can out of {sun}",
        "{sun} [should (come|go|be used)] (before|ahead of|rather than|over|instead of) {grid}",
        "(lean|depend|count|rely) [mostly|mainly|more|as much {aspossible}] on {sun}",
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
        "(make|making) (the most|the best use|the best|best use|maximum use|good use|full use)"
        " [(use|out)] [of|out of] {sun}",
        "(use|using|consume|consuming|take|get|soak up|burn|harvest|catch|grab|eat|run on) as much"
        " [(of|)] {sun} [{aspossible}]",
        "[with|from|on|using|by|off] as much [of] {sun} {aspossible}",
        "as much {sun} as (we|i|you) can get",
        "[on|with|from|using|use|rely on|by|off|run on] [as] (preferably|mostly|ideally|mainly"
        "|primarily|largely|as far as possible|as much as possible|preferentially) [on|with"
        "|from|using|use|by|off] {sun}",
        "(prefer|preferring|favour|favor|prioritise using|prioritize using|maximise|maximize"
        "|maximising|maximizing|boost|increase|raise) [the|our|using|use of] [own] {sun} [use"
        "|usage|self-consumption|self consumption|consumption|utilisation|share|power]",
        "(maximise|maximize|increase|boost|raise|most|highest|the most|best) [our|the|] [possible]"
        " (self-consumption|self consumption|solar share|self-use)",
        "use [up] [all] [(of|)] {sun} (as much|as far|as well|whenever|where) {aspossible}",
        "(on|with|from|using) {sun} (preferably|for preference|by preference|ideally|where possible"
        "|if possible|whenever possible|as (much|far) {aspossible}|when possible|wherever possible"
        "|first|for the most part)",
        "[run] [as much] (off|on|from) {sun} (as much|as far) {aspossible}",
        "waste (no|none of the|as little) [of] [our] {sun} [as possible]",
        "use {sun} first",
        "{sun} (should|can|could|must|shall|to|do|does|does the|will|may) ... as (much|far) ..."
        " {aspossible}",
        "(let|have|make) {sun} (do|cover|charge|power|run|supply|handle|provide) ... as (much|far)"
        " [of it] {aspossible}",
        "(maximise|maximize|increase|boost) what (we|i) (use|get|take|draw) (of|from) {sun}",
        "[our|the] own (power|energy|electricity) (from the roof|from the panels|from the sun)"
        " (first|{aspossible}|as much {aspossible})",
        "{not} waste [any|any of] {sun}",
        "not let [any] {sun} go to waste",
        "[on|with|from|using|use] {sun} as (far|much) {aspossible}",
    ),
    "goal.maximize.comfort": (
        "all the comfort [that] (you|we) can [give|get|have|manage] [us|me]",
        "(nothing but|only) the best comfort",
        "as (comfortable|comfortably|comfy|pleasant|cosily comfortable) {aspossible}",
        "(most|maximum|maximal|highest|max|greatest|utmost|best) [possible] (comfort|cosiness"
        "|comfortable|comfortably)",
        "(maximise|maximize|maximising|increase|boost) [the|our] comfort",
        "(with|for) (the most|maximum|as much) comfort [{aspossible}]",
        "as much comfort {aspossible}",
    ),
    "goal.maximize.privacy": (
        "(respect|protect|guard|keep|look after) [our|my|the] privacy (as much|as well|as far)"
        " {aspossible}",
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
        "(get|getting|have) [our|the] (energy|power|electricity) (use|usage|consumption|management)"
        " [all] (sorted|under control|in order|in shape|organised|organized|right)",
        "(organise|organize|sort out|get a grip on|handle|plan|steer|coordinate) [our|the] (energy"
        "|power|electricity) [use|usage|consumption] [smartly|cleverly|sensibly|well|wisely|better"
        "|intelligently]",
        "(use|using) [our|the] (energy|power|electricity) (smarter|more cleverly|more intelligently"
        "|better|more sensibly)",
        "{opt} how [the|our] (<A>|house|home|place) (uses|use) (energy|power|electricity)",
        "(run|running) (things|everything|it|the house) (efficiently|more efficiently|as"
        " efficiently {aspossible})",
        "[top|first|highest|main|my|our] priority [is|:|for|on|tonight|today|in|here|should be"
        "|goes to] [the] (energy|efficiency|energy efficiency)",
        "(energy|efficiency|energy efficiency) (is|has|gets|is our|as) [the|my|our|a|as] [top"
        "|first|highest|main] (priority|prio)",
        "(energy|efficiency|energy efficiency) {counts}",
        "(energy|efficiency|energy efficiency) matters (most|more|above all)",
        "{opt} [the|our|my|how] [we use|i use] {energyx} [over {aimx}]",
        "(make|making|get) [the|our] {energyx} [as] [more] (efficient|effective|smart|smarter"
        "|efficiently) [{aspossible}]",
        "{energyx} (first|comes first|is the priority|is my priority|has priority|is key|goes"
        " first)",
        "(use|using) (energy|power|electricity) (more|as) (efficiently|wisely|smartly)"
        " [{aspossible}]",
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
        "(cost|costs|money|price) {counts}",
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
        "comfort {counts}",
        "comfort {be} (more|far more|much more) important than {aimx}",
        "[top|first|highest|main|my|our] priority [is|:|for|on|tonight|today|in|here|should be"
        "|goes to] [the] comfort",
        "comfort (is|has|gets|is our|as) [the|my|our|a|as] [top|first|highest|main] (priority"
        "|prio)",
        "comfort matters (most|more|above all)",
        "{opt} [the|our|my] [for] (comfort|comfort level|comfort levels|cosiness) [over {aimx}]",
        "comfort (first|comes first|is the priority|is my priority|has priority|is key|matters"
        " most)",
        "comfort (over|above|before) (everything|everything else|all else|all|{aimx})",
        "{opt} [the|our|my] (house|home|everything|system|it|<A>|devices) for comfort",
        "comfort (before|over) {aimx}",
    ),
    "goal.optimize.privacy": (
        "privacy {counts}",
        "privacy {be} (more|far more|much more) important than {aimx}",
        "[top|first|highest|main|my|our] priority [is|:|for|on|tonight|today|in|here|should be"
        "|goes to] [the] privacy",
        "privacy (is|has|gets|is our|as) [the|my|our|a|as] [top|first|highest|main] (priority"
        "|prio)",
        "privacy matters (most|more|above all)",
        "{opt} [the|our|my] [for] privacy [over {aimx}]",
        "privacy (first|comes first|is the priority|is my priority|has priority|is key|matters"
        " most)",
        "privacy (over|above|before) (everything|everything else|all else|all|{aimx})",
        "{opt} [the|our|my] (house|home|everything|system|it|<A>|devices) for privacy",
        "privacy (before|over) {aimx}",
    ),
    "goal.optimize.latency": (
        "(latency|speed|response time) {counts}",
        "[top|first|highest|main|my|our] priority [is|:|for|on|tonight|today|in|here|should be"
        "|goes to] [the] (latency|speed|response time)",
        "(latency|speed|response time) (is|has|gets|is our|as) [the|my|our|a|as] [top|first"
        "|highest|main] (priority|prio)",
        "(latency|speed|response time) matters (most|more|above all)",
        "{opt} [the|our|my] [for] (latency|response time|response times|reaction time|speed"
        "|responsiveness|delay|delays|reaction times|reactions) [over {aimx}]",
        "(latency|speed|response time|responsiveness) (first|comes first|is the priority|has"
        " priority|is key|matters most)",
        "(speed|latency) (over|above|before) (everything|everything else|all else|all|{aimx})",
        "{opt} [the|our|my] (house|home|everything|system|it|<A>|devices) for (speed|latency)",
        "(speed|latency) (before|over) {aimx}",
    ),
    "goal.optimize.balanced": (
        "(something|somewhere|a place|a point|half way|halfway|midway) [in] between (<G>"
        "|{aimy}) and"
        " (<G>|{aimy})",
        "[(find|strike|get|keep|look for|seek|need|want|like|for)] [us|me] [a|the|some] [good|right"
        "|nice|fair|healthy|sensible|reasonable|best|sound] (balance|compromise|trade-off|tradeoff"
        "|middle way|middle ground|happy medium|best of both|best of both worlds) (between|of)",
        "&(balance|balancing|weigh|weigh up) {aimx} [in|of|for] [the|my|our] <A> (and|with|against)"
        " {aimx}",
        "(something|somewhere|a place|a point|a mix|half way|midway) [in] between {aimy} and"
        " {aimy}",
        "(meet|meeting|stay|stop) [me|us|] (in the middle|halfway) [between {aimx} and {aimx}]",
        "(both|best of both) {aimx} and {aimx}",
        "(a|the|good|right|nice|fair) (mix|blend|combination|balance|compromise) (of|between)"
        " {aimx} and {aimx}",
        "{not} too {aimy} [and|,|but] [yet|but|still] [not too] {aimy} [,|-|:] [please] (find|a"
        "|strike|get) (the|a) [good|right] (balance|compromise|mix)",
        "[the|a] (sweet spot|golden mean|right mix|happy middle) [between {aimx} and {aimx}]",
        "somewhere (in the middle|in between|halfway) [between {aimx} and {aimx}]",
        "(find|strike|get|keep|a|the|with|need|want|seek|looking for) [us|me|a|the|for] [a|the]"
        " [good|right|nice|fair|healthy|sensible|reasonable|best] (balance|compromise|trade-off"
        "|tradeoff|middle ground|middle way|happy medium|mix) [between {aimx} and {aimx}|of {aimx}"
        " and {aimx}]",
        "(balance|balancing|weigh|weigh up|compromise between|balance between|trade off) [out"
        "|up] {aimx} (and|with|against|versus|vs) {aimx}",
        "(a|good|fair|) (compromise|balance|trade-off|middle ground) between {aimx} and {aimx}",
        "[the] best of both [worlds] [(between|of|,|:|-|for) {aimx} and {aimx}]",
        "both {aimx} and {aimx} (in balance|balanced)",
        "balanced",
        "{opt} both {aimx} and {aimx}",
    ),
    "goal.keep.security": (
        "(make sure|ensure|see to it|see) [that] (we|we're|the kids|everyone|everybody|everything)"
        " [are|is|'re|stay|stays] [all] (safe|secure|safe and sound)",
        "(keep|keeping) [any|the|all] (burglars|intruders|thieves|strangers|unwanted visitors) (out"
        "|away|at bay|off)",
        "(look after|take care of|take good care of|mind|watch over) [the|our] (house|home|place"
        "|property|flat) [for us|for me]",
        "(protect|protecting|guard|guarding|safeguard|secure|securing) [the|our] (house|home|"
        "place|property|family|flat)",
        "(make|making) [the|our] (house|home|place|flat) (safe|secure|safe and sound|"
        "burglar-proof)",
        "keep (us|the family|everyone) (safe|secure|safe and sound)",
    ),
}
