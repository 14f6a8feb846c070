"""What metrics mean and how they are defined, in Chinese.

The English sentences are those of `theta.evaluation`, which writes them into a run's files; here
they are read again, piece by piece, since numbers stand in them.
"""

from __future__ import annotations

import re

MEANINGS = {
    "TD": "各主题用词是否不同？1：没有词同时出现在两个主题的前 25 个词中。",
    "TD@10": "同上，只看前 10 个词，即人们阅读的词。",
    "iRBO": "各主题是否把不同的词排在前面？1：前 10 个词互不相同；0：列表相同。",
    "NPMI": "主题词在文本中是否彼此靠近出现？0：如同偶然；1：总是如此。",
    "C_V": "主题词的上下文是否相同？0：不同；1：完全相同。",
    "UMass": "主题词是否出现在同一文档中？不大于 0，越接近 0 越好。",
    "Exclusivity": "主题词是否为该主题所独有且常见？0 到 1。",
    "PPL": "模型对新文档余下部分感到多意外？相当于在多少个等可能的词中选择。",
    "NMI": "主要主题能说明多少已知标签？0：毫无关系；1：完全一致。",
    "ARI": "文档的归类是否与标签一致？0：如同偶然；1：完全一致。",
    "purity": "带有其主要主题最常见标签的文档比例；随主题数增大。",
    "accuracy": "简单分类器仅凭主题占比猜对标签的比例。",
    "macro_F1": "同上，但每个标签无论多少都同等计算。",
    "accuracy@test": "仅从训练文档的标签学习，由主题判断测试文档标签的正确率；各模式用同样的文档。",
    "macro_F1@test": "同上，但每个标签无论多少都同等计算。",
    "NMI@test": "测试文档的主要主题能说明多少其标签？",
    "control@test": "不用主题、直接由嵌入向量判断时的 accuracy@test。",
}
"""By the name of the metric."""

_PIECES = (
    # Coherence.
    (r"mean NPMI of all word pairs", "所有词对 NPMI 的平均值"),
    (r"mean cosine of each word's NPMI vector with the topic's",
     "各词与主题的 NPMI 向量的平均余弦"),
    (r"mean log P\(word \| higher-ranked word\)", "log P（词 | 排名更高的词）的平均值"),
    (r" by document counts", "，按文档计数"),
    (r", sliding window of (\d+) tokens", r"，滑动窗口为 \1 个词"),
    (r" \(gensim's (\w+)\)", r"（同 gensim 的 \1）"),
    (r", over the top (\d+) words, in the corpus \((\d+) documents\)",
     r"，取前 \1 个词，在语料（\2 篇文档）中计数"),
    (r", over the top (\d+) words, in (.+?) \((\d+) documents\)",
     r"，取前 \1 个词，在 \2（\3 篇文档）中计数"),
    (r"; smoothing 1e-12", "；平滑项 1e-12"),
    (r"; words that never occur there are left out", "；其中从未出现的词不计"),
    # Diversity and exclusivity.
    (r"different words / all words of the topics' top (\d+)",
     r"各主题前 \1 个词中，不同的词数 / 总词数"),
    (r"; of a topic: mean over its words of 1 / the number of topics that list the word",
     "；单个主题：对其各词取 1 / 列出该词的主题数，再平均"),
    (r"1 − mean rank-biased overlap \(extrapolated, p = ([\d.]+)\) of all pairs of topics "
     r"over the top (\d+) words", r"1 − 所有主题对前 \2 个词的平均排序偏置重叠（外推，p = \1）"),
    (r"; of a topic: with all others", "；单个主题：与其他所有主题相比"),
    (r"mean FREX of the top (\d+) words", r"前 \1 个词的平均 FREX"),
    (r": harmonic mean of the word's rank by exclusivity \(weight ([\d.]+)\) and by frequency "
     r"\(weight ([\d.]+)\) in its topic, as shares of the vocabulary",
     r"：词在主题中按独有性（权重 \1）和按频率（权重 \2）的排名（占词表的比例）的调和平均"),
    # Perplexity.
    (r"document completion, per token: exp\(−mean log p\(word\)\) of the second halves of (\d+) "
     r"test documents", r"文档补全，按词计：\1 篇测试文档后半部分的 exp(−log p(词) 的平均值)"),
    (r", θ inferred from their first halves", "，θ 由前半部分推断"),
    (r"; no smoothing; interval over documents", "；不作平滑；区间按文档计算"),
    # Labels.
    (r"normalised mutual information \(arithmetic mean of the entropies\) of dominant topic and "
     r"label", "主要主题与标签的归一化互信息（熵的算术平均）"),
    (r"adjusted Rand index of dominant topic and label", "主要主题与标签的调整兰德指数"),
    (r"share of documents whose label is the commonest in their dominant topic",
     "标签为其主要主题中最常见标签的文档比例"),
    (r"accuracy of the model's own label head", "模型自带标签层的正确率"),
    (r"mean F1 of the labels by the model's own label head", "模型自带标签层对各标签 F1 的平均值"),
    (r"accuracy of logistic regression \(L2, C = 1\)", "逻辑回归（L2，C = 1）的正确率"),
    (r"mean F1 of the labels (?:by|of) logistic regression \(L2, C = 1\)",
     "逻辑回归（L2，C = 1）对各标签 F1 的平均值"),
    (r" learnt from (\d+) labelled ones", r"，由 \1 篇有标签的训练文档学得"),
    (r" on θ", "，依据 θ"),
    (r" on the document embeddings", "，依据文档嵌入向量"),
    (r", (\d+)-fold stratified cross-validation", r"，\1 折分层交叉验证"),
    (r"; all labelled documents", "；全部有标签的文档"),
    (r"; (\d+) labelled test documents", r"；\1 篇有标签的测试文档"),
    (r"; labelled test documents", "；有标签的测试文档"),
    (r" whose label has at least (\d+) documents, at most (\d+) drawn by the seed "
     r"\((\d+) documents, (\d+) labels\)",
     r"，其标签至少有 \1 篇文档，按种子至多抽取 \2 篇（\3 篇文档，\4 种标签）"),
    # Why there is no value, or not for every topic.
    (r"; (\d+) of (\d+) topics left out: each ", r"；\2 个主题中有 \1 个不计，因为其"),
    (r"every topic ", "每个主题"),
    (r"has fewer than two top words that occur there", "在其中出现的主题词不足两个"),
    (r"has no words or no other topic to compare with", "没有词，或没有可比较的其他主题"),
    (r"has no top word with a probability above 0", "没有概率大于 0 的主题词"),
    (r"has no top word", "没有主题词"),
    (r"a single topic has no other topic to be exclusive of", "只有一个主题，谈不上独有"),
    (r"there are no test documents", "没有测试文档"),
    (r"no second half of a test document holds a word of the vocabulary",
     "测试文档的后半部分都不含词表中的词"),
    (r"it is infinite: the model gives probability 0 to words that stand in (\d+) of (\d+) second "
     r"halves", r"为无穷大：\2 个后半部分中有 \1 个含有模型认为概率为 0 的词"),
    (r"no document has a label", "没有文档带标签"),
    (r"no test document has a label", "没有测试文档带标签"),
    (r"the training documents have fewer than two labels", "训练文档的标签不足两种"),
    (r"all documents have one label", "所有文档的标签相同"),
    (r"fewer than two labels have (\d+) documents", r"拥有 \1 篇文档的标签不足两种"),
)  # fmt: skip


def in_chinese(sentence: str) -> str:
    """Return a metric's definition or reason in Chinese; what is not known stays English."""
    for piece, chinese in _PIECES:
        sentence = re.sub(piece, chinese, sentence)
    return re.sub(r"(?<=[\u4e00-\u9fff）]) \((\d+)\)", r"（\1 篇）", sentence)
