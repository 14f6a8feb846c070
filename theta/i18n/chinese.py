"""The labels in Chinese."""

from __future__ import annotations

_SHARED = {
    "topic": "主题",
    "topics": "主题",
    "topic_count": "{n} 个主题",
    "num_topics": "主题数",
    "worth": "可重现且可读的主题数，每个主题减 ½",
    "topic_parts": "两项比例",
    "returning": "在另一半文档中重现（扣除偶然）",
    "readable": "凭词语可判断（F1）",
    "epoch": "训练轮次",
    "documents": "文档数",
    "validation_elbo": "验证集 ELBO",
    "reconstruction": "重构损失",
    "kl": "KL 散度",
    "label_loss": "标签损失",
    "kl_weight": "KL 权重",
    "learning_rate": "学习率",
    "day": "日",
    "week": "周",
    "month": "月",
    "quarter": "季度",
    "year": "年",
    "decade": "十年",
    "label_column": "标签",
    "binned": "{name}（按四分位数分组）",
    "similarity_name": "1 − 主题词分布的 Jensen–Shannon 散度",
}

_PAGE = {
    "overview": "概览",
    "document": "文档",
    "map": "文档地图",
    "similarity": "主题相似度",
    "hierarchy": "层次结构",
    "hierarchy_help": (
        "按词语（有向量时也按语义），哪些主题相近：两组越靠右相接，越不相近。圆点显示该组的词语。"
    ),
    "training": "训练过程",
    "settings": "设置",
    "search": "搜索主题和文档",
    "search_hint": "按 / 搜索，按 ← → 切换主题",
    "no_hits": "没有结果",
    "hits_topics": "主题（{n}）",
    "hits_documents": "文档（{n}；本页共收 {shown} 篇）",
    "theme": "浅色 / 深色",
    "what_was_run": "运行内容",
    "fact_dataset": "数据集",
    "fact_model": "模型",
    "fact_words": "词表大小",
    "fact_embeddings": "嵌入模型",
    "fact_mode": "模式",
    "fact_seed": "随机种子",
    "fact_training": "训练用时",
    "seconds": "{n} 秒",
    "coded": "人工评判",
    "word_intrusion": "词语混入",
    "document_intrusion": "文档混入",
    "topic_intrusion": "主题混入",
    "rating": "评分",
    "health": "健康检查",
    "healthy": "未发现问题。",
    "try": "可尝试 {flags}",
    "flags": "问题",
    "command_to_try": "相应命令",
    "how_good": "质量评估",
    "unfolded": "不合并词形时（--fold_forms）：{values}",
    "interval_topics": "按主题的 95% 区间：{low} 至 {high}",
    "interval_documents": "按文档的 95% 区间：{low} 至 {high}",
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
    "name": "名称",
    "seed_words": "种子词",
    "seed_word": "词",
    "seed_rank": "“{word}”在该主题的词中排第 {rank} 位",
    "seed_help": "各种子词最终在其主题的词中的排名：",
    "seed_near": "前 {n} 位",
    "seed_listed": "前 {n} 位（本页列出的范围）",
    "seed_far": "更靠后：文本不支持它属于该主题",
    "seed_missing": "不在词表中，未起作用",
    "described": "描述的主题",
    "described_help": (
        "若文档与其主要主题的描述的相似度高于 95% 的主要主题不同的留出文档，则该文档符合描述。"
        "相似度：中心化向量的余弦，分别对主要主题为该主题的文档和其余文档取平均。"
        "词语：描述中的词及其在主题中的排名。文档：该主题中与描述最相似的文档。"
    ),
    "description": "描述",
    "fitting": "符合",
    "similarity_to_description": "相似度",
    "similarity_of_others": "其余文档",
    "best_documents": "最相似的文档",
    "moves": "与先前运行相比",
    "moves_help": (
        "本次运行从 {run} 的主题继续。移动：主题之前与现在的词分布（仅限两次运行共有的词）的"
        "Jensen–Shannon 散度；0 表示相同，1 表示没有共同的词。"
    ),
    "distance_moved": "移动",
    "new_topic": "新主题",
    "share_before": "先前占比",
    "words_left": "离开前十的词",
    "words_came": "进入前十的词",
    "effects": "协变量效应",
    "effect_of": "效应：",
    "effect_lines_help": "各主题随 {name} 变化的预测占比（对文档取平均）及 95% 区间。",
    "predicted_labels": "测试文档的标签预测",
    "predicted_help": (
        "共 {n} 篇测试文档，训练时未见其标签。颜色：占该行的比例；带框的单元格为预测正确。"
    ),
    "predicted_rows": "行：文档的标签；列：预测的标签。",
    "predicted_cell": "标签为 {name} 的 {total} 篇文档中，有 {count} 篇被预测为 {predicted}",
    "topics_help": "点击列名排序，点击主题查看其词语和文档。",
    "previous": "上一主题",
    "next": "下一主题",
    "words": "词语",
    "ranking": "词语的排序",
    "ranking_own": "本次运行的排序",
    "ranking_slider": "按相关度 λ",
    "ranked_by_scores": "本次运行中所有主题词的顺序：模型自身的得分。",
    "ranked_by_relevance": "本次运行中所有主题词的顺序：λ = {relevance} 的相关度。",
    "ranked_by_cooccurrence": (
        "本次运行中所有主题词的顺序：λ = {relevance} 的相关度，"
        "以及该词与本主题其他词共同出现的程度（--coherence_weight {coherence_weight}）。"
    ),
    "ranked_by_meaning": (
        "本次运行中所有主题词的顺序：λ = {relevance} 的相关度，"
        "该词与本主题其他词共同出现的程度（--coherence_weight {coherence_weight}），"
        "以及意思相近的程度（--meaning_weight {meaning_weight}）。"
    ),
    "ranked_as_theta": (
        "本次运行的主题词按 THETA 的默认方式排序（--rank_words），不按模型自身的分数。"
    ),
    "ranked_by_probability": "本次运行中所有主题词的顺序：词在主题中的概率。",
    "relevance_help": (
        "另一种视图，本页其他部分不采用。λ = 1：主题中概率最高的词；"
        "0：最具该主题特色的词（Sievert & Shirley 2014）。"
    ),
    "bars_help": "蓝色：在主题中的概率；灰色：在全部语料中的占比。",
    "probability": "在主题中的概率",
    "in_corpus": "在语料中的占比",
    "typical": "最典型的文档",
    "typical_help": "权重最大的文档；主题词已标出。",
    "weight": "权重",
    "nearest": "最接近的主题",
    "over_time": "随时间变化",
    "over_time_help": (
        "按{unit}的平均占比及 95% 区间（点），以及平滑曲线及其区间带；虚线：突变点。"
        "文档过少的时段不画。"
    ),
    "relations": "同时出现的主题",
    "correlation": "相关",
    "no_relations": "没有两个主题明显地同时出现或相互回避。",
    "words_by_period": "按{unit}的词",
    "words_by_period_help": (
        "该主题在各时段文档中最可能的词，以及比该主题其他时段更常见的词；文档：含有该主题的文档。"
    ),
    "words_of_model_help": "模型给出的该主题在各时间片中的词。",
    "period": "时段",
    "distinctive": "在此更常见",
    "by_group": "各组占比：{name}",
    "by_group_help": "平均占比及 95% 区间；括号内为文档数。",
    "groups_left_out": "另有 {n} 个文档较少的取值未画出。",
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
    "best_epoch": "虚线：第 {epoch} 轮，保留其权重。",
    "command": "重现本次运行的命令",
    "settings_run": "运行",
    "settings_versions": "版本",
    "settings_fingerprints": "本次运行所依据数据的指纹",
    "copy": "复制",
    "copied": "已复制",
    "close": "关闭",
    "cut": "文本截取至 {length} 个字符。",
    "no_script": "本页需要 JavaScript（已内含），不会加载任何外部内容。",
}

CHINESE = {**_SHARED, **_PAGE}

_METRICS = {
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

_CAPTIONS = {
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

_TOPIC_COUNT = {
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

_CODING = {
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

_HEALTH = {
    "{n_used} of {num_topics} topics are dominant in some document; pairs of topics with the same "
    "top words: {n_pairs}; documents with uniform topic shares: {n_uniform:,} of {n_docs:,}": (
        "{num_topics} 个主题中有 {n_used} 个是某篇文档的主要主题；主题词相同的主题对：{n_pairs}；"
        "主题占比均匀的文档：{n_docs:,} 篇中有 {n_uniform:,} 篇"
    ),
    "{num_topics} topics are many for {n_docs:,} documents: fewer than {least} each": (
        "{num_topics} 个主题对 {n_docs:,} 篇文档来说太多：每个主题不足 {least} 篇"
    ),
    "{n_unused} of {num_topics} topics are not dominant in any document": (
        "{num_topics} 个主题中有 {n_unused} 个不是任何文档的主要主题"
    ),
    "topics with the same top words: {pairs}": "主题词相同的主题：{pairs}",
    "{start} and {n_more} more pairs": "{start}，另有 {n_more} 对",
    "the KL divergence ended at {kl:.2g} nats per document: the posterior has collapsed to the "
    "prior, and topic shares do not describe the documents": (
        "KL 散度最终为每篇文档 {kl:.2g} 奈特：后验已坍缩为先验，主题占比不能说明文档"
    ),
    "{n_uniform:,} of {n_docs:,} documents have nearly the topic shares of the whole corpus: "
    "these shares do not describe them": (
        "{n_docs:,} 篇文档中有 {n_uniform:,} 篇的主题占比与全部语料几乎相同，不能说明这些文档"
    ),
    "the {n_epochs} epochs ended within the KL warm-up of {n_warmup} epochs: the KL term never "
    "reached its full weight": (
        "{n_epochs} 轮训练在 {n_warmup} 轮的 KL 预热期内结束：KL 项从未达到其全部权重"
    ),
    "training stopped early, at epoch {n_epochs}, and kept epoch {n_best}, within the KL warm-up "
    "of {n_warmup} epochs: the KL term had not reached its full weight": (
        "训练在第 {n_epochs} 轮提前停止，保留的第 {n_best} 轮在 {n_warmup} 轮的 KL 预热期内："
        "KL 项尚未达到其全部权重"
    ),
    "the validation ELBO was still rising: {rise:.3g} of its total gain of {gain:.3g} came in the "
    "last {n_tail} of {n_epochs} epochs": (
        "验证集 ELBO 仍在上升：总增量 {gain:.3g} 中有 {rise:.3g} 来自 {n_epochs} 轮中的最后 "
        "{n_tail} 轮"
    ),
    "the validation ELBO was best at epoch {n_best} of {n_epochs} and fell afterwards; the weights "
    "of that epoch were kept": (
        "验证集 ELBO 在 {n_epochs} 轮中的第 {n_best} 轮最佳，此后下降；保留的是该轮的权重"
    ),
}

_NAMES = {
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


_FLAGS = {
    "empty": "空主题",
    "encoded files": "编码文件",
    "other language": "其他语言",
    "repeated text": "重复文本",
    "one author": "单一作者",
    "one document": "单篇文档",
    "list or table": "列表或表格",
    "doubled": "重复主题",
    '{start} ("{line}" in {n_texts} of {n_sampled} documents)': (
        "{start}（{n_sampled} 篇文档中有 {n_texts} 篇含“{line}”）"
    ),
    "topic {number} is empty: it is not dominant in any document, and its share of the corpus is "
    "{share}": "主题 {number} 为空：不是任何文档的主要主题，在语料中的占比为 {share}",
    "topic {number} is made of encoded files, not of text: {share} of the characters on the lines "
    'of its top words are symbols ("{line}")': (
        "主题 {number} 由编码文件而非文本构成：其主题词所在行的字符中有 {share} 为符号（“{line}”）"
    ),
    "topic {number} is made of texts in another language: {language}": (
        "主题 {number} 由另一种语言的文本构成：{language}"
    ),
    "topic {number} is one author's: {share} of its weight is in documents with {column} = "
    "{value}, which are {of_documents} of the corpus": (
        "主题 {number} 出自一位作者：其权重有 {share} 在 {column} = {value} 的文档中，"
        "这些文档占语料的 {of_documents}"
    ),
    "topic {number} rests on one document: {n_in_one} of its {n_words} top words occur mostly in "
    "document {document}": (
        "主题 {number} 依赖一篇文档：{n_words} 个主题词中有 {n_in_one} 个主要出现在文档 "
        "{document} 中"
    ),
    "topic {number} is made of lists or tables, not of sentences: {share} of the words on the "
    "lines of its top words are stop words, {usual} in other topics "
    '("{line}")': (
        "主题 {number} 由列表或表格而非句子构成：其主题词所在行的词中有 {share} 为停用词，"
        "其他主题为 {usual}（“{line}”）"
    ),
    "topic {number} is made of repeated text: {n_repeated} of its {n_words} top words occur mostly "
    "in passages that several documents share": (
        "主题 {number} 由重复文本构成：{n_words} 个主题词中有 {n_repeated} 个主要出现在多篇文档"
        "共有的段落中"
    ),
    "topics {a} and {b} have the same top words": "主题 {a} 与 {b} 的主题词相同",
}

_SEARCH = {
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

SENTENCES = {
    **_METRICS,
    **_CAPTIONS,
    **_TOPIC_COUNT,
    **_CODING,
    **_HEALTH,
    **_NAMES,
    **_FLAGS,
    **_SEARCH,
}
"""Translations of messages, by their English templates; a missing one stays in English."""
