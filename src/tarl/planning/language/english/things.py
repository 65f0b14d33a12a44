"""English: devices, places and moods."""

from __future__ import annotations

from tarl.planning.language.english import several

_JOBS = {
    "dishwasher": "(dishwasher|dish washer)",
    "washing_machine": "(washing machine|washer|laundry|wash)",
    "dryer": "(dryer|drier|tumble dryer|tumble drier)",
    "vacuum": "(hoover|vacuum|robot|vacuum cleaner|roomba|robot vacuum|robot hoover)",
}


def _set_off(words: str) -> tuple[str, ...]:
    """What sets a machine going, though its words hold ``off``."""
    return (f"(set|setting|kick|kicking|start|starting) [the|my|our] {words} off",)


PHRASES: dict[str, tuple[str, ...]] = {
    **several.PHRASES,
    # Before the events and the parts of the day: bed sheets are no bedtime.
    **{f"thing.{kind}.do.run": _set_off(words) for kind, words in _JOBS.items()},
    "thing.dishwasher.do.run": (
        *_set_off(_JOBS["dishwasher"]),
        "(wash|washing|washed|clean|cleaning|rinse|rinsing|do|doing|wash up|washing up|get through"
        "|run through) {own} {crockery}",
        "{own} {crockery} [{be}|to be|{must} be|{must} get|get|all|nice and|,] (washed|cleaned"
        "|clean|washed up|done|rinsed|spotless|sparkling)",
        "{own} {crockery} (need|needs|want|wants|require|could do with|could use|are ready for) [a"
        " [good|quick]] (washing|wash|cleaning|clean|washing up|doing|rinse|to be (washed|cleaned"
        "|done))",
        "{crockery} [that|which] (need|needs|want|wants) (washing|a wash|cleaning|doing)",
        "(wash|washing) up",
        "dishwashing machine",
        "machine (for|with) the dishes",
        "dirty {crockery}",
    ),
    "thing.washing_machine.do.run": (
        *_set_off(_JOBS["washing_machine"]),
        "(wash|washing|washed|launder|laundering|clean|cleaning|do|doing) {own} {garments}",
        "{own} {garments} [{be}|to be|{must} be|{must} get|get|all|nice and|,] (washed|laundered"
        "|cleaned|clean|through the wash|in the wash)",
        "{own} {garments} (need|needs|want|wants|require|could do with|could use|are ready for) [a"
        " [good|quick]] (washing|wash|cleaning|clean|laundering|doing|to be (washed|cleaned|done"
        "|clean))",
        "(fresh|clean|freshly washed|freshly laundered) {garments}",
        "(pile|heap|mountain|load|basket|lot|bunch|machine|drum|kettle) of [(dirty|white|coloured"
        "|dark|wet|clean)] (washing|laundry|clothes|towels|sheets|whites|darks|colours|colors"
        "|bedding|delicates|shirts|stuff)",
        "(laundry|washing|linen) basket",
        "dirty {garments}",
    ),
    "thing.dryer.do.run": (
        *_set_off(_JOBS["dryer"]),
        "(dry|dried|drying|tumble dry|tumble-dry|tumble|tumble drying) [off|out] {own} {garments}"
        " [dry]",
        "{own} {garments} [{be}|to be|{must} be|{must} get|get|all|nice and|,] (dried|dry|tumble"
        " dried|tumble-dried|fluffed up|bone dry)",
        "{own} {garments} (need|needs|want|wants|require|could do with|could use|are ready for) [a]"
        " (drying|tumble|tumble drying|tumble dry|spin in the (dryer|drier)|to be dried|to dry)",
        "(dry|drying) (what's|what is|whatever's|everything|all|the stuff|the things|the load|it"
        "|them) [that's|that is] [in the (washer|washing machine|machine|drum)]",
        "(tumbler|tumble drying|spin dryer|tumble drier)",
        "[a|the|that|this] [(load|pile|lot|bunch|rest) of] {own} ({garments}|washing|load) (in|into"
        "|through) the (dryer|drier|tumble dryer|tumble drier|tumbler)",
        "wet {garments}",
        "(dry|dried|drying|tumble dry|tumble-dry) (a|the|my|our|this|that|one|another|one more)"
        " [(full|half|big|small|wet|last|final)] (load|batch|lot|pile)",
    ),
    "thing.ev_charger.do.turn_off": (
        "(stop|pause|hold|halt|interrupt|suspend) [the|my|our] (car|ev|vehicle) 's charging",
    ),
    "thing.ev_charger": (
        "[the|my|our] (car|ev|vehicle) 's (battery|tank)",
        "[the] battery (in|of) (the|my|our) (car|ev|vehicle|electric car)",
        "(car|ev|vehicle) battery",
        "(my|our) (ride|wheels|motor|runaround|automobile)",
    ),
    "thing.light.do.turn_off.all": (
        "(darken|darkening|black out|blacken)",
        "(no|not any|not a single) [single] (lights|light|lamps|lamp) [should|may|must|are|is|to]"
        " [be] [left|still] (on|burning)",
        "(house|everything|place|everywhere|all) (should|must|has to|needs to) (be|go) [all"
        "|completely|totally|pitch] dark",
    ),
    "thing.light.all": several.STILL_ON,
    "thing.light.do.turn_on.all": ("(illuminate|illuminating)",),
    "cycle.quick": (
        "[the|its|a|on|in|with|use|using] (quick|short|fast|speedy|express|rapid|quickest|shortest"
        "|fastest|speed|turbo|super quick|super-quick) (program|programme|cycle|setting|course"
        "|option)",
        "(on|using|use|with) express",
        "quick (one|run)",
    ),
    "cycle.eco": (
        "[the|its|an|on|in|with|use|using] (eco|economy|economic|economical|eco-friendly|eco"
        " friendly|energy-saving|energy saving|ecological|power-saving) (program|programme|cycle"
        "|setting|course|option|wash)",
        "[in|on|using|with] (economy|economical|economic) mode",
    ),
    "cycled.quick": (
        "&[a|the|its|on|with] (quick|short|fast|speedy|express|rapid|quickest|shortest|fastest"
        "|speed) <D>",
        "&(quick|quickest|short|shortest|fast|fastest|express|speedy)",
        "&[on|in|the|its] (quick|short|fast|speedy|express|rapid|speed) mode",
    ),
    "scene.cozy": (
        "[a|the|nice and] (cozy|cosy|snug|homely|warm and cosy|warm and cozy) [{setting}]",
        "(cozy|cosy|snug|homely|hygge|cosier|cozier|comfy and warm)",
    ),
    "scene.movie": (
        "[a|the] (movie|film|cinema) ({setting}|night|watching)",
        "(for|into) [a|the|our|some] (movie|film|movies|cinema)",
        "(make|set|switch) ... (movie|cinema)",
        "(watch|watching|see|seeing) [a|the|our|some] (movie|film|movies)",
        "home cinema",
        "(lights|lighting|mood|room|light|scene) for (a|the|our|some) (movie|film|movies|cinema)",
    ),
    "scene.romantic": (
        "[a|the] (romantic|romance) [{setting}|dinner|night]",
        "date night",
        "romantic",
    ),
    "scene.party": (
        "[a|the] party ({setting}|night)",
        "(lights|lighting|mood|atmosphere|ready|scene|set up|up) for (a|the|our|tonight's) party",
        "disco mode",
        "party [-] ready|ready to party|ready for [a|the|our] party",
    ),
    "scene.dinner": (
        "[a|the] (dinner|dining) (mode|mood|scene|lighting|atmosphere|ambiance|setting|ambience"
        "|vibe|settings)",
        "[a|the] dinner lights",
        "(lights|light|lighting|mood|scene|atmosphere|room|table) for dinner",
        "(set|get|prepare|ready|want|have) (us|things|everything|the (place|house|room)) [up|ready]"
        " for dinner",
        "@kitchen|lounge|living room|room|dining room|house|place (up|ready|set up) for dinner",
    ),
    "scene.reading": (
        "[a|the] (reading|read) ({setting}|corner)",
        "(lights|light|lighting|mood|scene|atmosphere|room|nice|bright|good) for reading",
        "@kitchen|lounge|living room|room|bedroom|office|study|house|place (up|ready|set up) for"
        " reading",
    ),
    "scene.relax": (
        "[a|the] (relax|relaxing|relaxed|relaxation|chill|chilled|chillout|wind-down|wind down"
        "|laid-back|laid back|calm|calming|soothing|mellow) {setting}",
        "[a|the] (relax|relaxing|relaxed|relaxation|chilled|chillout|wind-down|wind down)",
    ),
    "scene.work": (
        "[a|the] (work|working|focus|office|concentration|study) (mode|mood|scene|lighting"
        "|time|setting|atmosphere)",
        "[a|the] (work|working|focus|concentration) lights",
    ),
    "scene.goodnight": (
        "[the|our|a] (good night|goodnight|good-night|bedtime|night|sleep) (routine|mode|scene"
        "|mood|setting|program)",
        "(say|) (good night|goodnight)",
        "(put|send) [the] (house|home|whole house) to (sleep|bed)",
    ),
    "scene.morning": (
        "[the|our|a|my] (good morning|morning|wake-up|wake up|wakeup) (routine|mode|scene|mood"
        "|setting|program|lighting|atmosphere)",
    ),
    "scene.away": (
        "(to|into|in) away [mode]",
        "[the|our|a] (away|leaving home|leaving|goodbye|leave) (routine|mode|scene|mood"
        "|setting|program)",
    ),
    "kind.dishwasher": (
        "crockery|cutlery",
        "(give|giving) [the|our] (dishes|plates) a (wash|clean|rinse)",
        "(pots and pans|cups and plates|plates and cups)",
        "(dishes|plates|cups|pots|glasses) (need|needs|want|require) (washing|doing|cleaning|a"
        " wash)",
        "(wash|washing|washed|load|cycle|go) [of] [the|my|our] [dirty] dishes",
        "(clean|do|doing|cleaned|cleaning|washed|wash up) [the|my|our] [dirty] (dishes"
        "|plates|cups)",
        "!once the|when the|after the|if the|as soon as the|until the|after|once|when (dishes) [are"
        "|to be|get|get them] (washed|cleaned|clean|done)",
        "(dish|dishwasher|dishwashing) (cycle|load|run|program|programme|wash)",
        "dish washing|dishwashing",
        "dishwasher",
        "dishes",
        "dish washer",
        "plates",
        "washing-up",
        "washing up",
    ),
    "kind.washing_machine": (
        "(launder|laundering) [the|my|our] (clothes|sheets|towels|shirts)",
        "(wash|washing) [the|my|our|his|her|their] [(kids'|work|sports|gym|school)] (shirts|"
        "uniforms|kit|jeans|things|stuff|bed linen|linen|blankets)",
        "(laundry|clothes|sheets|towels) (need|needs|want) (washing|doing|a wash)",
        "(washing|laundry|load|wash) of (whites|darks|colours|colors|towels|sheets|bedding|"
        "delicates)",
        "(whites|darks|bedding|bed sheets|sports kit)",
        "washing machine",
        "washer",
        "laundry",
        "washing",
        "clothes washer",
        "[a|the] [light|small|big|heavy|half|full|mixed] load of (washing|laundry|clothes)",
        "(wash|washing) [the|my|our|some] [dirty] (clothes|laundry|sheets|towels|bedding|shirts)",
        "clothes",
        "load of (dirty|dark|white) (clothes|laundry|washing)",
    ),
    "kind.washing_machine.loose.all": (
        "(wash|rinse|washing|rinsing) (them|these|those) [all|up|both]",
        "(get|have|want|need) (them|these|those) [all|both] (washed|rinsed) [up]",
    ),
    "kind.washing_machine.loose": (
        "a (light|small|big|heavy|half|full|mixed) (wash|load)",
        "a (wash|load)",
        "the wash",
        "wash",
        "washes",
        "loads",
        "(a|another) load",
    ),
    "kind.dryer": (
        "(clothes|laundry|sheets|towels|washing) (need|needs|want) drying",
        "dryer",
        "tumble dryer",
        "drier",
        "tumble drier",
        "tumble-dryer",
        "(dry|dried|drying|tumble dry|tumble-dry|tumble) [the|my|our|some|it|them] [(clothes"
        "|laundry|washing|load|sheets|towels)]",
        "tumble drying",
        "(laundry|clothes|washing|sheets|towels|load) (dried|dry|to dry|tumble dried)",
        "clothes dryer",
        "(laundry|clothes|washing|things|stuff|load) in the (dryer|drier|tumble dryer)",
        "(the|some|my|our) drying",
        "drying cycle",
        "drying",
    ),
    "kind.ev_charger": (
        "car",
        "ev",
        "electric car",
        "vehicle",
        "electric vehicle",
        "car charger",
        "ev charger",
        "wallbox",
        "charger",
        "car charging",
        "ev charging",
        "auto",
        "the car's battery",
        "car battery",
    ),
    "kind.battery.do.charge": (
        "(save|store|stash|bank|put|keep) [some|the|any|it|all that] [power|energy|electricity]"
        " (away|) (in|into|to) [the|our|my] [home|house] (battery|powerwall|batteries)",
    ),
    "kind.battery.do.discharge": (
        "(take|taking|get|getting|draw|drawing|pull|pulling|use|using|tap|drain|suck) [our|the|all|"
        "some|all our|all the|it|what's|what is|what's stored|whatever's] [power|energy|electricity"
        "|juice|stored|stored power] (from|out of|off|in|of) [the|our|my] [home|house] (battery"
        "|powerwall|batteries)",
        "(switch|switching|go|change|changing|going|turn) (over|) (to|on|onto|over to) [the|our|my]"
        " [home|house] (battery|powerwall|batteries) [power|energy]",
        "(let|have|get|make|letting|having) [the|our|my] [home|house] (battery|powerwall|batteries)"
        " [to] {carry}",
        "[the|our|my] [home|house] (battery|powerwall|batteries) [{must}|to] {carry}",
        "(use|using|run on|run off|burn|spend|rely on|live off|live on) [the|our] (stored|battery"
        "|saved) (power|energy|electricity)",
        "(spend|spending|burn|burning|exhaust|use up) [the|our|my] [home|house] (battery|powerwall"
        "|batteries)",
        "(sell|selling|export|exporting|feed|feeding) (battery|stored) (power|energy|electricity)"
        " [back] [to|into] [the] [grid|network]",
        "(power|energy|electricity) (from|out of|off) [the|our|my] [home|house] (battery|powerwall"
        "|batteries)",
        "!turn|turned|switch|switched|shut|put|power|charge|money (on|off|from|out of) [the|our|my]"
        " [home|house] (battery|powerwall|batteries)",
    ),
    "kind.battery": (
        "battery",
        "home battery",
        "house battery",
        "powerwall",
        "batteries",
        "storage battery",
        "battery storage",
        "home storage",
    ),
    "kind.water_heater": (
        "(heat|heating|heat up|heating up|warm|warming) [up] [the|some|my] (water|hot water"
        "|boiler|tank)",
        "water heater",
        "water heating",
        "hot water",
        "boiler",
        "water",
        "water tank",
        "hot water tank",
        "tank",
        "immersion heater",
        "bath water",
        "hot (bath|shower|baths|showers|tub)",
        "shower water",
        "geyser",
        "hot-water tank",
        "immersion",
    ),
    "kind.vacuum": (
        "vacuum",
        "robot vacuum",
        "hoover",
        "robot",
        "vacuum cleaner",
        "roomba",
        "vacuuming",
        "hoovering",
        "vacuum robot",
        "robovac",
        "robot cleaner",
        "vac",
        "(clean|sweep|cleaning|do|mop) [the] (floor|floors|carpet|carpets)",
        "floors|floor",
        "!be|are|is|get|gets|them|it|need|want|of|have|has|all|nice|some|more|any (clean)",
        "clean up",
        "(cleaning|cleaned|sweep|sweeping|swept|mop|mopped|vacuumed|hoovered) (up|)",
        "(give|do) [the] <A> [a] (clean|once-over|sweep|going-over|quick clean)",
        "(robot|robotic|cleaning) (cleaner|hoover|vac|sweeper)",
        "(dust|hoover|vacuum|sweep) (up|out)",
    ),
    "kind.heat_pump": (
        "heat pump",
        "heating",
        "thermostat",
        "central heating",
        "radiator",
        "radiators",
        "floor heating",
        "underfloor heating",
        "heat-pump",
        "@off|on|turn|up|down|put|switch|cut|kill|get|crank|have|stop|start (the heat)",
    ),
    "kind.heat_pump.do.turn_off": ("heat off",),
    "kind.heat_pump.do.turn_on": ("heat [back] on",),
    "kind.heater": ("heater", "space heater"),
    "kind.light": ("light", "lamp", "bulb"),
    "kind.light.all": (
        "lights",
        "lamps",
        "lighting",
        "all [of] [the] lights",
        "(every|each|any) [single] (light|lamp|bulb)",
        "all [of] [the|our|those] (lights|lamps|bulbs)",
        "all lamps",
        "every single light",
        "all the lamps",
    ),
    "kind.lock": ("smart lock", "the lock", "locks"),
    "kind.front_door": (
        "front door",
        "front door lock",
        "main door",
        "house door",
        "entrance door",
        "doors",
    ),
    "kind.front_door.loose": ("door",),
    "kind.front_door.do.lock": ("(lock|locking|lock up|bolt) [the|our|my] house door",),
    "kind.front_door.do.unlock": ("(unlock|unlocking) [the|our|my] house door",),
    "kind.house_lock.do.unlock": ("(unlock|unlocking|open up) [the|our] (house|home|place)",),
    "kind.house_lock": (
        "(lock|lock up|locking up) [the] (house|home|place)",
        "lock up",
        "lock [up] (everything|all|all the doors|the doors|every door) [up]",
    ),
    "kind.garage_door": ("garage door", "garage gate", "garage's door", "door of the garage"),
    "kind.camera.do.detect_people": (
        "[check|see|know|tell me|tell us|show me|show us|let me know|say|find out|look] (people"
        "|visitors|someone|somebody|strangers|intruders|persons|anyone|who|who's|who is|burglars"
        "|whoever|whoever's|whoever is|person|a person|callers) [comes|is|coming|rings|stands"
        "|standing|come|turns up|walks up] (at|to|near|outside|by) [the|our|my] (<D>|door)",
    ),
    "kind.camera": (
        "camera",
        "cam",
        "security camera",
        "cctv",
        "hall cam",
        "cameras",
        "surveillance camera",
        "door camera",
        "entrance camera",
    ),
    "kind.oven": ("oven", "cooker"),
    "kind.stove": ("stove", "hob", "cooktop"),
    "kind.coffee_maker": (
        "coffee maker",
        "coffee machine",
        "coffeemaker",
        "espresso machine",
        "coffee",
        "espresso",
        "[a|some] (cappuccino|latte|flat white|americano|macchiato|espresso|mocha)",
        "(cup|pot|mug|jug) of coffee",
        "(brew|make) [me|us] a (pot|brew)",
    ),
    "kind.fan.do.turn_on": ("ventilate|ventilating",),
    "kind.fan": ("fan", "ceiling fan", "fans", "ventilator", "ventilation"),
    "kind.blinds": (
        "blinds",
        "blind",
        "shutters",
        "shades",
        "curtains",
        "roller blinds",
        "shutter",
    ),
    "kind.blinds.do.close": (
        "(pull|draw) [the|our|all] (curtains|drapes)",
        "(lower|draw|pull down|let down|drop|shut|roll down|put down) [the|our|all] (blinds|"
        "shutters|curtains|shades|blind|shutter|roller blinds)",
        "(let|pull|put|roll) [the|our|all] (blinds|shutters|curtains|shades|blind|shutter) down",
        "(blinds|shutters|curtains|shades|blind|shutter) (down|lowered)",
    ),
    "kind.blinds.do.open": (
        "(raise|lift|pull up|roll up|put up) [the|our|all] (blinds|shutters|curtains|shades|blind|"
        "shutter|roller blinds)",
        "(pull|roll|put) [the|our|all] (blinds|shutters|curtains|shades|blind|shutter) up",
        "(blinds|shutters|curtains|shades|blind|shutter) (up|raised)",
    ),
    "kind.sprinkler": (
        "(irrigate|irrigating|sprinkle|sprinkling|hose|soak) [the|our] (garden|lawn|plants"
        "|flowers|yard)",
        "[the|our] (garden|lawn|plants|flowers|yard) (needs|need|wants|want) (watering|water)",
        "(garden|lawn|plants|flowers|grass|yard|beds|roses|vegetables|tomatoes|borders) (get|gets"
        "|need|needs|have|could use|could do with|want|wants|deserve|are due|is due) [some|a|a bit"
        " of|a good|a little] (water|watering|drink|soak|soaking)",
        "give [the|our] (garden|lawn|plants|flowers|grass) [some|a] (water|watering|drink)",
        "(water|watering|watered) {own} [flower|vegetable|rose|herb|front|back|potted]"
        " (garden|lawn|plants|flowers|grass|yard|beds|vegetables|tomatoes|roses|pots|herbs|hedge"
        "|shrubs|flowerbeds|bushes|trees|veg)",
        "{own} [flower|vegetable|rose|herb|front|back|potted] (garden|lawn|plants|flowers|grass"
        "|yard|beds|vegetables|tomatoes|roses|pots|herbs|hedge|shrubs|flowerbeds|bushes|trees)"
        " [{be}|to be|get|{must} be] (watered|irrigated|sprinkled)",
        "(water|watering) (them|everything|it all|them all)",
        "sprinkler",
        "sprinklers",
        "irrigation",
        "(water|watering) [the] (garden|lawn|plants|flowers|grass|yard|beds|vegetables|tomatoes)",
        "lawn sprinkler",
        "garden watering",
    ),
    "kind.pool_pump": (
        "(pump|filter|circulate) the pool",
        "pool pump",
        "pool filter",
        "pump for the pool",
        "pool's pump",
    ),
    "kind.air_conditioner": (
        "air conditioner",
        "air conditioning",
        "air con",
        "aircon",
        "ac",
        "a/c",
        "air-conditioning",
        "air conditioning unit",
    ),
    "kind.tv": ("tv", "television", "telly", "tele"),
    "kind.dehumidifier": ("dehumidifier", "dehumidifiers"),
    "kind.humidifier": ("humidifier",),
    "kind.air_purifier": ("air purifier", "air cleaner"),
    "kind.freezer": ("freezer",),
    "kind.fridge": ("fridge", "refrigerator"),
    "kind.kettle": ("kettle",),
    "kind.sauna": ("sauna",),
    "kind.towel_rail": ("towel rail", "towel warmer", "towel radiator"),
    "kind.lawn_mower": ("lawn mower", "lawnmower", "robot mower", "mower", "mow [the] lawn"),
    "kind.alarm": (
        "(alarm|security) system",
        "(burglar|house|home|intruder) alarm",
        "@arm|disarm|activate|deactivate|enable|disable|on|off|turn|switch [the|our|my] alarm",
    ),
    "kind.gate": ("gate", "driveway gate"),
    "kind.valve": ("valve", "water valve", "gas valve"),
    "here": ("[in] (here|this room)", "in this room", "here"),
    "program.eco": ("eco",),
    "kind.garage_door.do.open": (
        "(raise|lift|pull up|roll up) [the|our] (garage door|garage gate|garage)",
        "garage door up",
    ),
    "kind.garage_door.do.close": (
        "(lower|pull down|roll down|drop) [the|our] (garage door|garage gate)",
        "garage door down",
    ),
    "kind.heat_pump.needed": ("(needs|need|want|wants) [any|the|much] heat",),
}
