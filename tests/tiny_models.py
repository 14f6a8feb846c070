"""Random models of a few kilobytes in the layout of the real ones, made without a network."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

SENTENCES = (
    "The senate passed the budget after a long debate about taxes and schools.",
    "A striker scored twice in the final minutes of the football match.",
    "Engineers tested the new rocket engine before the satellite launch.",
    "The doctor advised the patient to rest and to drink more water.",
    "Stock markets fell as investors worried about interest rates.",
    "Die Gemeinde eröffnet eine neue Bibliothek; l'été sera chaud; 新しい図書館。",
)

HIDDEN_SIZES = {"Qwen3-Embedding-0.6B": 32, "Qwen3-Embedding-4B": 48, "Qwen3-Embedding-8B": 64}


def make_models_dir(folder: Path) -> Path:
    """Write a tiny random Qwen3 under the name of each real size and return the folder."""
    for name, hidden_size in HIDDEN_SIZES.items():
        make_tiny_qwen3(folder / name, hidden_size=hidden_size)
    return folder


def make_tiny_qwen3(
    folder: Path,
    *,
    hidden_size: int = 32,
    max_length: int = 512,
    appends_end: bool = True,
    with_pooling_files: bool = True,
    sentences: Sequence[str] = SENTENCES,
) -> Path:
    """Write a random Qwen3 of two layers with its tokenizer, as Qwen3-Embedding lies on the hub.

    The weights are larger than a trained model's at the start, so that every token matters.
    """
    import torch
    from transformers import Qwen3Config, Qwen3Model

    tokenizer = train_tokenizer(sentences, max_length, appends_end=appends_end)
    tokenizer.save_pretrained(folder)
    config = Qwen3Config(
        vocab_size=len(tokenizer),
        hidden_size=hidden_size,
        intermediate_size=2 * hidden_size,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=8,
        max_position_embeddings=max_length,
        initializer_range=0.3,
    )
    with torch.random.fork_rng():
        torch.manual_seed(hidden_size)
        Qwen3Model(config).save_pretrained(folder)
    if with_pooling_files:
        write_pooling_files(folder, hidden_size)
    return folder


def train_tokenizer(sentences: Sequence[str], max_length: int, *, appends_end: bool):
    """Return a byte-level tokenizer of 400 tokens, made of some sentences."""
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
    from tokenizers.trainers import BpeTrainer
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = BpeTrainer(
        vocab_size=400,
        special_tokens=["<|endoftext|>", "<|im_start|>", "<|im_end|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(sentences, trainer)
    if appends_end:
        tokenizer.post_processor = processors.TemplateProcessing(
            single="$A <|endoftext|>",
            special_tokens=[("<|endoftext|>", tokenizer.token_to_id("<|endoftext|>"))],
        )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
        model_max_length=max_length,
    )


def write_pooling_files(folder: Path, hidden_size: int) -> None:
    """Write the files of sentence-transformers that say: last token, unit length."""
    kinds = {"": "Transformer", "1_Pooling": "Pooling", "2_Normalize": "Normalize"}
    modules = [
        {"idx": i, "name": str(i), "path": path, "type": f"sentence_transformers.models.{kind}"}
        for i, (path, kind) in enumerate(kinds.items())
    ]
    (folder / "modules.json").write_text(json.dumps(modules))
    (folder / "1_Pooling").mkdir(exist_ok=True)
    pooling = {
        "word_embedding_dimension": hidden_size,
        "pooling_mode_cls_token": False,
        "pooling_mode_mean_tokens": False,
        "pooling_mode_max_tokens": False,
        "pooling_mode_mean_sqrt_len_tokens": False,
        "pooling_mode_lasttoken": True,
        "include_prompt": True,
    }
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(pooling))
