"""A BERT and its tokenizer, read from their files without transformers.

Importing transformers takes longer than all the rest of embedding a few texts. What is read here
has the bits that transformers would give it; files that say anything unusual are left to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from theta.embeddings.module_files import read_json

if TYPE_CHECKING:
    import torch
    from tokenizers import Tokenizer
    from torch import Tensor

_WEIGHTS = "model.safetensors"

_UNUSED = ("pooler.dense.weight", "pooler.dense.bias", "embeddings.position_ids")
"""Tensors that no hidden state depends on."""

_SPECIAL_TOKENS = {
    "pad_token": "[PAD]",
    "unk_token": "[UNK]",
    "cls_token": "[CLS]",
    "sep_token": "[SEP]",
    "mask_token": "[MASK]",
}


@dataclass(frozen=True)
class BertConfig:
    """The part of a ``config.json`` that `PackedBert` depends on; the names are those there."""

    vocab_size: int
    hidden_size: int
    num_hidden_layers: int
    num_attention_heads: int
    intermediate_size: int
    max_position_embeddings: int
    type_vocab_size: int
    layer_norm_eps: float

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the shape of every weight by name."""
        hidden, inner = self.hidden_size, self.intermediate_size
        tables = {
            "word": self.vocab_size,
            "position": self.max_position_embeddings,
            "token_type": self.type_vocab_size,
        }
        shapes: dict[str, tuple[int, ...]] = {
            f"embeddings.{name}_embeddings.weight": (n, hidden) for name, n in tables.items()
        }
        linear = {
            "attention.self.query": (hidden, hidden),
            "attention.self.key": (hidden, hidden),
            "attention.self.value": (hidden, hidden),
            "attention.output.dense": (hidden, hidden),
            "intermediate.dense": (inner, hidden),
            "output.dense": (hidden, inner),
        }
        norms = ["embeddings.LayerNorm"]
        for number in range(self.num_hidden_layers):
            layer = f"encoder.layer.{number}"
            for name, shape in linear.items():
                shapes |= {f"{layer}.{name}.weight": shape, f"{layer}.{name}.bias": shape[:1]}
            norms += [f"{layer}.attention.output.LayerNorm", f"{layer}.output.LayerNorm"]
        for norm in norms:
            shapes |= {f"{norm}.weight": (hidden,), f"{norm}.bias": (hidden,)}
        return shapes


@dataclass(frozen=True)
class Bert:
    """The weights of a BERT, with as much of a `BertModel` as `PackedEncoder` asks for."""

    config: BertConfig
    weights: Mapping[str, Tensor]

    def state_dict(self) -> Mapping[str, Tensor]:
        """Return the weights by the names of `BertModel`."""
        return self.weights

    def parameters(self) -> Iterator[Tensor]:
        """Yield the weights."""
        return iter(self.weights.values())

    def modules(self) -> Iterator[Any]:
        """Yield no modules: there are weights alone."""
        return iter(())


def read_bert(folder: Path, dtype: torch.dtype) -> Bert | None:
    """Return the weights of a BERT; None for other models, and for unusual files.

    Parameters
    ----------
    folder : Path
        Of a model of transformers.
    dtype : torch.dtype
        What the weights are converted to.
    """
    said = read_json(folder / "config.json")
    alone = (folder / _WEIGHTS).is_file() and not (folder / "adapter_config.json").exists()
    if not alone or not _is_plain(said):
        return None
    try:
        config = BertConfig(**{name: said[name] for name in BertConfig.__dataclass_fields__})
    except KeyError:
        return None
    from safetensors.torch import load_file

    weights = load_file(folder / _WEIGHTS)
    for name in _UNUSED:
        weights.pop(name, None)
    shapes = {name: tuple(tensor.shape) for name, tensor in weights.items()}
    if shapes != config.shapes() or config.hidden_size % config.num_attention_heads:
        return None
    return Bert(config, {name: tensor.to(dtype) for name, tensor in weights.items()})


def _is_plain(said: Mapping[str, Any]) -> bool:
    """Return whether a ``config.json`` is of a BERT that `PackedBert` computes."""
    return (
        said.get("model_type") == "bert"
        and said.get("architectures") == ["BertModel"]
        and said.get("hidden_act") == "gelu"
        and said.get("position_embedding_type", "absolute") == "absolute"
        and not said.get("is_decoder", False)
        and not {"auto_map", "quantization_config"} & said.keys()
    )


def read_bert_tokenizer(folder: Path) -> Tokenizer | None:
    """Return the tokenizer of a BERT; None for other tokenizers, and for unusual files.

    transformers makes it anew from its vocabulary and ``tokenizer_config.json``; so the rest of
    ``tokenizer.json`` must be what comes of that.

    Parameters
    ----------
    folder : Path
    """
    file = folder / "tokenizer.json"
    said = read_json(folder / "tokenizer_config.json")
    if said.get("tokenizer_class") not in ("BertTokenizer", "BertTokenizerFast"):
        return None
    made = read_json(file)
    vocabulary = made.get("model", {}).get("vocab", {})
    special = {**said, **read_json(folder / "special_tokens_map.json")}
    if (
        (folder / "added_tokens.json").exists()
        or not isinstance(vocabulary, dict)
        or {special.get(kind, token) == token for kind, token in _SPECIAL_TOKENS.items()} != {True}
        or len(said.get("added_tokens_decoder", _SPECIAL_TOKENS)) != len(_SPECIAL_TOKENS)
        or any(made.get(part) != usual for part, usual in _usual(said, vocabulary).items())
    ):
        return None
    from tokenizers import Tokenizer

    return Tokenizer.from_file(str(file))


def _usual(said: Mapping[str, Any], vocabulary: Mapping[str, int]) -> dict[str, Any]:
    """Return the parts of the ``tokenizer.json`` of a BERT with some settings."""
    plain = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
    ids = {token: vocabulary.get(token) for token in _SPECIAL_TOKENS.values()}
    sequence = [_special("[CLS]", 0), {"Sequence": {"id": "A", "type_id": 0}}, _special("[SEP]", 0)]
    second = [{"Sequence": {"id": "B", "type_id": 1}}, _special("[SEP]", 1)]
    return {
        "model": {
            "type": "WordPiece",
            "unk_token": "[UNK]",
            "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100,
            "vocab": vocabulary,
        },
        "normalizer": {
            "type": "BertNormalizer",
            "clean_text": True,
            "handle_chinese_chars": said.get("tokenize_chinese_chars", True),
            "strip_accents": said.get("strip_accents"),
            "lowercase": said.get("do_lower_case", True),
        },
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": sequence,
            "pair": [*sequence, *second],
            "special_tokens": {
                token: {"id": token, "ids": [ids[token]], "tokens": [token]}
                for token in ("[CLS]", "[SEP]")
            },
        },
        "added_tokens": [
            {"id": number, "content": token, "special": True, **plain}
            for token, number in sorted(ids.items(), key=lambda item: item[1] or 0)
        ],
    }


def _special(token: str, kind: int) -> dict[str, Any]:
    return {"SpecialToken": {"id": token, "type_id": kind}}
