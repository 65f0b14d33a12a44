"""Chinese: what is no order moves nothing; what is one, however it is said, stays one."""

from __future__ import annotations

import pytest
from tests.goal_frames import demo_home

from tarl.planning.intent_translator import translate

HOME = demo_home()
NOTHING = (
    "我应该打开车库门吗？",
    "我们应该关暖气吗？",
    "需要我锁门吗？",
    "我可以打开车库门吗？",
    "可以晚上用烘干机吗？",
    "洗碗机晚上能运行吗？",
    "谁关了暖气？",
    "谁打开了车库门？",
    "你锁前门了吗？",
    "有人关车库门吗？",
    "洗碗机在运行吗？",
    "洗碗机什么时候运行？",
    "我邻居六点打开他的车库门",
    "妈妈说要锁门，但我已经锁了",
    "她昨天叫我关暖气",
    "我已经锁了前门",
    "昨天我九点开了洗碗机",
    "我们总是晚上开洗碗机",
    "车库门三点自己开了",
    "有人打开了车库门",
    "安娜打开了厨房的灯",
    "邻居们晚上给车充电",
    "小偷打开了车库门",
    "我自己锁门",
    "别再打开车库门了",
    "锁上前门，不，等等，算了",
    "打开车库门，算了",
    "打开车库门，不，别开",
    "九点开洗碗机，不，还是算了",
    "关掉暖气，不，让它开着",
    "打开前门，开玩笑的",
    "提醒我关车库门",
    "提醒我给车充电",
    "把给车充电加到我的清单",
    "要是我关了车库门就好了",
    "我本来应该给车充电",
    "我本该锁前门的",
    "你本来应该关暖气",
    "早知道就给车充电了",
    "我差点打开车库门",
    "我昨天想给车充电",
    "你觉得我该打开车库门吗？",
    "我锁门了吗？",
    "邻居白天给车充电",
    "爸爸总是十点锁门",
    "电工关了热水器",
    "你关了暖气",
    "灯亮了一整夜",
    "关上车库门，不，还是别关了",
    "能提醒我给车充电吗？",
    "可以告诉安娜锁门吗？",
    "谢谢你关上车库门",
    "早知道我就关车库门了",
    "如果当时给车充电就好了",
    "我听见车库门开了",
    "现在给车充电太晚了",
    "幸好安娜关了车库门",
    "让安娜锁门",
    "手机提醒我给车充电",
    "给米卡写信让他关车库门",
    "给车充电太贵了",
    "打开暖气，还是不用了",
    "周日可以用烘干机吗？",
    "我看见安娜锁了门",
)
"""Each was an order once: of a plan nobody asked for."""
ORDERS = {
    "你能锁一下前门吗？": "lock.front_door:lock",
    "可以帮我关上车库门吗？": "cover.garage:close",
    "能不能把厨房的灯关了？": "light.kitchen:turn_off",
    "能在七点前给车充好电吗？": "ev_charger:charge",
    "麻烦你关一下车库门好吗？": "cover.garage:close",
    "今晚给车充电要花多少钱？": "ev_charger:charge",
    "关上车库门，不要打开": "cover.garage:close",
    "别忘了锁前门": "lock.front_door:lock",
    "九点之前不要开烘干机": "dryer:run",
    "打开厨房的灯，不，卧室的灯": "light.bedroom:turn_on",
    "请给车充电": "ev_charger:charge",
    "我忘了关车库门，帮我关上": "cover.garage:close",
    "安娜出门了，锁上前门": "lock.front_door:lock",
    "我想让车七点前充满电": "ev_charger:charge",
    "车七点前要充好电": "ev_charger:charge",
    "我们出门后锁上前门": "lock.front_door:lock",
    "你现在可以关掉厨房的灯了": "light.kitchen:turn_off",
    "不，锁上前门": "lock.front_door:lock",
    "等到十点再开洗碗机": "dishwasher:run",
    "把厨房的灯关了": "light.kitchen:turn_off",
    "把车库门关了": "cover.garage:close",
    "安娜想让厨房的灯关掉": "light.kitchen:turn_off",
    "我们要走了，锁上前门": "lock.front_door:lock",
    "你没锁门，快锁上": "lock.front_door:lock",
    "能把暖气调到21度吗？": "heat_pump:set_temperature",
    "孩子们睡了，关掉卧室的灯": "light.bedroom:turn_off",
    "我说过了，锁上前门": "lock.front_door:lock",
    "我八点要用车，充好电": "ev_charger:charge",
    "希望车库门十点关上": "cover.garage:close",
}


@pytest.mark.parametrize("text", NOTHING)
def test_what_is_no_order_moves_nothing(text: str) -> None:
    said = translate(text, language="zh", home=HOME)
    assert said.route == "none"
    assert not said.goals


@pytest.mark.parametrize(("text", "done"), ORDERS.items())
def test_an_order_stays_an_order_however_it_is_said(text: str, done: str) -> None:
    said = translate(text, language="zh", home=HOME)
    assert " ".join(f"{one.target}:{one.value['action']}" for one in said.goals) == done
