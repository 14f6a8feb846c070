"""Definitions and meanings of metrics in Chinese."""

from __future__ import annotations

METRICS = {
    # Definitions. If several match a sentence, the first one counts: composite ones come first.
    "{definition}; {n_left_out} of {num_topics} topics left out: each {undefined}": (
        "{definition}；{num_topics} 个主题中有 {n_left_out} 个不计，因为其{undefined}"
    ),
    "every topic {undefined}": "每个主题{undefined}",
    "mean NPMI of all word pairs, sliding window of {window} tokens (gensim's c_npmi), {counted}": (
        "所有词对 NPMI 的平均值，滑动窗口为 {window} 个词（同 gensim 的 c_npmi），{counted}"
    ),
    "mean cosine of each word's NPMI vector with the topic's, sliding window of {window} tokens "
    "(gensim's c_v), {counted}": (
        "各词与主题的 NPMI 向量的平均余弦，滑动窗口为 {window} 个词（同 gensim 的 c_v），{counted}"
    ),
    "mean log P(word | higher-ranked word) by document counts (gensim's u_mass), {counted}": (
        "log P（词 | 排名更高的词）的平均值，按文档计数（同 gensim 的 u_mass），{counted}"
    ),
    "over the top {n_words} words, in {reference} ({n_docs} documents); smoothing 1e-12; words "
    "that never occur there are left out": (
        "取前 {n_words} 个词，在{reference}（{n_docs} 篇文档）中计数；平滑项 "
        "1e-12；其中从未出现的词不计"
    ),
    "the corpus": "语料",
    "unique words / all words of the topics' top {n_words}; for a topic: mean over its words of "
    "1 / the number of topics that list the word": (
        "各主题前 {n_words} 个词中，不同的词数 / 总词数；单个主题：对其各词取 1 / "
        "列出该词的主题数，再平均"
    ),
    "1 − mean rank-biased overlap (extrapolated, p = {p}) of all pairs of topics over the top "
    "{n_words} words; for a topic: with all others": (
        "1 − 所有主题对前 {n_words} 个词的平均排序偏置重叠（外推，p = "
        "{p}）；单个主题：与其他所有主题相比"
    ),
    "mean FREX of the top {n_words} words: harmonic mean of the word's rank by exclusivity "
    "(weight {exclusivity}) and by frequency (weight {frequency}) in its topic, as shares of the "
    "vocabulary": (
        "前 {n_words} 个词的平均 FREX：词在主题中按独有性（权重 "
        "{exclusivity}）和按频率（权重 {frequency}）的排名（占词表的比例）的调和平均"
    ),
    "document completion, per token: exp(−mean log p(word)) of the second halves of {n_docs} "
    "test documents, θ inferred from their first halves; no smoothing; interval over documents": (
        "文档补全，按词计：{n_docs} 篇测试文档后半部分的 exp(−log p(词) 的平均值)，θ "
        "由前半部分推断；不作平滑；区间按文档计算"
    ),
    "normalised mutual information (arithmetic mean of the entropies) of dominant topic and "
    "label; {documents} ({n_docs})": (
        "主要主题与标签的归一化互信息（熵的算术平均）；{documents}（{n_docs} 篇）"
    ),
    "normalised mutual information (arithmetic mean of the entropies) of dominant topic and "
    "label; {documents}": "主要主题与标签的归一化互信息（熵的算术平均）；{documents}",
    "adjusted Rand index of dominant topic and label; {documents} ({n_docs})": (
        "主要主题与标签的调整兰德指数；{documents}（{n_docs} 篇）"
    ),
    "share of documents whose label is the most frequent in their dominant topic; {documents} "
    "({n_docs})": "标签为其主要主题中最常见标签的文档比例；{documents}（{n_docs} 篇）",
    "all labelled documents": "全部有标签的文档",
    "labelled test documents": "有标签的测试文档",
    "{n_docs} labelled test documents": "{n_docs} 篇有标签的测试文档",
    "{measure} of logistic regression (L2, C = 1) on θ, {n_folds}-fold stratified "
    "cross-validation; {documents} whose label has at least {n_folds} documents, at most {most} "
    "drawn by the seed ({n_docs} documents, {n_labels} labels)": (
        "依据 θ 的逻辑回归（L2，C = 1）的{measure}，{n_folds} 折分层交叉验证；"
        "{documents}，其标签至少有 {n_folds} 篇文档，按种子至多抽取 {most} 篇"
        "（{n_docs} 篇文档，{n_labels} 种标签）"
    ),
    "accuracy": "正确率",
    "mean F1 of the labels": "各标签 F1 的平均值",
    "accuracy of {classifier} on the document embeddings; {documents}": (
        "正确率：依据文档嵌入向量，{classifier}；{documents}"
    ),
    "accuracy of {how}; {documents}": "正确率：{how}；{documents}",
    "mean F1 of the labels by {how}; {documents}": "各标签 F1 的平均值：{how}；{documents}",
    "the model's own label head": "模型自带的标签层",
    "{classifier} on θ": "依据 θ，{classifier}",
    "logistic regression (L2, C = 1) trained on {n_docs} labelled documents": (
        "由 {n_docs} 篇有标签的训练文档学得的逻辑回归（L2，C = 1）"
    ),
    "mean cosine of all pairs of the top {n_words} words by their vectors ({n_vectors} English "
    "words; {source})": (
        "前 {n_words} 个词两两之间词向量余弦的平均值（{n_vectors} 个英文词；{source}）"
    ),
    "by vectors of English words": "依据英文词向量",
    "fitted on what people said of 300 topics (Hoyle et al. 2021), from embedding coherence, C_V "
    "in {reference} and the words' frequency in English; a topic's error is ±{error} (root mean "
    "square)": (
        "由嵌入一致性、在{reference}中计得的 C_V 和词在英语中的频率估计，依据 300 "
        "个主题的人工评分拟合（Hoyle et al. 2021）；单个主题的误差为 ±{error}（均方根）"
    ),
    "there are word vectors for English (en) only, the texts are in: {languages}": (
        "词向量只有英语（en），文本的语言为：{languages}"
    ),
    "{undefined}, or no C_V": "{undefined}，或没有 C_V",
    "has fewer than {n_least} top words with a vector": "有词向量的主题词不足 {n_least} 个",
    "Are a topic's top words close in meaning, by word vectors that no run has used? English.": (
        "主题词的意思是否相近？词向量未被任何运行使用。仅限英语。"
    ),
    "How related would people call a topic's top words? 1: not, 2: somewhat, 3: very. English.": (
        "读者会认为主题词有多相关？1：无关，2：有些，3：非常。仅限英语。"
    ),
    "has fewer than two top words that occur there": "在其中出现的主题词不足两个",
    "has no words or no other topic to compare with": "没有词，或没有可比较的其他主题",
    "has no top word with a probability above 0": "没有概率大于 0 的主题词",
    "has no top word": "没有主题词",
    "exclusivity is undefined for a single topic": "只有一个主题，谈不上独有",
    "there are no test documents": "没有测试文档",
    "no second half of a test document contains a word of the vocabulary": (
        "测试文档的后半部分都不含词表中的词"
    ),
    "it is infinite: the model gives probability 0 to words that occur in {n_impossible} of "
    "{n_docs} second halves": (
        "为无穷大：{n_docs} 个后半部分中有 {n_impossible} 个含有模型认为概率为 0 的词"
    ),
    "no document has a label": "没有文档带标签",
    "no test document has a label": "没有测试文档带标签",
    "the training documents have fewer than two labels": "训练文档的标签不足两种",
    "all documents have one label": "所有文档的标签相同",
    "fewer than two labels have {n_folds} documents": "拥有 {n_folds} 篇文档的标签不足两种",
    # Meanings.
    "Do topics use different words? 1: no word is in the top 25 of two topics.": (
        "各主题用词是否不同？1：没有词同时出现在两个主题的前 25 个词中。"
    ),
    "The same for the top 10 words, the ones that people read.": (
        "同上，只看前 10 个词，即人们阅读的词。"
    ),
    "Do topics rank different words first? 1: no shared top-10 words; 0: identical lists.": (
        "各主题是否把不同的词排在前面？1：前 10 个词互不相同；0：列表相同。"
    ),
    "Do a topic's top words occur close together in the texts? 0: as by chance; 1: always.": (
        "主题词在文本中是否彼此靠近出现？0：如同偶然；1：总是如此。"
    ),
    "Do a topic's top words co-occur with the same words? 0: no; 1: exactly the same.": (
        "主题词的上下文是否相同？0：不同；1：完全相同。"
    ),
    "Do a topic's top words occur in the same documents? 0 or below; closer to 0 is better.": (
        "主题词是否出现在同一文档中？不大于 0，越接近 0 越好。"
    ),
    "Are a topic's top words exclusive to it and frequent in it? 0 to 1.": (
        "主题词是否为该主题所独有且常见？0 到 1。"
    ),
    "How surprising is the rest of a new document to the model? As uncertain as a choice among "
    "this many equally likely words.": (
        "模型对新文档余下部分感到多意外？相当于在多少个等可能的词中选择。"
    ),
    "How much information does the main topic carry about the known label? 0: none; 1: all.": (
        "主要主题能说明多少已知标签？0：毫无关系；1：完全一致。"
    ),
    "Do topics group the documents as the labels do? 0: no better than chance; 1: exactly.": (
        "文档的归类是否与标签一致？0：如同偶然；1：完全一致。"
    ),
    "Share of documents with the most frequent label of their main topic; grows with K.": (
        "带有其主要主题最常见标签的文档比例；随主题数增大。"
    ),
    "Share of labels that a simple classifier predicts from the topic shares alone.": (
        "简单分类器仅凭主题占比猜对标签的比例。"
    ),
    "The same, with equal weight for every label, rare or frequent.": (
        "同上，但每个标签无论多少都同等计算。"
    ),
    "Share of test documents whose label is predicted correctly from their topics, learning from "
    "the labels of training documents only; the same documents in every mode.": (
        "仅从训练文档的标签学习，由主题判断测试文档标签的正确率；各模式用同样的文档。"
    ),
    "How much information does the main topic of a test document carry about its label?": (
        "测试文档的主要主题能说明多少其标签？"
    ),
    "accuracy@test without topics: predicted from the embeddings themselves.": (
        "不用主题、直接由嵌入向量判断时的 accuracy@test。"
    ),
}
