"""The words written on charts, in English and Chinese."""

from __future__ import annotations

from collections.abc import Mapping

from theta.errors import InvalidOption

_ENGLISH = {
    "topic": "Topic",
    "epoch": "Epoch",
    "documents": "Documents",
    "probability_in_topic": "Top words; bar: probability of the word in the topic",
    "word_clouds": "Top words; area: probability of the word in the topic",
    "topic_similarity": "Similarity of topics",
    "all_documents": "{n_docs:,} documents ({method}); colour: main topic",
    "sampled_documents": (
        "{shown:,} of {n_docs:,} documents, drawn at random ({method}); colour: main topic"
    ),
    "metrics": "Metrics; dot: a topic, line: the metric, band: 95 % interval over topics",
    "training_curves": "Training",
    "best_epoch": "; dashed: epoch {epoch}, whose weights were kept",
    "validation_elbo": "Validation ELBO",
    "reconstruction": "Reconstruction loss",
    "kl": "KL divergence",
    "kl_weight": "KL weight",
    "learning_rate": "Learning rate",
    "topics_over_time": (
        "Mean share of topics by {unit}, with 95 % intervals (Student's t); "
        "left out where there are fewer than {min_docs} documents"
    ),
    "day": "day",
    "week": "week",
    "month": "month",
    "quarter": "quarter",
    "year": "year",
    "decade": "decade",
    "topics_by_group": ("Mean share of topics by group; grey: fewer than {min_docs} documents"),
    "compare": "Runs compared; diamond: best",
    "and_more": " ({n} more runs are in the table)",
}

_CHINESE = {
    "topic": "主题",
    "epoch": "训练轮次",
    "documents": "文档数",
    "probability_in_topic": "主题词；条形长度：词在该主题中的概率",
    "word_clouds": "主题词；面积：词在该主题中的概率",
    "topic_similarity": "主题相似度",
    "all_documents": "{n_docs:,} 篇文档（{method}）；颜色：主要主题",
    "sampled_documents": "{n_docs:,} 篇文档中随机抽取 {shown:,} 篇（{method}）；颜色：主要主题",
    "metrics": "评估指标；点：单个主题，线：指标值，色带：按主题自助法的 95% 区间",
    "training_curves": "训练过程",
    "best_epoch": "；虚线：第 {epoch} 轮，保留其权重",
    "validation_elbo": "验证集 ELBO",
    "reconstruction": "重构损失",
    "kl": "KL 散度",
    "kl_weight": "KL 权重",
    "learning_rate": "学习率",
    "topics_over_time": (
        "各主题的平均占比（按{unit}），色带为 95% 区间（学生 t）；不足 {min_docs} 篇文档的时段不画"
    ),
    "day": "日",
    "week": "周",
    "month": "月",
    "quarter": "季度",
    "year": "年",
    "decade": "十年",
    "topics_by_group": "各组中主题的平均占比；灰色：不足 {min_docs} 篇文档",
    "compare": "运行对比；菱形：最佳",
    "and_more": "（另有 {n} 个运行，见表格）",
}

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
