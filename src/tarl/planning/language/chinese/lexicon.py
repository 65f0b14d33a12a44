"""Chinese: the parts that several phrases share, and all of its phrases together."""

from __future__ import annotations

from tarl.planning.language.chinese import asides, bounds, states, things, times
from tarl.planning.language.chinese.tellings import (
    TELLS,
    TELLS_IN_VAIN,
    TELLS_LOOSELY,
    TELLS_SURELY,
)
from tarl.planning.language.chinese.unordered import UNORDERED
from tarl.planning.language.lexicon import Lexicon, Tells
from tarl.planning.language.numbers import chinese

_MACROS = {
    "t": "(<T>|<N>)",
    "q": "(<H>|<Q>|<N>|<W>)",
    "cl": "(<K>|<L>)",
    "most": "(不超过|不要超过|最多|低于|少于|不到|控制在|不能超过|别超过|不高于|至多"
    "|小于|别花超过|不得超过"
    "|最多花|不超|不大于|限制在|上限|不可超过)",
    "least": "(至少|最少|不低于|不少于|高于|不要低于|别低于|不能低于|最低|不得低于"
    "|不小于|大于|保底)",
    "power": "(电|电价|电费|电力|用电|价格|电能|能源)",
    "price": "(电|电价|电费|价格|用电|电力)",
    "sun": "[我们|自家|家里|自己|咱家|自己家][的](太阳能|太阳能电|光伏|光伏电|光伏发电"
    "|太阳能发电|太阳|阳光"
    "|屋顶太阳能|屋顶光伏|绿电太阳能)",
    "somebody": "(有人|有人还|谁|任何人)",
    "everybody": "(大家|所有人|我们|我|孩子|宝宝|孩子们|小孩|全家|他们|家人|娃|小朋友"
    "|老婆|老公|她|他|你|婴儿"
    "|家里人|人|客人|爸妈|宝贝|小宝宝|都)",
    "nobody": "(没人|没有人|无人|谁都没|谁也没|谁都不|家里没人|没有任何人)",
    "aspossible": "(尽可能|尽量|越)",
    "aimx": "[电|舒适和](成本|舒适|舒适度|电费|费用|节能|隐私|噪音|安全|能耗|省钱|价格"
    "|环保|速度|温暖|花费|省电|效率"
    "|钱|开销|碳排放)",
    "opt": "(优化|改善|管理好|管理|提升|优先考虑|优化一下|改进|调优|优先保证|优先)",
    "when": "(的时候|时|时候|的话|期间|的时段|时段|的情况下|的时间|的时间段|时再|就"
    "|以后|之后|后|时间)",
    "if": "(如果|要是|当|等|只有|只要|假如|若|在|趁|一旦|只在|仅在|仅当|趁着|等到|要"
    "|倘若|每当|但只在|但只有)",
}

LEXICON = Lexicon(
    tag="zh",
    numbers=chinese,
    tells=Tells(TELLS, TELLS_SURELY, loosely=TELLS_LOOSELY, in_vain=TELLS_IN_VAIN),
    macros=_MACROS,
    unordered=UNORDERED,
    phrases={
        **asides.PHRASES,
        **bounds.PHRASES,
        **states.PHRASES,
        **things.PHRASES,
        **times.PHRASES,
    },
    whole_words=False,
)
