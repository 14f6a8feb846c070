"""The words on the page, in English and Chinese."""

from __future__ import annotations

from collections.abc import Mapping

from theta.errors import InvalidOption

_ENGLISH = {
    "overview": "Overview",
    "topics": "Topics",
    "topic": "Topic",
    "documents": "Documents",
    "document": "Document",
    "map": "Map",
    "similarity": "Similarity",
    "training": "Training",
    "settings": "Settings",
    "search": "Search topics and documents",
    "search_hint": "Press / to search, ← → to go through the topics",
    "no_hits": "Nothing found",
    "hits_topics": "Topics ({n})",
    "hits_documents": "Documents ({n}; of the {shown} on this page)",
    "theme": "Light / dark",
    "what_was_run": "What was run",
    "how_good": "How good it is",
    "interval": "95 % interval over topics: {low} to {high}",
    "higher": "higher is better",
    "lower": "lower is better",
    "definition": "Definition",
    "not_computed": "not computed",
    "number": "No.",
    "share": "Share",
    "top_words": "Top words",
    "stability": "Stability",
    "stable": "stable",
    "unstable": "not stable",
    "stability_help": "How far the topic comes back when the model is trained with another seed",
    "topics_help": "Click a column to sort, a topic to see its words and documents.",
    "previous": "Previous topic",
    "next": "Next topic",
    "words": "Words",
    "relevance": "Relevance λ",
    "relevance_help": (
        "1: the most probable words of the topic; 0: those most typical of it (Sievert & Shirley "
        "2014). Blue: probability in the topic. Grey: share in the whole corpus."
    ),
    "probability": "probability in the topic",
    "in_corpus": "share in the corpus",
    "typical": "Most typical documents",
    "typical_help": "The documents with the largest weight; the topic's top words are marked.",
    "weight": "weight",
    "nearest": "Nearest topics",
    "over_time": "Over time",
    "over_time_help": (
        "Mean share by {unit}, with 95 % interval (Student's t); periods with too few documents "
        "are left out."
    ),
    "by_group": "By {name}",
    "by_group_help": "Mean share, with 95 % interval; number of documents in brackets.",
    "day": "day",
    "week": "week",
    "month": "month",
    "quarter": "quarter",
    "year": "year",
    "decade": "decade",
    "map_all": "All {n} documents, coloured by their main topic ({method}). ",
    "map_sampled": (
        "{shown} of {n} documents, drawn at random, coloured by their main topic ({method}). "
    ),
    "map_help": (
        "Similar documents lie near each other; distances between far groups mean little. Drag to "
        "move, Ctrl + wheel or + − to zoom, click a document to read it."
    ),
    "filter_topic": "Topic",
    "filter_text": "Text contains",
    "filter_weight": "Weight of the main topic at least",
    "all_topics": "All topics",
    "reset": "Show all",
    "shown_count": "{shown} of {n} documents match",
    "matching": "Documents that match",
    "similarity_help": (
        "{name}. Similar topics stand side by side; click a cell to open the topic of its row."
    ),
    "topic_pairs": "Topics in pairs",
    "topic_plane": "Topics by distance",
    "topic_plane_help": (
        "The unlike are far apart (classical scaling of 1 − similarity); area: share. Click a "
        "circle to open the topic."
    ),
    "epoch": "Epoch",
    "best_epoch": "Dashed: epoch {epoch}, whose weights were kept.",
    "validation_elbo": "Validation ELBO",
    "reconstruction": "Reconstruction loss",
    "kl": "KL divergence",
    "kl_weight": "KL weight",
    "learning_rate": "Learning rate",
    "command": "The command that does this run again",
    "copy": "Copy",
    "copied": "Copied",
    "close": "Close",
    "cut": "Texts are cut at {length} characters.",
    "no_script": "This page needs JavaScript, which it carries with it; nothing is loaded.",
}

_CHINESE = {
    "overview": "概览",
    "topics": "主题",
    "topic": "主题",
    "documents": "文档",
    "document": "文档",
    "map": "文档地图",
    "similarity": "主题相似度",
    "training": "训练过程",
    "settings": "设置",
    "search": "搜索主题和文档",
    "search_hint": "按 / 搜索，按 ← → 切换主题",
    "no_hits": "没有结果",
    "hits_topics": "主题（{n}）",
    "hits_documents": "文档（{n}；本页共收 {shown} 篇）",
    "theme": "浅色 / 深色",
    "what_was_run": "运行内容",
    "how_good": "质量评估",
    "interval": "按主题的 95% 区间：{low} 至 {high}",
    "higher": "越高越好",
    "lower": "越低越好",
    "definition": "定义",
    "not_computed": "未计算",
    "number": "编号",
    "share": "占比",
    "top_words": "主题词",
    "stability": "稳定性",
    "stable": "稳定",
    "unstable": "不稳定",
    "stability_help": "换一个随机种子训练时，该主题重现的程度",
    "topics_help": "点击列名排序，点击主题查看其词语和文档。",
    "previous": "上一主题",
    "next": "下一主题",
    "words": "词语",
    "relevance": "相关度 λ",
    "relevance_help": (
        "1：主题中概率最高的词；0：最具该主题特色的词（Sievert & Shirley 2014）。"
        "蓝色：在主题中的概率；灰色：在全部语料中的占比。"
    ),
    "probability": "在主题中的概率",
    "in_corpus": "在语料中的占比",
    "typical": "最典型的文档",
    "typical_help": "权重最大的文档；主题词已标出。",
    "weight": "权重",
    "nearest": "最接近的主题",
    "over_time": "随时间变化",
    "over_time_help": "按{unit}的平均占比及 95% 区间（学生 t）；文档过少的时段不画。",
    "by_group": "按 {name}",
    "by_group_help": "平均占比及 95% 区间；括号内为文档数。",
    "day": "日",
    "week": "周",
    "month": "月",
    "quarter": "季度",
    "year": "年",
    "decade": "十年",
    "map_all": "全部 {n} 篇文档，颜色为主要主题（{method}）。",
    "map_sampled": "{n} 篇文档中随机抽取 {shown} 篇，颜色为主要主题（{method}）。",
    "map_help": (
        "相似的文档彼此靠近；相距较远的群组之间的距离意义不大。"
        "拖动可移动，Ctrl + 滚轮或 + − 可缩放，点击文档可阅读。"
    ),
    "filter_topic": "主题",
    "filter_text": "文本包含",
    "filter_weight": "主要主题的权重不低于",
    "all_topics": "全部主题",
    "reset": "显示全部",
    "shown_count": "{n} 篇文档中有 {shown} 篇符合",
    "matching": "符合条件的文档",
    "similarity_help": "{name}。相似的主题排在一起；点击单元格打开该行的主题。",
    "topic_pairs": "主题两两比较",
    "topic_plane": "主题距离图",
    "topic_plane_help": (
        "越不相似的主题相距越远（对 1 − 相似度作经典标度）；面积为占比。点击圆圈打开主题。"
    ),
    "epoch": "训练轮次",
    "best_epoch": "虚线：第 {epoch} 轮，保留其权重。",
    "validation_elbo": "验证集 ELBO",
    "reconstruction": "重构损失",
    "kl": "KL 散度",
    "kl_weight": "KL 权重",
    "learning_rate": "学习率",
    "command": "重现本次运行的命令",
    "copy": "复制",
    "copied": "已复制",
    "close": "关闭",
    "cut": "文本截取至 {length} 个字符。",
    "no_script": "本页需要 JavaScript（已内含），不会加载任何外部内容。",
}

METRIC_MEANINGS_ZH: Mapping[str, str] = {
    "TD": "各主题用词是否不同？1：没有词同时出现在两个主题的前 25 个词中。",
    "TD@10": "同上，只看前 10 个词，即人们阅读的词。",
    "iRBO": "各主题是否把不同的词排在前面？1：前 10 个词互不相同；0：列表相同。",
    "NPMI": "主题词在文本中是否彼此靠近出现？0：如同偶然；1：总是如此。",
    "C_V": "主题词的上下文是否相同？0 到 1；与人工评分最为一致。",
    "UMass": "主题词是否出现在同一文档中？不大于 0，越接近 0 越好。",
    "Exclusivity": "主题词是否为该主题所独有且常见？0 到 1。",
    "PPL": "模型对新文档余下部分感到多意外？相当于在多少个等可能的词中选择。",
    "NMI": "主要主题能说明多少已知标签？0：毫无关系；1：完全一致。",
    "ARI": "文档的归类是否与标签一致？0：如同偶然；1：完全一致。",
    "purity": "带有其主要主题最常见标签的文档比例；随主题数增大。",
    "accuracy": "简单分类器仅凭主题占比猜对标签的比例。",
    "macro_F1": "同上，但每个标签无论多少都同等计算。",
}
"""What the metrics mean, for pages in Chinese."""

LABELS: Mapping[str, Mapping[str, str]] = {"en": _ENGLISH, "zh": _CHINESE}


def labels_in(language: str) -> Mapping[str, str]:
    """Return the labels of one language.

    Raises
    ------
    InvalidOption
        If there are none.
    """
    if language not in LABELS:
        raise InvalidOption(f"no labels in {language!r}: --language takes {', '.join(LABELS)}")
    return LABELS[language]
