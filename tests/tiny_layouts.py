"""Random models of a few kilobytes in every layout that sentence-transformers publishes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.tiny_models import SENTENCES

DIM = 32
MAX_LENGTH = 40

_SIZES = {"hidden_size": DIM, "num_hidden_layers": 2, "num_attention_heads": 4,
          "intermediate_size": 64, "initializer_range": 0.3}  # fmt: skip


def make_layout(
    folder: Path,
    architecture: str,
    *,
    pooling: str | Sequence[str] = "mean",
    modules: Sequence[str] = ("Pooling", "Normalize"),
    prompts: Mapping[str, str] | None = None,
    include_prompt: bool = True,
    lower_case: bool = False,
) -> Path:
    """Write a random model: a transformer of two layers, and the modules behind it."""
    if architecture == "static":
        _write_static(folder)
        kinds = ["StaticEmbedding", *(kind for kind in modules if kind == "Normalize")]
    else:
        _write_transformer(folder, architecture)
        settings = {"max_seq_length": MAX_LENGTH, "do_lower_case": lower_case}
        _write_json(folder / "sentence_bert_config.json", settings)
        kinds = ["Transformer", *modules]
    paths = ["", *(f"{number}_{kind}" for number, kind in enumerate(kinds[1:], 1))]
    _write_json(
        folder / "modules.json",
        [
            {
                "idx": number,
                "name": str(number),
                "path": path,
                "type": f"sentence_transformers.models.{kind}",
            }
            for number, (kind, path) in enumerate(zip(kinds, paths, strict=True))
        ],
    )
    for kind, path in zip(kinds[1:], paths[1:], strict=True):
        (folder / path).mkdir()
        if kind == "Pooling":
            _write_pooling(folder / path, pooling, include_prompt=include_prompt)
        elif kind == "Dense":
            _write_dense(folder / path)
    if prompts is not None:
        config = {"prompts": dict(prompts), "default_prompt_name": None}
        _write_json(folder / "config_sentence_transformers.json", config)
    return folder


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value), encoding="utf-8")


def _write_transformer(folder: Path, architecture: str) -> None:
    import torch

    tokenizer = _train_tokenizer(
        padding_first=architecture not in ("roberta", "xlm-roberta", "mpnet")
    )
    tokenizer.save_pretrained(folder)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        _ARCHITECTURES[architecture](len(tokenizer), tokenizer.pad_token_id).save_pretrained(folder)


def _bert_like(name: str, **changed: Any) -> Callable[[int, int], Any]:
    def make(vocab_size: int, pad_token_id: int) -> Any:
        import transformers

        sizes = {"vocab_size": vocab_size, "pad_token_id": pad_token_id, **_SIZES, **changed}
        return getattr(transformers, f"{name}Model")(
            getattr(transformers, f"{name}Config")(**sizes)
        )

    return make


def _distilbert(vocab_size: int, pad_token_id: int) -> Any:
    from transformers import DistilBertConfig, DistilBertModel

    return DistilBertModel(
        DistilBertConfig(
            vocab_size=vocab_size, pad_token_id=pad_token_id, dim=DIM, n_layers=2, n_heads=4,
            hidden_dim=64, initializer_range=0.3,
        )
    )  # fmt: skip


def _t5(vocab_size: int, pad_token_id: int) -> Any:
    from transformers import T5Config, T5EncoderModel

    return T5EncoderModel(
        T5Config(
            vocab_size=vocab_size, pad_token_id=pad_token_id, d_model=DIM, d_kv=8, d_ff=64,
            num_layers=2, num_heads=4, is_encoder_decoder=False, use_cache=False,
        )
    )  # fmt: skip


_POSITIONS = {"max_position_embeddings": 66}  # 64, counted from the padding token's id + 1 on
_ARCHITECTURES: Mapping[str, Callable[[int, int], Any]] = {
    "bert": _bert_like("Bert"),
    "distilbert": _distilbert,
    "electra": _bert_like("Electra", embedding_size=DIM),
    "modernbert": _bert_like("ModernBert", local_attention=8, global_attn_every_n_layers=2,
                             bos_token_id=2, cls_token_id=2, eos_token_id=3, sep_token_id=3),
    "mpnet": _bert_like("MPNet", **_POSITIONS),
    "roberta": _bert_like("Roberta", **_POSITIONS),
    "t5": _t5,
    "xlm-roberta": _bert_like("XLMRoberta", **_POSITIONS),
}  # fmt: skip


def _train_tokenizer(*, padding_first: bool) -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
    from tokenizers.trainers import BpeTrainer
    from transformers import PreTrainedTokenizerFast

    specials = ["<pad>", "<unk>", "<s>", "</s>"]
    if not padding_first:
        specials = ["<s>", "<pad>", "</s>", "<unk>"]
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(
        SENTENCES,
        BpeTrainer(
            vocab_size=400,
            special_tokens=specials,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        ),
    )
    ends = [(name, tokenizer.token_to_id(name)) for name in ("<s>", "</s>")]
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=ends
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="<pad>",
        unk_token="<unk>",
        cls_token="<s>",
        sep_token="</s>",
        eos_token="</s>",
        model_max_length=64,
    )


def _write_pooling(folder: Path, pooling: str | Sequence[str], *, include_prompt: bool) -> None:
    legacy = {"cls": "cls_token", "mean": "mean_tokens", "max": "max_tokens",
              "weightedmean": "weightedmean_tokens", "lasttoken": "lasttoken"}  # fmt: skip
    modes = [pooling] if isinstance(pooling, str) else list(pooling)
    config: dict[str, Any] = {f"pooling_mode_{key}": name in modes for name, key in legacy.items()}
    config |= {"word_embedding_dimension": DIM, "include_prompt": include_prompt}
    _write_json(folder / "config.json", config)


def _write_dense(folder: Path) -> None:
    import torch
    from safetensors.torch import save_file

    config = {"in_features": DIM, "out_features": 24, "bias": True,
              "activation_function": "torch.nn.modules.activation.Tanh"}  # fmt: skip
    _write_json(folder / "config.json", config)
    generator = torch.Generator().manual_seed(1)
    weights = {
        "linear.weight": torch.randn(24, DIM, generator=generator),
        "linear.bias": torch.randn(24, generator=generator),
    }
    save_file(weights, folder / "model.safetensors")


def _write_static(folder: Path) -> None:
    import torch
    from safetensors.torch import save_file

    folder.mkdir(parents=True)
    tokenizer = _train_tokenizer(padding_first=True)
    tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"))
    generator = torch.Generator().manual_seed(2)
    weights = {"embedding.weight": torch.randn(len(tokenizer), DIM, generator=generator)}
    save_file(weights, folder / "model.safetensors")
