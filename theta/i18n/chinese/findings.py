"""Health and flags of topics in Chinese."""

from __future__ import annotations

HEALTH = {
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


FLAGS = {
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
