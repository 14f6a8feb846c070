"""What coders read: instructions, questions and labels, by language."""

from __future__ import annotations

from collections.abc import Mapping

_ENGLISH = {
    "title": "Coding topics",
    "coder": "Coder {n}",
    "id": "id",
    "task": "task",
    "question": "question",
    "shown": "shown",
    "answer": "answer",
    "sheet": "Questions",
    "instructions": "Instructions",
    "words": "Words",
    "documents": "Texts",
    "topics": "Word lists",
    "rating": "Rating",
    "ask_words": "Which word does not belong with the others?",
    "ask_documents": "Which text is not about the same subject as the others?",
    "ask_topics": "Which word list does not fit the text?",
    "ask_rating": "How well do these words fit together? 1: not at all; 2: somewhat; 3: very well.",
    "rate_1": "not at all",
    "rate_2": "somewhat",
    "rate_3": "very well",
    "intro": (
        "You will see words and texts that a computer has sorted into subjects, and judge how "
        "well it did. You need no special knowledge."
    ),
    "how_words": (
        "Words: all words but one belong to one subject. Choose the one that does not belong. For "
        "example, among apple, pear, cherry, hammer, plum and grape it is hammer."
    ),
    "how_documents": (
        "Texts: all texts but one are about the same subject. Choose the one that is not. Long "
        "texts are cut."
    ),
    "how_topics": (
        "Word lists: below a text are several lists of words. All lists but one fit the text at "
        "least in part. Choose the one that does not."
    ),
    "how_rating": (
        "Rating: read the words and say how well they fit together: 1 not at all, 2 somewhat, 3 "
        "very well."
    ),
    "rules": (
        "Follow your first impression. If you are unsure, choose the most likely answer. Work "
        "alone, without looking anything up, and do not go back once you have seen a later part."
    ),
    "how_page": (
        "Answer with the mouse or the keys. The page saves your answers in this browser as you go; "
        "you may close it and continue later on the same computer. When you are done, download "
        "your answers and send the file back."
    ),
    "how_sheet": (
        "Write the letter of your answer, or the number from 1 to 3, into the column "
        "“answer”. Change nothing else. Save the file and send it back."
    ),
    "start": "Start",
    "continue": "Continue",
    "previous": "Previous",
    "next": "Next",
    "progress": "{n} of {total}",
    "part": "Part {n} of {total}: {name}",
    "download": "Download answers",
    "all_done": "All {total} questions are answered. Download your answers and send the file back.",
    "not_done": "{n} of {total} questions have no answer yet.",
    "to_open": "Go to the first one",
    "saved": "Answers are saved in this browser.",
    "not_saved": (
        "This browser does not save your answers: download them before you close the page."
    ),
    "keys": "Keys: {keys}; ← → previous and next",
    "no_script": "This page needs JavaScript, which it contains. It loads nothing.",
}

_CHINESE = {
    "title": "主题评判",
    "coder": "评判者 {n}",
    "id": "编号",
    "task": "任务",
    "question": "问题",
    "shown": "内容",
    "answer": "答案",
    "sheet": "题目",
    "instructions": "说明",
    "words": "词语",
    "documents": "文本",
    "topics": "词表",
    "rating": "评分",
    "ask_words": "哪个词与其他词不属于同一主题？",
    "ask_documents": "哪篇文本与其他文本谈的不是同一主题？",
    "ask_topics": "哪个词表与这篇文本不符？",
    "ask_rating": "这些词彼此有多相关？1：不相关；2：有些相关；3：非常相关。",
    "rate_1": "不相关",
    "rate_2": "有些相关",
    "rate_3": "非常相关",
    "intro": "下面的词语和文本由计算机按主题归类，请您判断归得好不好。不需要专业知识。",
    "how_words": (
        "词语：除一个词以外，其他词属于同一主题。请选出不属于该主题的词。例如，"
        "苹果、梨、樱桃、锤子、李子、葡萄中应选“锤子”。"
    ),
    "how_documents": (
        "文本：除一篇以外，其他文本谈的是同一主题。请选出谈别的主题的那一篇。长文本已截短。"
    ),
    "how_topics": "词表：文本下面有几个词表，除一个以外都至少部分符合文本。请选出不符的那一个。",
    "how_rating": "评分：读这些词，判断它们彼此有多相关：1 不相关，2 有些相关，3 非常相关。",
    "rules": (
        "请凭第一印象作答；拿不准时，选最有可能的答案。请独立完成，不要查资料；"
        "看到后面的部分以后，不要再改前面的答案。"
    ),
    "how_page": (
        "用鼠标或键盘作答。本页会随时把答案保存在浏览器中，您可以关闭后在同一台电脑上继续。"
        "完成后请下载答案，并把文件发回。"
    ),
    "how_sheet": (
        "请把所选答案的字母（或 1 到 3 的分数）填入“答案”一列，不要改动其他内容。保存后把文件发回。"
    ),
    "start": "开始",
    "continue": "继续",
    "previous": "上一题",
    "next": "下一题",
    "progress": "第 {n} 题，共 {total} 题",
    "part": "第 {n} 部分，共 {total} 部分：{name}",
    "download": "下载答案",
    "all_done": "{total} 题已全部作答。请下载答案，并把文件发回。",
    "not_done": "共 {total} 题，还有 {n} 题没有作答。",
    "to_open": "转到第一道未答的题",
    "saved": "答案已保存在此浏览器中。",
    "not_saved": "此浏览器不会保存答案：关闭本页之前请先下载。",
    "keys": "按键：{keys}；← → 切换题目",
    "no_script": "本页需要 JavaScript（已内含），不会加载任何外部内容。",
}

CODING: Mapping[str, Mapping[str, str]] = {"en": _ENGLISH, "zh": _CHINESE}
"""Texts by language and name; values replace the names in braces."""
