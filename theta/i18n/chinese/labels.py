"""Labels of the page and the charts in Chinese."""

from __future__ import annotations

SHARED = {
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


PAGE = {
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
