"""A BERT read without transformers: what transformers makes of the same files, or nothing."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModel, AutoTokenizer, BertConfig, BertModel

from theta.embeddings.bert_files import read_bert, read_bert_tokenizer
from theta.embeddings.packed_bert import PackedBert

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
WORDS = ("the", "a", "cat", "##s", "sat", "caf", "##e", "#", "é", "新", ".")
TEXT = "The cats SAT, café. 新しい [MASK] # \x00"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of a tiny BERT, as transformers writes them."""
    folder = tmp_path_factory.mktemp("bert")
    vocabulary = folder / "vocab.txt"
    vocabulary.write_text("\n".join((*SPECIAL, *WORDS)), encoding="utf-8")
    settings = {"tokenizer_class": "BertTokenizer", "do_lower_case": True}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    config = BertConfig(
        vocab_size=len(SPECIAL) + len(WORDS),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=40,
        initializer_range=0.3,
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        BertModel(config).save_pretrained(folder)
    AutoTokenizer.from_pretrained(folder).save_pretrained(folder)
    return folder


@pytest.fixture
def folder(written: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(written, tmp_path / "bert"))


def change_json(path: Path, change: Callable[[Any], Any]) -> None:
    content = json.loads(path.read_text(encoding="utf-8"))
    change(content)
    path.write_text(json.dumps(content), encoding="utf-8")


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_the_bits_of_transformers(written: Path, dtype: torch.dtype) -> None:
    theirs = AutoModel.from_pretrained(written, dtype=dtype).eval().requires_grad_(False)
    ours = read_bert(written, dtype)
    assert ours is not None
    ids = [torch.arange(n).numpy() % 16 for n in (33, 17, 2)]
    for own, other in zip(PackedBert(ours)(ids), PackedBert(theirs)(ids), strict=True):
        assert torch.equal(own, other)


def test_the_tokenizer_of_transformers(written: Path) -> None:
    theirs = AutoTokenizer.from_pretrained(written).backend_tokenizer
    ours = read_bert_tokenizer(written)
    assert ours is not None
    assert ours.to_str() == theirs.to_str()
    assert ours.encode(TEXT).ids == theirs.encode(TEXT).ids


@pytest.mark.parametrize(
    "change",
    [
        {"model_type": "roberta"},
        {"architectures": ["BertForMaskedLM"]},
        {"hidden_act": "relu"},
        {"is_decoder": True},
        {"position_embedding_type": "relative_key"},
        {"quantization_config": {}},
        {"hidden_size": 16},
        {"num_hidden_layers": 3},
        {"num_attention_heads": 5},
        {"layer_norm_eps": None},
    ],
    ids=str,
)
def test_other_models_are_left_to_transformers(folder: Path, change: dict[str, Any]) -> None:
    def changed(config: dict[str, Any]) -> None:
        config.update(change)
        if change.get("layer_norm_eps", 0) is None:
            del config["layer_norm_eps"]

    change_json(folder / "config.json", changed)
    assert read_bert(folder, torch.float32) is None


@pytest.mark.parametrize(
    "change",
    [
        lambda weights: weights.pop("encoder.layer.1.output.dense.bias"),
        lambda weights: weights.update({"bert.x": torch.ones(1)}),
    ],
)
def test_other_weights_are_left_to_transformers(
    folder: Path, change: Callable[[dict[str, torch.Tensor]], Any]
) -> None:
    weights = load_file(folder / "model.safetensors")
    change(weights)
    save_file(weights, folder / "model.safetensors")
    assert read_bert(folder, torch.float32) is None


def test_weights_in_other_files_are_left_to_transformers(folder: Path) -> None:
    (folder / "adapter_config.json").write_text("{}")
    assert read_bert(folder, torch.float32) is None
    (folder / "adapter_config.json").unlink()
    assert read_bert(folder, torch.float32) is not None
    (folder / "model.safetensors").rename(folder / "model-00001-of-00001.safetensors")
    assert read_bert(folder, torch.float32) is None


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("tokenizer_config.json", lambda said: said.update(do_lower_case=False)),
        ("tokenizer_config.json", lambda said: said.update(strip_accents=False)),
        ("tokenizer_config.json", lambda said: said.update(tokenize_chinese_chars=False)),
        ("tokenizer_config.json", lambda said: said.update(tokenizer_class="XLMRobertaTokenizer")),
        ("tokenizer_config.json", lambda said: said.update(cls_token="<s>")),
        ("tokenizer_config.json", lambda said: said.update(added_tokens_decoder={"9": {}})),
        ("tokenizer.json", lambda made: made["model"].update(max_input_chars_per_word=7)),
        ("tokenizer.json", lambda made: made["added_tokens"].pop()),
        ("tokenizer.json", lambda made: made.update(post_processor=None)),
        ("tokenizer.json", lambda made: made.update(model={"type": "Unigram", "vocab": []})),
    ],
)
def test_other_tokenizers_are_left_to_transformers(
    folder: Path, name: str, change: Callable[[dict[str, Any]], Any]
) -> None:
    change_json(folder / name, change)
    assert read_bert_tokenizer(folder) is None


def test_texts_are_embedded_without_transformers(written: Path) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from theta.embeddings.loading import load_encoder\n"
        "from theta.embeddings.locate import find_model\n"
        "from theta.embeddings.settings import EmbeddingSettings\n"
        "checkpoint = find_model('mini', models_dir=None, embedding_model=sys.argv[1])\n"
        "settings = EmbeddingSettings(models_dir=None, device='cpu', progress=False,\n"
        "                             max_length=32, precision='float32')\n"
        "encoder = load_encoder(checkpoint, settings)\n"
        "assert encoder.encode(['the cat sat']).shape == (1, 32)\n"
        "assert 'transformers' not in sys.modules\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(written)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
