from __future__ import annotations

from pathlib import Path

import pytest
import stopwordsiso

from theta.corpus.languages import (
    LANGUAGES,
    UNDETERMINED,
    language_code,
    language_codes,
    read_stop_words,
    stop_words,
)
from theta.corpus.recognition import accepted_languages, decide_language, language_among
from theta.errors import InvalidOption, MissingFile

# Article 1 of the Universal Declaration of Human Rights.
ARTICLE_1 = {
    "en": "All human beings are born free and equal in dignity and rights. They are endowed with reason and conscience and should act towards one another in a spirit of brotherhood.",  # noqa: E501
    "de": "Alle Menschen sind frei und gleich an Würde und Rechten geboren. Sie sind mit Vernunft und Gewissen begabt und sollen einander im Geist der Brüderlichkeit begegnen.",  # noqa: E501
    "fr": "Tous les êtres humains naissent libres et égaux en dignité et en droits. Ils sont doués de raison et de conscience et doivent agir les uns envers les autres dans un esprit de fraternité.",  # noqa: E501
    "es": "Todos los seres humanos nacen libres e iguales en dignidad y derechos y, dotados como están de razón y conciencia, deben comportarse fraternalmente los unos con los otros.",  # noqa: E501
    "pt": "Todos os seres humanos nascem livres e iguais em dignidade e em direitos. Dotados de razão e de consciência, devem agir uns para com os outros em espírito de fraternidade.",  # noqa: E501
    "it": "Tutti gli esseri umani nascono liberi ed eguali in dignità e diritti. Essi sono dotati di ragione e di coscienza e devono agire gli uni verso gli altri in spirito di fratellanza.",  # noqa: E501
    "nl": "Alle mensen worden vrij en gelijk in waardigheid en rechten geboren. Zij zijn begiftigd met verstand en geweten, en behoren zich jegens elkander in een geest van broederschap te gedragen.",  # noqa: E501
    "sv": "Alla människor är födda fria och lika i värde och rättigheter. De har utrustats med förnuft och samvete och bör handla gentemot varandra i en anda av broderskap.",  # noqa: E501
    "fi": "Kaikki ihmiset syntyvät vapaina ja tasavertaisina arvoltaan ja oikeuksiltaan. Heille on annettu järki ja omatunto, ja heidän on toimittava toisiaan kohtaan veljeyden hengessä.",  # noqa: E501
    "pl": "Wszyscy ludzie rodzą się wolni i równi pod względem swej godności i swych praw. Są oni obdarzeni rozumem i sumieniem i powinni postępować wobec innych w duchu braterstwa.",  # noqa: E501
    "cs": "Všichni lidé rodí se svobodní a sobě rovní co do důstojnosti a práv. Jsou nadáni rozumem a svědomím a mají spolu jednat v duchu bratrství.",  # noqa: E501
    "hu": "Minden emberi lény szabadon születik és egyenlő méltósága és joga van. Az emberek, ésszel és lelkiismerettel bírván, egymással szemben testvéri szellemben kell hogy viseltessenek.",  # noqa: E501
    "ro": "Toate ființele umane se nasc libere și egale în demnitate și în drepturi. Ele sunt înzestrate cu rațiune și conștiință și trebuie să se comporte unele față de altele în spiritul fraternității.",  # noqa: E501
    "tr": "Bütün insanlar hür, haysiyet ve haklar bakımından eşit doğarlar. Akıl ve vicdana sahiptirler ve birbirlerine karşı kardeşlik zihniyeti ile hareket etmelidirler.",  # noqa: E501
    "vi": "Tất cả mọi người sinh ra đều được tự do và bình đẳng về nhân phẩm và quyền. Mọi con người đều được tạo hóa ban cho lý trí và lương tâm và cần phải đối xử với nhau trong tình bằng hữu.",  # noqa: E501
    "ru": "Все люди рождаются свободными и равными в своем достоинстве и правах. Они наделены разумом и совестью и должны поступать в отношении друг друга в духе братства.",  # noqa: E501
    "uk": "Всі люди народжуються вільними і рівними у своїй гідності та правах. Вони наділені розумом і совістю і повинні діяти у відношенні один до одного в дусі братерства.",  # noqa: E501
    "bg": "Всички хора се раждат свободни и равни по достойнство и права. Те са надарени с разум и съвест и следва да се отнасят помежду си в дух на братство.",  # noqa: E501
    "el": "Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια και τα δικαιώματα. Είναι προικισμένοι με λογική και συνείδηση, και οφείλουν να συμπεριφέρονται μεταξύ τους με πνεύμα αδελφοσύνης.",  # noqa: E501
    "he": "כל בני האדם נולדו בני חורין ושווים בערכם ובזכויותיהם. כולם חוננו בתבונה ובמצפון, לפיכך חובה עליהם לנהוג איש ברעהו ברוח של אחווה.",  # noqa: E501
    "ar": "يولد جميع الناس أحراراً متساوين في الكرامة والحقوق. وقد وهبوا عقلاً وضميراً وعليهم أن يعامل بعضهم بعضاً بروح الإخاء.",  # noqa: E501
    "fa": "تمام افراد بشر آزاد به دنیا می‌آیند و از لحاظ حیثیت و حقوق با هم برابرند. همه دارای عقل و وجدان هستند و باید نسبت به یکدیگر با روح برادری رفتار کنند.",  # noqa: E501
    "ur": "تمام انسان آزاد اور حقوق و عزت کے اعتبار سے برابر پیدا ہوئے ہیں۔ انہیں ضمیر اور عقل ودیعت ہوئی ہے۔ اس لئے انہیں ایک دوسرے کے ساتھ بھائی چارے کا سلوک کرنا چاہیئے۔",  # noqa: E501
    "hi": "सभी मनुष्यों को गौरव और अधिकारों के मामले में जन्मजात स्वतन्त्रता और समानता प्राप्त है। उन्हें बुद्धि और अन्तरात्मा की देन प्राप्त है और परस्पर उन्हें भाईचारे के भाव से बर्ताव करना चाहिए।",  # noqa: E501
    "zh": "人人生而自由，在尊严和权利上一律平等。他们赋有理性和良心，并应以兄弟关系的精神相对待。",
    "ja": "すべての人間は、生まれながらにして自由であり、かつ、尊厳と権利とについて平等である。",
    "ko": "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다.",
    "th": "มนุษย์ทั้งหลายเกิดมามีอิสระและเสมอภาคกันในเกียรติศักดิ์และสิทธิ ต่างมีเหตุผลและมโนธรรม",
}


@pytest.mark.parametrize("code", ARTICLE_1)
def test_language_is_recognised_from_two_sentences(code: str) -> None:
    assert decide_language([ARTICLE_1[code]]).code == code


def test_first_document_does_not_decide_for_all() -> None:
    texts = [ARTICLE_1["ru"]] + [ARTICLE_1["en"]] * 9
    decision = decide_language(texts)
    assert (decision.code, decision.share) == ("en", 0.9)
    assert (
        "english (about 90% of 10 sampled documents; 10% other or not recognized)" in decision.how
    )


def test_mixed_corpus_is_said_to_be_mixed() -> None:
    texts = [ARTICLE_1["ru"]] * 4 + [ARTICLE_1["en"]] * 6
    decision = decide_language(texts)
    assert decision.languages == ("en", "ru")
    assert "several languages (english 60%, russian 40%)" in decision.warning


def test_a_headline_counts_by_what_the_others_make_of_it() -> None:
    """Each of these alone could be in several languages; together they are not."""
    titles = [
        "Koszula czerwona", "Mysz bezprzewodowa", "Butelka na wodę", "Wąż ogrodowy",
        "Etui do telefonu", "Ekspres do kawy do biura", "Buty do biegania dla kobiet",
        "Nóż kuchenny",
    ]  # fmt: skip
    assert decide_language(titles)[:2] == ("pl", 1.0)
    headlines = [
        "Bank raises rates again", "Storm closes roads in the north", "Team wins cup final",
        "New school opens for 300 pupils", "Who will be the next mayor?", "Police seek witnesses",
        "Rain expected", "Fire at the old mill", "Doctors call for more beds", "Ten hurt in crash",
    ]  # fmt: skip
    assert decide_language(headlines)[:2] == ("en", 1.0)


@pytest.mark.parametrize("repeats", [1, 20])
def test_short_answers_are_in_their_language(repeats: int) -> None:
    english = [
        "very good", "too expensive", "bad service", "great food", "good value", "friendly staff",
        "not clean", "nice rooms", "slow wifi", "too loud",
    ]  # fmt: skip
    finnish = [
        "hyvä palvelu", "liian kallis", "ruoka oli kylmää", "siisti huone", "huono sijainti",
        "erittäin hyvä", "ei suositella", "mukava paikka", "melko hidas palvelu",
    ]  # fmt: skip
    assert accepted_languages(english * repeats) == {"en": 1.0}
    assert accepted_languages(finnish * repeats) == {"fi": 1.0}


@pytest.mark.parametrize(
    "texts",
    [
        ["sun", "moon"] * 6,
        ["car", "bus", "car", "car", "train", "on foot", "bike"] * 20,
        ["Toyota Corolla petrol 1.6", "Honda Civic hybrid blue", "BMW diesel cabriolet"] * 20,
        ["w1 w2 w3", "12 34", ""],
    ],
)
def test_few_different_words_say_nothing_however_often(texts: list[str]) -> None:
    decision = decide_language(texts)
    assert (decision.code, decision.languages) == (UNDETERMINED, (UNDETERMINED,))
    assert "no stop words are removed; name it with --language" in decision.warning


def test_shares_are_those_of_the_documents() -> None:
    words = {code: ARTICLE_1[code].split() for code in ("en", "de", "sv")}
    parts = {"en": 60, "de": 30, "sv": 10}
    titles = [
        " ".join(words[code][at % 20 : at % 20 + 8]) for code, n in parts.items() for at in range(n)
    ]
    shares = accepted_languages(titles)
    assert list(shares) == ["en", "de", "sv"]
    for code, n in parts.items():
        assert shares[code] == pytest.approx(n / 100, abs=0.03)


def test_japanese_titles_without_kana_are_japanese_among_japanese_ones() -> None:
    titles = [f"{place}大学" for place in ["東京", "大阪", "京都", "名古屋", "札幌", "福岡"]]
    sentences = [ARTICLE_1["ja"], "東京都の人口は世界で最も多い。", "明日は雨が降るそうです"] * 12
    assert accepted_languages(titles + sentences) == {"ja": 1.0}
    assert list(accepted_languages([*titles, ARTICLE_1["zh"], "人人有权享有生命"])) == ["zh"]


def test_a_text_among_languages() -> None:
    assert language_among("北京的天气很好", ["en", "zh"]) == "zh"
    assert language_among("iPhone 15 Pro Max 发布会在北京举行", ["en", "zh"]) == "zh"
    assert language_among("The weather in 北京 is good", ["zh", "en"]) == "en"
    assert language_among("12345", ["en", "zh"]) == "en"


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("my", "မြန်မာနိုင်ငံ"),
        ("km", "ប្រទេសកម្ពុជា"),
        ("lo", "ປະເທດລາວ"),
        ("bo", "བོད་ཀྱི་སྐད་ཡིག"),
        ("ta", "தமிழ் மொழி"),
        ("ka", "ქართული ენა"),
    ],
)
def test_a_script_of_one_language_tells_it(code: str, text: str) -> None:
    assert decide_language([text]).code == code


def test_stop_word_lists() -> None:
    assert set(stopwordsiso.langs()) <= set(LANGUAGES.values())
    assert all(stop_words(code) for code in stopwordsiso.langs())
    assert stop_words("bo") == frozenset()
    assert "the" in stop_words("zh")  # what is written in Latin letters there is English


def test_english_stop_words_leave_content_words_in() -> None:
    words = stop_words("en")
    assert {"the", "and", "more", "did", "don't", "dont"} <= words
    assert not {"computer", "information", "research", "state", "home", "won"} & words
    # Content words of scikit-learn's list.
    content = {"interest", "system", "fire", "bill", "mill", "cry", "sincere", "thick", "amoungst"}
    assert not content & words


def test_russian_stop_words_leave_topics_in() -> None:
    assert {"и", "который", "может"} <= stop_words("ru")
    assert not {"война", "россия", "женщина", "народ"} & stop_words("ru")
    assert {"ja", "sata", "että"} <= stop_words("fi")
    assert not {"sataa", "kuusi", "kukka"} & stop_words("fi")  # rains, spruce, flower


def test_names_and_codes() -> None:
    assert language_code("English") == language_code("en") == "en"
    with pytest.raises(InvalidOption, match="--language klingon"):
        language_code("klingon")
    assert language_codes("english, zh,en") == ("en", "zh")
    with pytest.raises(InvalidOption, match=r"auto, which finds all languages .* use auto alone"):
        language_codes("auto,en")
    with pytest.raises(InvalidOption, match="und cannot be combined"):
        language_codes("en,und")


def test_own_stop_words(tmp_path: Path) -> None:
    path = tmp_path / "stop.txt"
    path.write_text("\ufeffapple\n  pear # a fruit\n\n# all\n", encoding="utf-8")
    assert read_stop_words(path) == {"apple", "pear"}
    with pytest.raises(MissingFile, match="nothere"):
        read_stop_words(tmp_path / "nothere")
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InvalidOption, match="UTF-8"):
        read_stop_words(path)
