"""Embedding speed and memory, side by side with SentenceTransformer.encode in the same run.

    python scripts/bench_embed.py --texts FILE.csv              mini on this CPU
    python scripts/bench_embed.py --texts FILE.csv --gpu 0 --tokenizer FOLDER
                                                                0.6B, 4B, 8B with random weights
    python scripts/bench_embed.py --memory                      peak memory at 20 k and 200 k texts

FILE has a column `text` (.csv or .csv.gz). Rates are medians of several rounds, in each of which
the two take turns; on a busy machine the rates per CPU second are the ones to compare.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from theta.embeddings.batches import pack  # noqa: E402
from theta.embeddings.checkpoint import Checkpoint  # noqa: E402
from theta.embeddings.embed import Texts, embed_corpus  # noqa: E402
from theta.embeddings.encoder import Encoder, load_encoder, precision_of  # noqa: E402
from theta.embeddings.local import LocalEngine  # noqa: E402
from theta.embeddings.locate import find_model  # noqa: E402
from theta.embeddings.settings import EmbeddingSettings  # noqa: E402
from theta.embeddings.shard_jobs import SHARD_TEXTS, ShardJob  # noqa: E402
from theta.layout import EmbeddingFiles  # noqa: E402

ARCHITECTURES = {
    "0.6B": {"hidden_size": 1024, "intermediate_size": 3072, "num_hidden_layers": 28,
             "num_attention_heads": 16},
    "4B": {"hidden_size": 2560, "intermediate_size": 9728, "num_hidden_layers": 36,
           "num_attention_heads": 32},
    "8B": {"hidden_size": 4096, "intermediate_size": 12288, "num_hidden_layers": 36,
           "num_attention_heads": 32},
}  # fmt: skip
CLAIMED_PER_MINUTE = {"0.6B": 1000, "4B": 400, "8B": 200}


def main() -> None:
    """Read the flags and run what they ask for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--texts", type=Path)
    parser.add_argument("--documents", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--gpu", type=int)
    parser.add_argument("--sizes", nargs="+", default=list(ARCHITECTURES))
    parser.add_argument("--tokenizer", type=Path, help="folder of the Qwen3 tokenizer")
    parser.add_argument("--memory", action="store_true")
    parser.add_argument("--memory-of", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.memory_of:
        print_peak_memory(arguments.memory_of)
        return
    if arguments.memory:
        compare_memory()
    if arguments.texts is None:
        return
    texts = read_texts(arguments.texts, arguments.documents)
    if arguments.gpu is None:
        compare_on_cpu(texts, arguments.rounds)
    else:
        compare_on_gpu(texts, arguments)


def read_texts(path: Path, n: int) -> list[str]:
    """Return `n` texts of a table, drawn with a fixed seed."""
    csv.field_size_limit(1 << 30)
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8", newline="") as handle:
        texts = [row["text"] for row in csv.DictReader(handle)]
    return random.Random(0).sample(texts, min(n, len(texts)))


# --- side by side --------------------------------------------------------------------------


def compare_on_cpu(texts: list[str], rounds: int) -> None:
    """Compare the two with `mini` in float32."""
    import torch

    checkpoint = find_model("mini", models_dir=None, embedding_model=None)
    print(f"mini, float32, {torch.get_num_threads()} CPU threads, 256 tokens, {len(texts)} texts")
    compare(checkpoint, texts, "cpu", max_length=256, batch_size=32, rounds=rounds)


def compare_on_gpu(texts: list[str], arguments: argparse.Namespace) -> None:
    """Compare the two in bfloat16 on the real shapes, and with the matrix rate of the device."""
    device = f"cuda:{arguments.gpu}"
    peak = matrix_rate(device)
    print(f"bf16 matrix products on this device: {peak / 1e12:.0f} TFLOP/s")
    for size in arguments.sizes:
        with tempfile.TemporaryDirectory() as folder:
            flops = write_random_qwen3(Path(folder), size, arguments.tokenizer, device)
            checkpoint = find_model(size, models_dir=None, embedding_model=folder)
            print(f"\n{size}, bfloat16, random weights, 512 tokens, {len(texts)} texts")
            rate, tokens = compare(
                checkpoint, texts, device, max_length=512, batch_size=32, rounds=arguments.rounds
            )
        used = rate * tokens / len(texts) * flops
        print(
            f"  {flops / 1e9:.2f} GFLOP per token, {used / 1e12:.0f} TFLOP/s used: "
            f"{100 * used / peak:.0f} % of the matrix rate"
        )
        print(f"  {60 * rate:,.0f} documents a minute (claimed: {CLAIMED_PER_MINUTE[size]:,})")


def compare(
    checkpoint: Checkpoint,
    texts: list[str],
    device: str,
    *,
    max_length: int,
    batch_size: int,
    rounds: int,
) -> tuple[float, int]:
    """Print both rates and return (our documents per second, tokens of all texts)."""
    encoder = load_encoder(
        checkpoint,
        device=device,
        max_length=max_length,
        long_docs="truncate",
        batch_size=batch_size,
    )
    reference = load_reference(checkpoint, device, max_length)
    n_tokens = print_padding(encoder, texts, batch_size)
    contenders: dict[str, Callable[[], np.ndarray]] = {
        "ours": lambda: embed_as_the_program_does(encoder, texts),
        "SentenceTransformer": lambda: reference.encode(
            texts, batch_size=batch_size, show_progress_bar=False
        ),
    }
    wall: dict[str, list[float]] = {name: [] for name in contenders}
    cpu: dict[str, list[float]] = {name: [] for name in contenders}
    vectors = {}
    for _ in range(rounds):
        for name, run in contenders.items():
            started, started_cpu = time.perf_counter(), time.process_time()
            vectors[name] = run()
            wall[name].append(len(texts) / (time.perf_counter() - started))
            cpu[name].append(len(texts) / (time.process_time() - started_cpu))
    cosines = (vectors["ours"] * vectors["SentenceTransformer"]).sum(axis=1)
    for name in contenders:
        print(
            f"  {name:20} {statistics.median(wall[name]):8.2f} documents per second"
            f" {statistics.median(cpu[name]):8.2f} per CPU second"
        )
    for label, rates in (("time", wall), ("CPU time", cpu)):
        ratios = [a / b for a, b in zip(*rates.values(), strict=True)]
        print(f"  ratio of {label}: {statistics.median(ratios):.2f} ({sorted(ratios)})")
    print(f"  smallest cosine between the two: {cosines.min():.6f}")
    return statistics.median(wall["ours"]), n_tokens


def load_reference(checkpoint: Checkpoint, device: str, max_length: int) -> Any:
    """Return the SentenceTransformer of the same model, precision and length."""
    import torch
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(
        str(checkpoint.folder),
        device=device,
        model_kwargs={"dtype": getattr(torch, precision_of(device))},
    )
    model.max_seq_length = max_length
    return model


def embed_as_the_program_does(encoder: Encoder, texts: list[str]) -> np.ndarray:
    """Embed through the same shards of similar length, tokenised ahead in a thread."""
    order = sorted(range(len(texts)), key=lambda place: -len(texts[place]))
    shards = [order[start : start + SHARD_TEXTS] for start in range(0, len(order), SHARD_TEXTS)]
    nothing = np.empty((0, 2), np.uint64)
    jobs = (ShardJob(nothing, [texts[place] for place in shard]) for shard in shards)
    vectors = np.empty((len(texts), encoder.dim), dtype=np.float32)
    for shard, embedded in zip(shards, LocalEngine(encoder).embed(jobs), strict=True):
        vectors[shard] = embedded.vectors
    return vectors


def print_padding(encoder: Encoder, texts: list[str], batch_size: int) -> int:
    """Print the share of padding of both and return the number of tokens."""
    order = sorted(range(len(texts)), key=lambda place: -len(texts[place]))
    lengths = encoder.tokenizer([texts[place] for place in order]).lengths
    ours = 0
    for start in range(0, len(order), SHARD_TEXTS):
        shard = lengths[start : start + SHARD_TEXTS]
        ours += sum(
            len(batch) * shard[batch].max()
            for batch in pack(shard, batch_size, encoder.token_budget)
        )
    # SentenceTransformer sorts by characters and cuts batches of equal size.
    theirs = sum(
        len(lengths[start : start + batch_size]) * lengths[start : start + batch_size].max()
        for start in range(0, len(lengths), batch_size)
    )
    tokens = int(lengths.sum())
    print(f"  padding: ours {1 - tokens / ours:.1%}, SentenceTransformer {1 - tokens / theirs:.1%}")
    return tokens


# --- random weights of the real shapes -----------------------------------------------------


def write_random_qwen3(folder: Path, size: str, tokenizer: Path, device: str) -> float:
    """Write Qwen3 of the real shape with random weights; return its FLOPs per token at 512."""
    import torch
    from tokenizers.processors import TemplateProcessing
    from transformers import AutoTokenizer, Qwen3Config, Qwen3Model

    from tests.tiny_models import write_pooling_files

    fast = AutoTokenizer.from_pretrained(tokenizer)
    # As in Qwen3-Embedding, so that both contenders read the same tokens.
    end = "<|endoftext|>"
    fast.backend_tokenizer.post_processor = TemplateProcessing(
        single=f"$A {end}", special_tokens=[(end, fast.convert_tokens_to_ids(end))]
    )
    fast.save_pretrained(folder)
    config = Qwen3Config(
        vocab_size=151_669,
        num_key_value_heads=8,
        head_dim=128,
        max_position_embeddings=32_768,
        rope_theta=1_000_000,
        dtype=torch.bfloat16,
        **ARCHITECTURES[size],
    )
    torch.manual_seed(0)
    with torch.device(device):
        model = Qwen3Model(config).to(torch.bfloat16)
    model.save_pretrained(folder)
    write_pooling_files(folder, config.hidden_size)
    weights = sum(p.numel() for p in model.parameters()) - model.embed_tokens.weight.numel()
    # Two per weight; attention multiplies queries with keys and weights with values, and a causal
    # kernel computes half of the 512 × 512 places.
    attention = 2 * 2 * config.num_hidden_layers * config.num_attention_heads * 128 * 512 / 2
    del model
    torch.cuda.empty_cache()
    return 2 * weights + attention


def matrix_rate(device: str, n: int = 8192) -> float:
    """Return FLOP/s of a large bf16 matrix product, the median of twenty."""
    import torch

    a, b = (torch.randn(n, n, device=device, dtype=torch.bfloat16) for _ in range(2))
    seconds = []
    for _ in range(20):
        start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        start.record()
        a @ b
        end.record()
        torch.cuda.synchronize(device)
        seconds.append(start.elapsed_time(end) / 1000)
    return 2 * n**3 / statistics.median(seconds)


# --- memory --------------------------------------------------------------------------------


def compare_memory() -> None:
    """Measure the peak memory of two corpora, each in a process of its own."""
    for n in (20_000, 200_000):
        subprocess.run([sys.executable, __file__, "--memory-of", str(n)], check=True)


def print_peak_memory(n: int) -> None:
    """Embed `n` short texts with a tiny model, none of them held, and print the peak memory."""
    from tests.tiny_models import make_tiny_qwen3

    words = (ROOT / "pyproject.toml").read_text(encoding="utf-8").split()

    def texts() -> Iterator[str]:
        draw = random.Random(0)
        for number in range(n):
            yield " ".join(draw.choices(words, k=draw.randint(3, 12))) + f" {number}"

    with tempfile.TemporaryDirectory() as folder:
        model = make_tiny_qwen3(Path(folder) / "model")
        settings = EmbeddingSettings(
            model_size="0.6B",
            models_dir=None,
            embedding_model=str(model),
            embedding_dim=None,
            max_length=32,
            long_docs="truncate",
            batch_size=256,
            device="cpu",
            engine="local",
            ray_address=None,
            embedding_api_base=None,
            embedding_api_key_env=None,
            progress=True,
        )
        report = embed_corpus(
            Texts(texts, n),
            Texts.of([]),
            Texts.of([]),
            files=EmbeddingFiles(Path(folder) / "embeddings" / "0.6B_zero_shot"),
            settings=settings,
            corpus_fingerprint="bench",
        )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{n:>9,} short texts: peak {peak:,.0f} MiB, {report.seconds:.0f} s")


if __name__ == "__main__":
    main()
