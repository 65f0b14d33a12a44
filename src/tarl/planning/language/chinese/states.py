"""Chinese: what may be so, and the words that make conditions of it."""

from __future__ import annotations

PHRASES: dict[str, tuple[str, ...]] = {
    "state.occupancy.asleep": (
        "({somebody}|{everybody}|<P>)[还|都|正|已经|全|还都][在](睡觉|睡着|睡着了|睡了"
        "|睡|休息|午睡|熟睡|睡下|睡下了|入睡)",
        "睡觉",
    ),
    "state.not.occupancy.asleep": (
        "{nobody}[在](睡觉|睡着|睡|休息|午睡)",
        "({everybody}|<P>)没[在|有](睡觉|睡着|睡)",
    ),
    "state.occupancy.awake": ("({somebody}|{everybody}|<P>)[还|都](醒着|没睡|醒了|起来了|起床了)",),
    "state.not.occupancy.awake": ("{nobody}醒着",),
    "state.occupancy.home": (
        "({somebody}|{everybody}|<P>)[都|还]在(家|家里|屋里)",
        "(家里|屋里|家)有人",
        "<A>[里]有人",
        "有人在<A>[里]",
    ),
    "state.occupancy.away": (
        "[都|在](上班|公司上班|外面|外出)",
        "(家里|家中|屋里|家)[都]{nobody}",
        "{nobody}在(家|家里|屋里)",
        "{nobody}在家",
        "({everybody}|<P>)[都]不在[家|家里]",
        "({everybody}|<P>|都)[都|已经](出门了|出去了|外出|出门在外|在上班|上班|在公司|出去|走了"
        "|不在家|出门)",
        "<A>[里]没[有]人",
        "没人在<A>[里]",
    ),
    "state.weather.sunny": ("(出太阳|天晴|晴天|阳光好|太阳好|有太阳|阳光充足|天气好|大晴天)",),
    "state.weather.raining": ("[外面|天](下雨|下起雨|下雨了|雨天)",),
    "state.not.weather.raining": ("[外面](不下雨|没下雨)",),
    "state.weather.cold": ("[外面|天气|天](很冷|冷|太冷|变冷|冷的|寒冷)",),
    "state.weather.hot": (
        "[外面|天气|天](很热|太热|变热|炎热)",
        "(外面|天气|天)热",
    ),
    "state.price.high": (
        "{price}[很|太|比较|正|最|特别](高|贵|高峰|涨)",
        "(用电高峰|高峰期|高峰|峰电|高峰时段|用电高峰期)",
    ),
    "state.not.price.high": ("{price}不(高|贵)",),
    "state.price.low": ("{price}[很|比较|较](低|便宜|低廉|降)", "(便宜电)"),
    "state.price.negative": (
        "{price}[变成|是|为|变|跌到|到|降到](负|负数|负值|负的|零以下|负电价)",
        "负电价",
    ),
    "state.solar.surplus": (
        "[有](多余|富余|剩余|过剩|盈余|多出来|用不完)的(太阳能|光伏|光伏电|太阳能电"
        "|太阳能发电|电|阳光)",
        "(太阳能|光伏|太阳能发电|光伏发电)[发电|电][有|还有](富余|多余|剩余|过剩|盈余"
        "|用不完|剩)[的]",
    ),
    "state.mode.vacation": ("({everybody}|)[在](度假|休假|出去旅游|旅行|放假|外出度假|旅游)",),
    "state.mode.guests": (
        "(有客人|来客人|家里来客|有客|来客|客人在|客人来|有访客|家里有客人|来客人了)[来|在]",
    ),
    "state.device.done": (
        "<D>[已经](洗完|完成|结束|好了|烘完|洗好|运行完|工作完|完事|跑完|停)[了]",
    ),
    "state.device.running": ("<D>[正|还](在运行|在工作|开着|在转|运行|在洗|运转)[着]",),
    "state.device.charging": ("<D>[正|还]在充电",),
    "state.device.on": ("<D>[还](亮着|打开着|是开的)",),
    "state.device.off": ("<D>[已经](关着|关了|是关的)",),
    "state.device.open": ("<D>[还](开着|敞开|打开着|打开了|没关)[着]",),
    "state.device.closed": ("<D>(关着|是关的|关好)[了]",),
    "state.device.locked": ("<D>(锁着|锁了|锁好了)",),
    "state.device.unlocked": ("<D>(没锁|没上锁|未锁)",),
    "state.device.full": (
        "<D>(充满|充满电)(后|以后|之后|时|的时候)",
        "<D>(充满了|满了|充满电了|已充满|已经充满|已经满了)",
    ),
    "state.not.device.full": ("<D>(没充满|没满|未充满)",),
    "state.device.empty": ("<D>[快](没电|空了|没电了|空)",),
    "if.eq": (
        "{if}<S>[并且|而且|和|且|,]{if}<S>[{when}]",
        "[只|仅|但只|只能][{if}]<S>{when}[再|才]",
        "{if}<S>[{when}][再|才|,就|就]",
        "[只|仅]用<S>",
        "<S>[就|才|再]",
    ),
    "if.neq": (
        "(除非|除了)<S>[{when}][否则|,否则|外|以外|之外|,不然]",
        "<S>{when}除外",
        "(不要在|别在|避免在|不能在|避开)<S>[{when}]",
        "<S>{when}(不要|别|不|不能|不可以)",
    ),
    "wake.neq": (
        "(不要|别|不|不能|不会|以免|避免|免得)(吵醒|吵到|打扰|惊醒|弄醒|影响)[了][{everybody}"
        "|{somebody}|<P>|任何人|人|宝宝|孩子][睡觉|休息]",
    ),
}
