"""Every layout of sentence-transformers against the library itself."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.torch import load_file, save_file

from tests.tiny_layouts import MAX_LENGTH, make_layout
from tests.tiny_models import SENTENCES, make_tiny_qwen3
from theta.embeddings.apply import TextEncoder
from theta.embeddings.embed import Texts, embed_corpus
from theta.embeddings.engines import start_engine
from theta.embeddings.load import embedding_facts, load_embeddings
from theta.embeddings.settings import EmbeddingSettings
from theta.embeddings.shard_jobs import ShardJob
from theta.embeddings.shards import hash_texts
from theta.embeddings.space import find_checkpoint, find_space
from theta.errors import InvalidOption, OutOfMemory, ThetaError
from theta.layout import EmbeddingFiles

sentence_transformers = pytest.importorskip("sentence_transformers")

MakeSettings = Callable[..., EmbeddingSettings]
PASSAGE = {"query": "query: ", "passage": "passage: "}
DOCUMENT = {"query": "search_query: ", "document": "search_document: "}

# (architecture, other arguments of make_layout, why the library runs it)
LAYOUTS: dict[str, tuple[str, dict[str, Any], str | None]] = {
    "bert_mean": ("bert", {}, None),
    "bge": ("bert", {"pooling": "cls"}, None),
    "without_normalize": ("bert", {"modules": ["Pooling"]}, None),
    "lower_case": ("bert", {"lower_case": True}, None),
    "all-mpnet-base-v2": ("mpnet", {}, None),
    "distilbert": ("distilbert", {}, None),
    "all-distilroberta": ("roberta", {}, None),
    "paraphrase-multilingual": ("xlm-roberta", {}, None),
    "granite-r2": ("modernbert", {"pooling": "cls"}, None),
    "e5": ("bert", {"prompts": PASSAGE}, None),
    "nomic": ("bert", {"prompts": DOCUMENT}, None),
    "max": ("bert", {"pooling": "max"}, "pooling max_tokens"),
    "weighted": ("bert", {"pooling": "weightedmean"}, "pooling weightedmean_tokens"),
    "mean_and_max": ("bert", {"pooling": ["mean", "max"]}, "pooling mean_tokens and max_tokens"),
    "LaBSE": ("bert", {"pooling": "cls", "modules": ["Pooling", "Dense", "Normalize"]},
              "module Dense"),
    "distiluse": ("distilbert", {"modules": ["Pooling", "Dense"]}, "module Dense"),
    "instructor": ("bert", {"prompts": DOCUMENT, "include_prompt": False},
                   "pooling without the prompt"),
    "model2vec": ("static", {}, "module StaticEmbedding"),
    "electra": ("electra", {}, "architecture electra"),
    "sentence-t5": ("t5", {"modules": ["Pooling", "Dense", "Normalize"]}, "module Dense"),
}  # fmt: skip


def make_texts(n: int) -> list[str]:
    draw = random.Random(0)
    words = " ".join(SENTENCES).split()
    return [" ".join(draw.choices(words, k=draw.randint(1, 30))) for _ in range(n)]


TEXTS = [*make_texts(30), "", "a", "x" * 500]


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    place = tmp_path_factory.mktemp("layouts")

    def find(name: str) -> Path:
        if not (place / name).exists():
            architecture, arguments, _ = LAYOUTS[name]
            make_layout(place / name, architecture, **arguments)
        return place / name

    return find


def reference(folder: Path) -> Any:
    model = sentence_transformers.SentenceTransformer(str(folder), device="cpu")
    if model.max_seq_length != float("inf"):
        model.max_seq_length = min(model.max_seq_length, MAX_LENGTH)
    return model


def unit(vectors: np.ndarray) -> np.ndarray:
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(norms == 0, 1, norms)


def encode(texts: list[str], settings: EmbeddingSettings) -> np.ndarray:
    """The vectors before they are rounded to float16."""
    job = ShardJob(hash_texts(texts, len(texts)), texts)
    (embedded,) = start_engine(find_space(settings), settings).embed(iter([job]))
    return embedded.vectors


@pytest.mark.parametrize("name", LAYOUTS)
def test_equal_to_the_library(
    name: str, make: Callable[[str], Path], make_settings: MakeSettings
) -> None:
    folder = make(name)
    settings = make_settings(embedding_model=str(folder))
    checkpoint = find_checkpoint(settings)
    assert checkpoint.library_reason == LAYOUTS[name][2]
    model = reference(folder)
    # The library's encode_document does not take a prompt by the name of passage.
    prompt = {"prompt": PASSAGE["passage"]} if name == "e5" else {}
    theirs = unit(model.encode_document(TEXTS, batch_size=7, **prompt))
    np.testing.assert_allclose(encode(TEXTS, settings), theirs, atol=1e-5)
    if checkpoint.library_reason is None:
        assert checkpoint.dim == theirs.shape[1]


@pytest.mark.parametrize("name", ["e5", "nomic", "instructor"])
def test_the_models_own_prompt_is_used_unless_another_is_given(
    name: str, make: Callable[[str], Path], make_settings: MakeSettings
) -> None:
    folder, model = make(name), reference(make(name))
    keys = set()
    for prompt in (None, "", "other: "):
        settings = make_settings(embedding_model=str(folder), embedding_prompt=prompt)
        declared = PASSAGE["passage"] if name == "e5" else DOCUMENT["document"]
        used = declared if prompt is None else prompt
        space = find_space(settings)
        assert space.facts.get("prompt", "") == used
        keys.add(space.key)
        theirs = unit(model.encode(TEXTS, prompt=used))
        np.testing.assert_allclose(encode(TEXTS, settings), theirs, atol=1e-5)
    assert len(keys) == 3


@pytest.mark.parametrize("name", ["bert_mean", "e5", "LaBSE", "nomic"])
def test_long_documents_in_windows_each_with_the_prompt(
    name: str, make: Callable[[str], Path], make_settings: MakeSettings
) -> None:
    folder, model = make(name), reference(make(name))
    prompt = {"e5": "passage: ", "nomic": "search_document: "}.get(name, "")
    tokenizer = model.tokenizer.backend_tokenizer
    tokenizer.no_truncation()
    # Words of one token: a piece that begins within a word would have other tokens.
    words = [w for w in " ".join(SENTENCES).split() if len(tokenizer.encode(w).ids) == 3]
    text = " ".join(random.Random(0).choices(words, k=150))
    offsets = tokenizer.encode(text, add_special_tokens=False).offsets
    n_prompt = len(tokenizer.encode(prompt.rstrip(), add_special_tokens=False).ids)
    size = MAX_LENGTH - 2 - n_prompt
    starts = range(0, len(offsets), size)
    pieces = [
        text[offsets[s][0] : offsets[min(s + size, len(offsets)) - 1][1]].strip() for s in starts
    ]
    weights = [min(size, len(offsets) - start) for start in starts]
    assert len(pieces) > 2
    expected = unit(np.average(unit(model.encode(pieces, prompt=prompt)), 0, weights)[None])
    settings = make_settings(embedding_model=str(folder), long_docs="mean")
    np.testing.assert_allclose(encode([text], settings), expected, atol=1e-5)


def test_a_static_model_reads_whole_documents(
    make: Callable[[str], Path], make_settings: MakeSettings, tmp_path: Path
) -> None:
    folder = make("model2vec")
    text = " ".join(make_texts(40))
    for long_docs in ("truncate", "mean"):
        settings = make_settings(embedding_model=str(folder), max_length=8, long_docs=long_docs)
        theirs = unit(reference(folder).encode([text]))
        np.testing.assert_allclose(encode([text], settings), theirs, atol=1e-5)
    files = EmbeddingFiles(tmp_path / "embeddings")
    report = embed_corpus(
        Texts.of([text]), Texts.of(["word"]), Texts.of([]),
        files=files, settings=settings, corpus_fingerprint="corpus",
    )  # fmt: skip
    assert (report.max_length, report.n_long, report.long_share) == (None, 0, 0.0)


def test_shards_record_and_inference_of_a_model_that_the_library_runs(
    make: Callable[[str], Path], make_settings: MakeSettings, tmp_path: Path
) -> None:
    settings = make_settings(embedding_model=str(make("instructor")), max_length=16)
    files = EmbeddingFiles(tmp_path / "embeddings")

    def embed() -> Any:
        return embed_corpus(
            Texts.of(TEXTS), Texts.of(["word", "match"]), Texts.of([]),
            files=files, settings=settings, corpus_fingerprint="corpus",
        )  # fmt: skip

    report = embed()
    tokenizer = reference(make("instructor")).tokenizer.backend_tokenizer
    tokenizer.no_truncation()
    n_tokens = [len(tokenizer.encode(text, add_special_tokens=False).ids) for text in TEXTS]
    n_prompt = len(tokenizer.encode("search_document:", add_special_tokens=False).ids)
    assert report.n_long == sum(n > 16 - 2 - n_prompt for n in n_tokens)
    assert embed().n_embedded == 0
    facts = embedding_facts(files, "")
    assert facts["space"]["prompt"] == "search_document: "
    encoder = TextEncoder(settings, facts)
    alone = np.concatenate([encoder.encode([text]) for text in TEXTS])
    np.testing.assert_array_equal(encoder.encode(TEXTS), alone)
    np.testing.assert_allclose(load_embeddings(files, "").documents, alone, atol=1e-3)


def test_records_from_before_there_were_prompts_lead_to_the_same_vectors(
    make: Callable[[str], Path], make_settings: MakeSettings
) -> None:
    without = find_space(make_settings(embedding_model=str(make("bert_mean"))))
    assert set(without.facts) == {"model", "pooling", "max_length", "long_docs"}
    empty = find_space(make_settings(embedding_model=str(make("bert_mean")), embedding_prompt=""))
    assert empty.key == without.key


def test_pickled_weights_of_a_module_are_never_read(
    tmp_path: Path, make_settings: MakeSettings
) -> None:
    folder = make_layout(tmp_path / "model", "bert", modules=["Pooling", "Dense"])
    weights = folder / "2_Dense" / "model.safetensors"
    weights.rename(weights.with_name("pytorch_model.bin"))
    with pytest.raises(InvalidOption, match=r"2_Dense has no .*pickled weights"):
        find_checkpoint(make_settings(embedding_model=str(folder)))


def _without(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def _with(name: str, text: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).write_text(text, encoding="utf-8") and None


def _half(name: str) -> Callable[[Path], None]:
    def cut(folder: Path) -> None:
        content = (folder / name).read_bytes()
        (folder / name).write_bytes(content[: len(content) // 2])

    return cut


def _with_other_weights(
    change: Callable[[dict[str, Any]], dict[str, Any]], **config: Any
) -> Callable[[Path], None]:
    def rewrite(folder: Path) -> None:
        path = folder / "model.safetensors"
        save_file(change(load_file(path)), path, metadata={"format": "pt"})
        known = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        (folder / "config.json").write_text(json.dumps({**known, **config}), encoding="utf-8")

    return rewrite


WORDS = "embeddings.word_embeddings.weight"
BROKEN: dict[str, tuple[Callable[[Path], None], str]] = {
    "no_weights": (_without("model.safetensors"), r"has no \*.safetensors weights"),
    "half_the_weights": (_half("model.safetensors"), "cannot be loaded: .*download it again"),
    "no_tokenizer": (_without("tokenizer.json"), "cannot be loaded: .*download it again"),
    "empty_tokenizer": (_with("tokenizer.json", "{}"), "cannot be loaded: .*download it again"),
    "other_shape": (
        _with_other_weights(lambda w: {**w, WORDS: w[WORDS][:, :16].contiguous()}),
        f"1 of its weights have another shape .such as {WORDS}",
    ),
    "other_model": (
        _with_other_weights(lambda w: {WORDS: w[WORDS]}),
        "of its weights are missing .such as embeddings.LayerNorm",
    ),
    "cut_list": (_with("modules.json", '[{"idx": 0,'), "modules.json is not valid JSON"),
    "no_types": (_with("modules.json", '[{"idx": 0}]'), "modules.json is not a list of modules"),
    "outside": (
        _with("modules.json", '[{"type": "sentence_transformers.models.Pooling", "path": "../x"}]'),
        "names the folder ../x, which is outside the model",
    ),
    "no_pooling": (_without("1_Pooling/config.json"), "has no config.json, which says how"),
    "unknown_pooling": (
        _with("1_Pooling/config.json", '{"embedding_dimension": 32, "pooling_mode": "median"}'),
        "cannot load model: Invalid pooling mode: 'median'",
    ),
    "length_in_words": (
        _with("sentence_bert_config.json", '{"max_seq_length": "many"}'),
        "has max_seq_length 'many', which is not a number",
    ),
    "other_tokenizer": (
        _with_other_weights(lambda w: {**w, WORDS: w[WORDS][:9].contiguous()}, vocab_size=9),
        "has vectors for 9 tokens, but its tokenizer has",
    ),
    "unknown_prompt": (
        _with("config_sentence_transformers.json", '{"default_prompt_name": "topic"}'),
        "default_prompt_name 'topic' is not one of its prompts",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_model_is_refused_in_one_line(
    tmp_path: Path, make_settings: MakeSettings, name: str
) -> None:
    breaks, message = BROKEN[name]
    folder = make_layout(tmp_path / "model", "bert")
    breaks(folder)
    with pytest.raises(InvalidOption, match=message) as caught:
        encode(TEXTS[:3], make_settings(embedding_model=str(folder)))
    assert "\n" not in str(caught.value)


def test_a_transformer_in_a_folder_of_its_own_keeps_its_limit(
    tmp_path: Path, make_settings: MakeSettings
) -> None:
    folder = make_layout(tmp_path / "model", "bert")
    inside = folder / "0_Transformer"
    inside.mkdir()
    for path in [*folder.glob("*.json"), *folder.glob("*.safetensors")]:
        if path.name != "modules.json":
            path.rename(inside / path.name)
    modules = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
    modules[0]["path"] = inside.name
    (folder / "modules.json").write_text(json.dumps(modules), encoding="utf-8")
    settings = make_settings(embedding_model=str(folder), max_length=512)
    text = " ".join(make_texts(9))  # longer than the model reads
    expected = reference(folder).encode([text])
    np.testing.assert_allclose(encode([text], settings), unit(expected), atol=1e-5)
    assert find_checkpoint(settings).max_length == reference(folder).max_seq_length


def test_a_broken_module_of_the_library_is_refused_in_one_line(
    tmp_path: Path, make_settings: MakeSettings
) -> None:
    folder = make_layout(tmp_path / "model", "bert", modules=["Pooling", "Dense"])
    _half("2_Dense/model.safetensors")(folder)
    with pytest.raises(InvalidOption, match="sentence-transformers cannot load model: "):
        encode(TEXTS[:3], make_settings(embedding_model=str(folder)))


def test_the_fingerprint_changes_with_the_weights_of_a_module(
    tmp_path: Path, make_settings: MakeSettings
) -> None:
    folder = make_layout(tmp_path / "model", "bert", modules=["Pooling", "Dense"])
    settings = make_settings(embedding_model=str(folder))
    first = find_space(settings).key
    weights = folder / "2_Dense" / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-100:] = bytes(100)
    weights.write_bytes(content)
    assert find_space(settings).key != first


OWN_CODE = """
import torch
from transformers import BertConfig, BertModel


class OwnConfig(BertConfig):
    model_type = "someones_own"


class OwnModel(BertModel):
    config_class = OwnConfig

    def forward(self, *arguments, **named):
        output = super().forward(*arguments, **named)
        output.last_hidden_state = output.last_hidden_state.roll(1, dims=-1)
        return output
"""


def test_code_of_the_model_runs_only_with_the_flag(
    tmp_path: Path, make_settings: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_MODULES_CACHE", str(tmp_path / "modules"))
    monkeypatch.setattr("transformers.dynamic_module_utils.HF_MODULES_CACHE", str(tmp_path / "m"))
    folder = make_layout(tmp_path / "own_model", "bert")
    plain = encode(TEXTS, make_settings(embedding_model=str(folder)))
    config = json.loads((folder / "config.json").read_text())
    config |= {
        "model_type": "someones_own",
        "auto_map": {"AutoConfig": "own.OwnConfig", "AutoModel": "own.OwnModel"},
    }
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "own.py").write_text(OWN_CODE)
    settings = make_settings(embedding_model=str(folder))
    with pytest.raises(InvalidOption, match="add --trust_remote_code") as error:
        encode(TEXTS, settings)
    assert "\n" not in str(error.value)
    trusted = make_settings(embedding_model=str(folder), trust_remote_code=True)
    assert find_space(trusted).facts["remote_code"] is True
    np.testing.assert_allclose(encode(TEXTS, trusted), np.roll(plain, 1, 1), atol=1e-5)


def test_the_flag_changes_nothing_where_there_is_no_code(
    make: Callable[[str], Path], make_settings: MakeSettings
) -> None:
    settings = make_settings(embedding_model=str(make("bert_mean")))
    trusted = make_settings(embedding_model=str(make("bert_mean")), trust_remote_code=True)
    assert find_space(trusted).key == find_space(settings).key
    assert find_checkpoint(trusted).library_reason is None


def test_without_the_library_one_line_says_what_to_install(
    make: Callable[[str], Path], make_settings: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "sentence_transformers", None)
    with pytest.raises(ThetaError, match=r"pip install 'theta-topics\[sentence-transformers\]'"):
        encode(["a"], make_settings(embedding_model=str(make("LaBSE"))))


def test_memory_that_runs_out_halves_the_batch(
    make: Callable[[str], Path], make_settings: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = make_settings(embedding_model=str(make("LaBSE")), batch_size=32)
    expected = encode(TEXTS, settings)
    model = sentence_transformers.SentenceTransformer
    whole, sizes = model.encode_document, []

    def only_small_batches(self: Any, texts: list[str], **named: Any) -> np.ndarray:
        sizes.append(named["batch_size"])
        if named["batch_size"] > largest:
            raise MemoryError
        return whole(self, texts, **named)

    monkeypatch.setattr(model, "encode_document", only_small_batches)
    largest = 8
    np.testing.assert_allclose(encode(TEXTS, settings), expected, atol=1e-5)
    assert sizes == [32, 16, 8]
    largest = 0
    with pytest.raises(OutOfMemory, match="lower --max_length"):
        encode(TEXTS, settings)


def test_ray_and_fine_tuning_are_refused_where_the_library_runs_the_model(
    make: Callable[[str], Path], make_settings: MakeSettings
) -> None:
    from theta.embeddings.finetune import finetune_facts
    from theta.embeddings.settings import FinetuneSettings

    settings = make_settings(embedding_model=str(make("LaBSE")))
    with pytest.raises(InvalidOption, match=r"--engine ray cannot run LaBSE \(module Dense\)"):
        find_space(make_settings(embedding_model=str(make("LaBSE")), engine="ray"))
    tuning = FinetuneSettings(supervised=False, finetune_epochs=1, seed=0)
    with pytest.raises(InvalidOption, match=r"cannot be fine-tuned here \(module Dense\)"):
        finetune_facts(settings, tuning)


def test_qwen_keeps_no_prompt_for_documents(tmp_path: Path, make_settings: MakeSettings) -> None:
    folder = make_tiny_qwen3(tmp_path / "Qwen3-Embedding-0.6B")
    prompts = {"query": "Instruct: ...\nQuery:", "document": ""}
    config = {"prompts": prompts, "default_prompt_name": None}
    (folder / "config_sentence_transformers.json").write_text(json.dumps(config))
    settings = make_settings(models_dir=tmp_path)
    assert find_checkpoint(settings).prompt == ""
    theirs = sentence_transformers.SentenceTransformer(str(folder), device="cpu")
    theirs.max_seq_length = settings.max_length
    vectors = theirs.encode_document(TEXTS)
    np.testing.assert_allclose(encode(TEXTS, settings), vectors, atol=1e-5)


def test_the_small_multilingual_model_is_found_as_the_sizes_are(
    tmp_path: Path, make_settings: MakeSettings
) -> None:
    # As published: ModernBERT, the first token pooled, no prompt.
    folder = tmp_path / "granite-embedding-97m-multilingual-r2"
    make_layout(folder, "modernbert", pooling="cls", prompts={"query": "", "document": ""})
    settings = make_settings(model_size="mini_multilingual", models_dir=tmp_path)
    checkpoint = find_checkpoint(settings)
    assert (checkpoint.folder, checkpoint.origin) == (folder, "THETA_MODELS_DIR")
    assert (checkpoint.pooling, checkpoint.library_reason) == ("cls", None)
    texts = ["Η νέα βιβλιοθήκη ανοίγει.", "新しい図書館。", "Новая библиотека открыта."]
    theirs = reference(folder).encode_document(texts)
    np.testing.assert_allclose(encode(texts, settings), theirs, atol=1e-5)
