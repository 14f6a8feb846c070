"""Names and stop words of languages."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from theta.errors import InvalidOption, MissingFile

UNDETERMINED = "und"
"""ISO 639 code for a language that was not recognized."""

LANGUAGES = {
    "afrikaans": "af", "albanian": "sq", "amharic": "am", "arabic": "ar", "armenian": "hy",
    "assamese": "as", "azerbaijani": "az", "basque": "eu", "belarusian": "be", "bengali": "bn",
    "breton": "br", "bulgarian": "bg", "burmese": "my", "catalan": "ca", "chinese": "zh",
    "croatian": "hr", "czech": "cs", "danish": "da", "dutch": "nl", "english": "en",
    "esperanto": "eo", "estonian": "et", "faroese": "fo", "finnish": "fi", "french": "fr",
    "galician": "gl", "georgian": "ka", "german": "de", "greek": "el", "gujarati": "gu",
    "haitian": "ht", "hausa": "ha", "hebrew": "he", "hindi": "hi", "hungarian": "hu",
    "icelandic": "is", "igbo": "ig", "indonesian": "id", "irish": "ga", "italian": "it",
    "japanese": "ja", "javanese": "jv", "kannada": "kn", "kazakh": "kk", "khmer": "km",
    "kinyarwanda": "rw", "korean": "ko", "kurdish": "ku", "kyrgyz": "ky", "lao": "lo",
    "latin": "la", "latvian": "lv", "lithuanian": "lt", "luxembourgish": "lb",
    "macedonian": "mk", "malagasy": "mg", "malay": "ms", "malayalam": "ml", "maltese": "mt",
    "marathi": "mr", "mongolian": "mn", "nepali": "ne", "norwegian": "no", "occitan": "oc",
    "odia": "or", "pashto": "ps", "persian": "fa", "polish": "pl", "portuguese": "pt",
    "punjabi": "pa", "romanian": "ro", "russian": "ru", "serbian": "sr", "sesotho": "st",
    "sinhala": "si", "slovak": "sk", "slovenian": "sl", "somali": "so", "spanish": "es",
    "swahili": "sw", "swedish": "sv", "tagalog": "tl", "tajik": "tg", "tamil": "ta",
    "tatar": "tt", "telugu": "te", "thai": "th", "tibetan": "bo", "turkish": "tr",
    "turkmen": "tk", "ukrainian": "uk", "urdu": "ur", "uyghur": "ug", "uzbek": "uz",
    "vietnamese": "vi", "welsh": "cy", "xhosa": "xh", "yoruba": "yo", "zulu": "zu",
}  # fmt: skip
"""ISO 639-1 codes of the languages that are recognized, by English name."""

_ENGLISH = """
    a about above across after afterwards again against all almost alone along already also
    although always am among amongst an and another any anyhow anyone anything anyway anywhere
    are around as at be became because become becomes becoming been before beforehand behind
    being below beside besides between beyond both but by can cannot cant co con could couldnt
    did do does doing done down due during each eg eight either eleven else elsewhere enough etc
    even ever every everyone everything everywhere except few fifteen fifty first five for
    former formerly forty four from further get go had has hasnt have having he hence her here
    hereafter hereby herein hereupon hers herself him himself his how however hundred i ie if in
    inc indeed into is it its itself just keep last latter latterly least less ltd made many may
    me meanwhile might more moreover most mostly much must my myself namely neither never
    nevertheless next nine no nobody none noone nor not nothing now nowhere of off often on once
    one only onto or other others otherwise ought our ours ourselves out over own per perhaps
    please put quite rather re same see seem seemed seeming seems several shall she should since
    six sixty so some somehow someone something sometime sometimes somewhere still such take ten
    than that the their theirs them themselves then thence there thereafter thereby therefore
    therein thereupon these they third this those though three through throughout thru thus to
    together too toward towards twelve twenty two under unless until up upon us very via was we
    well were what whatever when whence whenever where whereafter whereas whereby wherein
    whereupon wherever whether which while whither who whoever whole whom whose why will with
    within without would yet you your yours yourself yourselves
"""
"""English function words: articles, pronouns, determiners and numerals, prepositions,
conjunctions, auxiliaries, adverbs of place, time and degree, and a few verbs and abbreviations
without a topic of their own (get, go, see, etc). Based on the Glasgow list (the one in
scikit-learn), without content words such as interest, system, fire, bill and mill, and with the
auxiliaries it lacks."""

_CONTENT_WORDS = {
    "de": "gott mann mensch menschen",
    "fi": "kukka kuusi sataa",
    "hi": "घर",
    "it": "citta città consiglio futuro gruppo paese scola",
    "pt": "apoio conselho grupo obra sistema",
    "ru": "вечер вода война голова голос город деньги дом дорога друг душа женщина жизнь земля "
    "книга комната лицо любить люди мать машина мир мира москва народ нога ночь окно отец писать "
    "правда работа работать ребенок россия рука русский свет сила советский стол страна товарищ "
    "улица утро",
}
"""Content words in the lists of stopwords-iso. Three Finnish ones also have a sense without
content, but mean flower, spruce (or six) and rains (or a hundred)."""


DENSE_LANGUAGES = frozenset({"ja", "km", "ko", "lo", "my", "th", "zh"})
"""Languages whose words have fewer characters than those of alphabetic scripts."""


def language_code(language: str) -> str:
    """Return the ISO 639-1 code of a language given by English name or code.

    Raises
    ------
    InvalidOption
        If it is unknown; the message lists the languages.
    """
    name = language.strip().casefold()
    if name in LANGUAGES:
        return LANGUAGES[name]
    if name in LANGUAGES.values() or name == UNDETERMINED:
        return name
    raise InvalidOption(
        f"--language {language} is unknown; use auto, {UNDETERMINED} (no stop words) or one of: "
        f"{', '.join(LANGUAGES)}"
    )


def language_codes(languages: str) -> tuple[str, ...]:
    """Return the codes of a comma-separated list of languages, without repetitions.

    Raises
    ------
    InvalidOption
        If one is unknown, or if ``und`` is one of several.
    """
    names = languages.split(",")
    if len(names) > 1 and "auto" in {name.strip().casefold() for name in names}:
        raise InvalidOption(
            f"--language {languages}: auto, which finds all languages of the texts, cannot be "
            "combined with others; use auto alone, or name every language"
        )
    codes = tuple(dict.fromkeys(map(language_code, names)))
    if len(codes) > 1 and UNDETERMINED in codes:
        raise InvalidOption(
            f"--language {languages}: {UNDETERMINED} cannot be combined with others"
        )
    return codes


def language_name(code: str) -> str:
    """Return the English name of a language code."""
    names = {code: name for name, code in LANGUAGES.items()}
    return names.get(code, "not recognized")


@cache
def stop_words(code: str) -> frozenset[str]:
    """Return the words to remove from texts of a language; empty if it has no list.

    In languages with dense scripts, words in Latin letters are mostly English, so these languages
    include the English stop words.
    """
    own = listed_stop_words(code)
    return own | listed_stop_words("en") if code in DENSE_LANGUAGES else own


@cache
def listed_stop_words(code: str) -> frozenset[str]:
    """Return the stop words of a language, as its list writes them; empty if it has no list.

    The lists are those of stopwords-iso without a few content words (war, Russia and woman in the
    Russian one). Its English list is not used: it has a thousand words more than other lists, such
    as computer, information, state, research and home. The English list consists of `_ENGLISH` and
    the contractions of stopwords-iso.
    """
    import stopwordsiso

    if not stopwordsiso.has_lang(code):
        return frozenset()
    words = frozenset(stopwordsiso.stopwords(code))
    if code == "en":
        contractions = {word for word in words if "'" in word}
        fused = {word.replace("'", "") for word in contractions if word.endswith("n't")}
        return frozenset(_ENGLISH.split()) | contractions | fused
    return words - frozenset(_CONTENT_WORDS.get(code, "").split())


def read_stop_words(path: Path) -> frozenset[str]:
    """Return the user's stop words: one per line; ``#`` starts a comment."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise MissingFile(f"--stopwords {path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InvalidOption(f"--stopwords {path} is not UTF-8: {error}") from error
    return frozenset(word for line in lines if (word := line.split("#")[0].strip()))
