"""Items of word intrusion that anybody who reads can answer: everyday words of one kind."""

from __future__ import annotations

import numpy as np

from theta.intrusion.items import WORDS_SHOWN, Item

N_PLANTED = 24

_KINDS = {
    "en": (
        "apple pear plum cherry grape peach lemon",
        "dog cat horse cow sheep pig goat",
        "hammer saw drill pliers screwdriver wrench chisel",
        "red blue green yellow purple orange brown",
        "piano violin guitar flute trumpet drum cello",
        "nurse teacher carpenter lawyer baker plumber engineer",
        "shirt trousers coat socks skirt jacket scarf",
        "car bicycle train bus lorry tram motorcycle",
    ),
    "zh": (
        "苹果 梨 李子 樱桃 葡萄 桃子 柠檬",
        "狗 猫 马 牛 羊 猪 兔子",
        "锤子 锯子 电钻 钳子 螺丝刀 扳手 凿子",
        "红色 蓝色 绿色 黄色 紫色 橙色 棕色",
        "钢琴 小提琴 吉他 长笛 小号 鼓 大提琴",
        "护士 教师 木匠 律师 厨师 司机 工程师",
        "衬衫 裤子 大衣 袜子 裙子 夹克 围巾",
        "汽车 自行车 火车 公共汽车 卡车 电车 摩托车",
    ),
}


def planted_items(language: str, seed: int) -> list[Item]:
    """Return items of word intrusion with an obvious intruder.

    Parameters
    ----------
    language : {"en", "zh"}
    seed : int
    """
    rng = np.random.default_rng([seed, N_PLANTED])
    kinds = [kind.split() for kind in _KINDS[language]]
    items = []
    for i in range(N_PLANTED):
        own, other = rng.choice(len(kinds), 2, replace=False).tolist()
        words = rng.choice(kinds[own], WORDS_SHOWN, replace=False).tolist()
        # Every place has the intruder equally often: who always answers A is right as by chance.
        place = i % (WORDS_SHOWN + 1)
        words.insert(place, str(rng.choice(kinds[other])))
        items.append(Item("words", own, tuple(words), place, "", tuple(words)))
    return [items[i] for i in rng.permutation(N_PLANTED).tolist()]
