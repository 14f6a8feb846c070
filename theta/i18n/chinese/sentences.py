"""Captions, names, coding and searches in Chinese."""

from __future__ import annotations

CAPTIONS = {
    "Effect of {term} on topic shares in percentage points, with 95 % intervals; filled: "
    "p ≤ .05, adjusted for the topics (Benjamini–Hochberg)": (
        "{term} 对主题占比的效应（百分点）及 95% 区间；实心：经主题数校正（Benjamini–Hochberg）后 "
        "p ≤ .05"
    ),
    "Predicted share of topics by {variable}, with 95 % intervals, averaged over the documents": (
        "各主题随 {variable} 变化的预测占比（对文档取平均）及 95% 区间"
    ),
    "Top words in the run's ranking; bar: probability of the word in the topic": (
        "主题词（按本次运行的排序）；条形长度：词在该主题中的概率"
    ),
    "Top words; the larger, the earlier in the run's ranking": (
        "主题词；字号越大，在本次运行的排序中越靠前"
    ),
    "Similarity of topics: {name}": ("主题相似度：{name}"),
    "{n_docs:,} documents ({method}); colour: main topic": (
        "{n_docs:,} 篇文档（{method}）；颜色：主要主题"
    ),
    "{n_shown:,} of {n_docs:,} documents, drawn at random ({method}); colour: main topic": (
        "{n_docs:,} 篇文档中随机抽取 {n_shown:,} 篇（{method}）；颜色：主要主题"
    ),
    "Metrics; dot: a topic, line: the metric, band: 95 % interval": (
        "评估指标；点：单个主题，线：指标值，色带：95% 区间"
    ),
    "; dashed: epoch {epoch}, whose weights were kept": ("；虚线：第 {epoch} 轮，保留其权重"),
    "Mean share of topics by {unit} (dots) and a smooth curve, with 95 % intervals; dashed: "
    "change points; left out where there are fewer than {n_docs} documents": (
        "各主题的平均占比（按{unit}，点）与平滑曲线，均带 95% 区间；虚线：突变点；"
        "不足 {n_docs} 篇文档的时段不画"
    ),
    "Mean share of topics by group; grey: fewer than {n_docs} documents": (
        "各组中主题的平均占比；灰色：不足 {n_docs} 篇文档"
    ),
    "Runs compared; diamond: best": ("运行对比；菱形：最佳"),
    " ({n_more} more runs are in the table)": ("（另有 {n_more} 个运行，见表格）"),
    "Objectives by option; dot: a training, line: mean, band: standard deviation": (
        "各选项取值下的目标；点：一次训练，线：平均值，色带：标准差"
    ),
    "Importance: share of each option in the variance (fANOVA)": (
        "重要性：各选项在方差中所占比例（fANOVA）"
    ),
    "Front: no other setting is better in all objectives; diamond: recommended": (
        "前沿：没有其他设置在所有目标上都更好；菱形：推荐"
    ),
    "Numbers of topics by coherence and exclusivity": "各主题数的一致性与独有性",
    "Settings: darker is better, orange is recommended": "各种设置：颜色越深越好，橙色为推荐",
}


TOPIC_COUNT = {
    "{num_topics} topics": "{num_topics} 个主题",
    "{answer}; {num_low} to {num_high} cannot be told apart": (
        "{answer}；{num_low} 至 {num_high} 之间无法区分"
    ),
    "{answer}; other levels: {levels}": "{answer}；其他层次：{levels}",
    "{num_topics} topics, the fallback: {n_docs} training documents are too few to estimate a "
    "number": "{num_topics} 个主题（备用值）：{n_docs} 篇训练文档太少，无法估计主题数",
    "{num_topics} topics, the fallback: the counts alone suggest {num_best}, but half of the words "
    "{others}; prepare embeddings": (
        "{num_topics} 个主题（备用值）：仅凭词频估计为 {num_best} 个，"
        "但一半的词表明是 {others} 个；"
        "请准备嵌入向量"
    ),
    "{num_topics} topics, the fallback: the corpus does not say how many topics it has (none of "
    "{num_first} to {num_last} is supported)": (
        "{num_topics} 个主题（备用值）：语料未能说明有多少主题"
        "（{num_first} 至 {num_last} 均无依据）"
    ),
}


CODING = {
    "mean of {n_answers} ratings of {n_items} topics, each topic counted once": (
        "{n_items} 个主题的 {n_answers} 个评分的平均值，每个主题权重相同"
    ),
    "share of {n_answers} answers to {n_items} items that name the intruder; by chance: {chance}": (
        "对 {n_items} 道题的 {n_answers} 个答案中找出混入者的比例；随机猜测为 {chance}"
    ),
    "How often do coders find the word that does not belong to the topic?": (
        "评判者有多常找出不属于主题的词？"
    ),
    "How often do coders find the document that is not about the topic?": (
        "评判者有多常找出不属于主题的文档？"
    ),
    "How often do coders find the topic that a document does not have?": (
        "评判者有多常找出文档所没有的主题？"
    ),
    "How well do the top words fit together, from 1 to 3?": "主题词彼此有多相关（1 至 3 分）？",
}


NAMES = {
    "Named by a phrase that {documents:,} of {of_documents:,} documents of the topic contain, and "
    "{other_documents:,} of {of_other_documents:,} others.": (
        "名称取自一个短语：该主题的 {of_documents:,} 篇文档中有 {documents:,} 篇包含它，"
        "其他 {of_other_documents:,} 篇文档中有 {other_documents:,} 篇。"
    ),
    "Hierarchy of the topics; the further right two meet, the less alike": (
        "主题的层次结构；汇合处越靠右，越不相似"
    ),
    "Named by a language model, from its top words and typical documents.": (
        "名称由语言模型根据主题词和典型文档给出。"
    ),
    "Named by its top words: no phrase of the texts sets its documents apart.": (
        "名称由主题词组成：文本中没有能区分其文档的短语。"
    ),
}


SEARCH = {
    "Exclusivity": "独有性",
    "Objectives by option": "各选项取值下的目标",
    "A dot is a training; the line is the mean over the other options and the seeds, the band one "
    "standard deviation.": "点为一次训练；线为对其他选项和种子的平均值，色带为一个标准差。",
    "Importance of the options": "各选项的重要性",
    "Share of each option in the variance of an objective over the space, seed noise included.": (
        "各选项在目标于整个空间内的方差中所占比例，含种子的噪声。"
    ),
    "Front": "前沿",
    "Blue settings are beaten by no other in all objectives at once; better is up and right.": (
        "蓝色的设置没有被其他设置在所有目标上同时超过；越靠右上越好。"
    ),
    "Numbers of topics": "主题数",
    "Mean coherence and exclusivity of each number of topics, in the test documents.": (
        "每个主题数在测试文档中的平均一致性和独有性。"
    ),
    "All settings": "所有设置",
    "Each line is a setting; follow the dark ones.": "每条线为一种设置；看深色的线。",
}
