"""What coders read: instructions, questions and labels, by language."""

from __future__ import annotations

from collections.abc import Mapping

from theta.i18n import translated

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


def coder_texts(language: str) -> Mapping[str, str]:
    """Return the texts in one language by name; values replace the names in braces."""
    return {name: translated(language, text) for name, text in _ENGLISH.items()}
