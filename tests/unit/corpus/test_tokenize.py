from __future__ import annotations

import importlib.util

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.corpus.conftest import without_segmenter
from theta.corpus.languages import stop_words
from theta.corpus.mixed import MixedTokenizer
from theta.corpus.segmenters import find_segmenter
from theta.corpus.separators import part_words, words_between_separators
from theta.corpus.tokenize import Tokenizer, TokenRules
from theta.errors import InvalidOption


def finder(
    language: str = "und",
    *,
    lowercase: bool = True,
    keep_numbers: bool = False,
    stop: frozenset[str] | None = None,
) -> Tokenizer:
    stop = stop_words(language) if stop is None else stop
    return Tokenizer(TokenRules(language, stop, lowercase, keep_numbers))


def needs(module: str) -> pytest.MarkDecorator:
    missing = importlib.util.find_spec(module) is None
    return pytest.mark.skipif(missing, reason=f"{module} is an extra")


@pytest.mark.parametrize(
    ("language", "text", "words"),
    [
        (
            "en",
            "The government's plan: don't panic, it's O'Brien's!",
            "government plan panic brien",
        ),
        ("en", "COVID-19 and covid19 cost 3.5 million in 2020", "covid covid19 cost million"),
        (
            "en",
            "state_of_the_art; ﬁnance ＡＢＣ café cafe\u0301",
            "state art finance abc café café",
        ),
        ("en", "mq9h 34u g9v mp3 co2", "mp3 co2"),
        ("fr", "L'homme qu’il a vu dans l’université", "homme université"),
        ("de", "Die Größe der Übermütigen straße", "größe übermütigen straße"),
        ("ru", "Москва и столица России", "москва столица россии"),
        ("uk", "П'ять комп’ютерів", "п'ять комп'ютерів"),
        ("pl", "Żółta łódź i gęś są", "żółta łódź gęś"),
        ("tr", "IŞIK İstanbul'da DIŞ ığdır Türkiye’nin", "ışık istanbul dış ığdır türkiye"),
        ("el", "Η ΟΔΟΣ της ΑΘΗΝΑΣ", "οδος αθηνας"),
        ("ar", "كِتَابٌ جديد وكتاب قـــديم", "كتاب جديد وكتاب قديم"),
        ("he", "שָׁלוֹם לעולם צה״ל", "שלום לעולם צה"),
        ("hi", "किताब और माँ का घर है", "किताब माँ घर"),
        ("ko", "경제 성장과 물가 안정", "경제 성장과 물가 안정"),
        ("fa", "کتاب‌های تهران", "کتاب\u200cهای تهران"),
        ("zh", "自然语言处理是人工智能的重要方向", "自然语言 处理 人工智能 重要 方向"),
        ("zh", "颱風來襲民眾關切，立法院審查預算案", "颱風 來襲 民眾 關切 立法院 審查 預算案"),
        ("zh", "他們沒有乾淨的水，乾隆皇帝", "沒有 乾淨 乾隆皇帝"),
        ("bo", "བོད་ཀྱི་སྐད་ཡིག", "བོད ཀྱི སྐད ཡིག"),
        ("zh", "2012年GDP增长7.8%，经济复苏", "gdp 增长 经济 复苏"),
    ],
)
def test_words_of_many_languages(language: str, text: str, words: str) -> None:
    if language == "ko" and importlib.util.find_spec("kiwipiepy"):
        pytest.skip("kiwipiepy finds other words")
    assert finder(language).words(text) == words.split(" ")


def test_latin_words_among_chinese_ones() -> None:
    words = finder("zh").words("ＱＱ和AI改变了 the world of 5G，NBA比赛很好看 is it")
    assert words == ["qq", "ai", "改变", "world", "nba", "比赛", "好看"]
    text = "用ＱＱ与ＡＩ聊天"
    assert all(raw in text for raw in finder("zh").segment(text))


def test_turkish_letters_are_turkish_only_in_turkish() -> None:
    assert finder("tr").words("ILIK") == ["ılık"]
    assert finder("en").words("ILIK İstanbul") == ["ilik", "istanbul"]


def test_numbers_and_letter_case_on_request() -> None:
    assert finder(keep_numbers=True).words("In 2020 34u 5") == ["2020", "34u", "5"]
    tokens = finder("en", lowercase=False).words("The Apple apple")
    assert tokens == ["Apple", "apple"]  # "The" is a stop word in any case


def test_own_stop_words_are_written_like_words() -> None:
    own = finder(stop=frozenset({"Café", "KÖLN", "كِتاب"}))
    assert own.words("Cafe\u0301 köln كتاب bonn") == ["bonn"]


@pytest.mark.parametrize(("language", "package"), [("ja", "sudachipy"), ("th", "pythainlp")])
def test_missing_segmenter_is_named(language: str, package: str) -> None:
    if importlib.util.find_spec(package):
        pytest.skip(f"{package} is installed")
    with pytest.raises(InvalidOption, match=f"pip install {package}"):
        finder(language)


@needs("sudachipy")
def test_japanese() -> None:
    words = finder("ja").words("東京都の人口は世界で最も多い。")
    assert "人口" in words
    assert "世界" in words
    assert "の" not in words


@needs("kiwipiepy")
def test_korean_particles_are_cut_off() -> None:
    assert finder("ko").words("경제가 성장하고 물가는 안정을 찾았다")[:3] == [
        "경제",
        "성장",
        "물가",
    ]
    assert "찾았" not in finder("ko").words("경제가 성장하고 물가는 안정을 찾았다")


@needs("pythainlp")
def test_thai() -> None:
    assert "น้ำมัน" in finder("th").words("ราคาน้ำมันลดลง")
    assert {"เศรษฐกิจ", "ประเทศ", "ไทย"} <= set(finder("th").words("เศรษฐกิจของประเทศไทยเติบโต"))


@needs("icu4py")
@pytest.mark.parametrize(
    ("language", "text", "words"),
    [
        ("my", "မြန်မာနိုင်ငံသည် တည်ရှိသည်။", "မြန်မာနိုင်ငံ သည် တည်ရှိသည်"),
        ("km", "ប្រទេសកម្ពុជាមានទីក្រុង", "ប្រទេស កម្ពុជា មាន ទីក្រុង"),
        ("lo", "ປະເທດລາວມີນະຄອນຫຼວງວຽງຈັນ", "ປະເທດ ລາວ ມີ ນະຄອນຫຼວງວຽງຈັນ"),
    ],
)
def test_words_by_icu(language: str, text: str, words: str) -> None:
    tokens = finder(language)
    assert tokens.segment(text) == words.split()
    assert tokens.words(text) == words.split()


@needs("underthesea")
def test_vietnamese_words_of_several_syllables() -> None:
    tokens = finder("vi")
    text = "Bánh mì Sài\n Gòn ngon nhất Việt  Nam, giá 15.000 đồng!"
    assert tokens.words(text) == ["bánh_mì", "sài_gòn", "ngon", "việt_nam", "giá", "đồng"]
    assert all(raw in text for raw in tokens.segment(text))
    syllables = Tokenizer(TokenRules("vi", frozenset(), True, False, segmenter="spaces"))
    assert syllables.words("Bánh mì Việt Nam") == ["bánh", "việt", "nam"]


@pytest.mark.parametrize("language", ["my", "ja", "th"])
def test_a_script_without_spaces_needs_its_segmenter(
    language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = without_segmenter(monkeypatch, language)
    with pytest.raises(InvalidOption, match=f"words need a segmenter: pip install {package}"):
        find_segmenter(language)


@pytest.mark.parametrize("language", ["ko", "vi"])
def test_spaces_serve_where_the_segmenter_is_missing(
    language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = without_segmenter(monkeypatch, language)
    found = find_segmenter(language)
    assert (found.name, found.parted_by_spaces) == ("spaces", True)
    assert f"pip install {package}" in found.advice
    # New texts of a corpus that was cut by the segmenter are not cut in another way.
    with pytest.raises(InvalidOption, match=f"pip install {package}"):
        find_segmenter(language, package)


def test_several_languages_text_by_text() -> None:
    rules = [TokenRules(code, stop_words(code), True, False) for code in ("en", "zh", "fr")]
    mixed = MixedTokenizer(rules)
    texts = [
        "The train and the car",
        "北京的天气很好",
        "",
        "Le train et la voiture, car il pleut",
        "42",
    ]
    raws = mixed.encode(texts)
    words = [raws.outcomes[at][0] for at in raws.ids.tolist()]
    ends = np.cumsum(raws.counts)
    parts = [
        [word for word in words[end - n : end] if word]
        for end, n in zip(ends.tolist(), raws.counts.tolist(), strict=True)
    ]
    # "car" is an English noun and a French conjunction.
    assert parts == [["train", "car"], ["北京", "天气"], [], ["train", "voiture", "pleut"], []]
    for text, part in zip(texts, parts, strict=True):
        assert mixed.for_text(text).words(text) == part


def test_jieba_leaves_no_file_and_says_nothing(
    tmp_path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    import tempfile

    from theta.corpus import segmenters

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    segmenters._jieba.cache_clear()
    assert finder("zh").words("北京大学") == ["北京大学"]
    assert list(tmp_path.iterdir()) == []
    assert capfd.readouterr() == ("", "")


# --- one text alone, many at once ----------------------------------------------------------

TEXTS = st.lists(
    st.one_of(
        st.text(max_size=40), st.text("abcXYZ 019'’-_\n\u200d\u200cİıßéक़िअ中あ٣", max_size=40)
    ),
    max_size=8,
)


@given(TEXTS)
def test_ascii_is_cut_like_everything_else(texts: list[str]) -> None:
    # A letter that is not ASCII sends the same text the other way.
    for text in texts:
        if text.isascii():
            assert words_between_separators(text) == words_between_separators(text + " é")[:-1]


@given(TEXTS)
def test_texts_together_are_cut_as_alone(texts: list[str]) -> None:
    assert [parted.split() for parted in part_words(texts)] == [
        words_between_separators(text) for text in texts
    ]


@given(TEXTS, st.sampled_from(["und", "tr", "en"]))
def test_encoded_words_are_the_words(texts: list[str], language: str) -> None:
    from theta.corpus.bow import _without_surrogates

    tokens = finder(language)
    texts = [_without_surrogates(text) for text in texts]
    raws = tokens.encode(texts)
    expected = [list(tokens.raw_words(text)) for text in texts]
    assert raws.counts.tolist() == [len(words) for words in expected]
    assert [raws.types[at] for at in raws.ids.tolist()] == [w for words in expected for w in words]


@given(st.text(max_size=60))
def test_words_are_runs_of_unicode_words(text: str) -> None:
    import unicodedata

    for word in words_between_separators(text):
        assert word in text
        for character in word:
            category = unicodedata.category(character)
            assert category[0] in "LM" or category == "Nd" or character in "'’ʼ\u200c\u200d"


@given(st.text(max_size=60), st.sampled_from(["und", "tr", "zh"]))
def test_halves_are_halves(text: str, language: str) -> None:
    tokens = finder(language)
    end = tokens.first_half(text)
    whole, half = len(tokens.segment(text)), len(tokens.segment(text[:end]))
    assert 0 <= end <= len(text)
    if language != "zh":  # a segmenter may cut a shorter text otherwise
        assert half == (whole + 1) // 2


def test_first_half_by_hand() -> None:
    # Five words: the first three, up to the end of the third.
    assert finder().first_half("One, two; the third. And four?") == len("One, two; the")
    assert finder().first_half("") == 0


@given(st.text(max_size=20), st.booleans(), st.booleans())
def test_normalizing_never_fails(raw: str, lowercase: bool, keep_numbers: bool) -> None:
    tokens = finder("en", lowercase=lowercase, keep_numbers=keep_numbers)
    for word in words_between_separators(raw):
        written, reason = tokens.normalize(word)
        assert bool(written) != bool(reason)
        assert " " not in written


@given(st.text(st.characters(min_codepoint=97, max_codepoint=122), min_size=1, max_size=8))
def test_short_way_for_plain_words_is_the_long_way(raw: str) -> None:
    tokens = finder("en")
    quick = tokens._normalize(raw)
    tokens._plain = False
    assert tokens._normalize(raw) == quick
