"""Load an embedding model, and choose the encoder and the sizes of its batches."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from theta.devices import is_out_of_memory
from theta.embeddings.adapter import with_adapter
from theta.embeddings.bert_files import Bert, read_bert
from theta.embeddings.broken import naming_broken_model, refuse_other_weights
from theta.embeddings.encoder import Encoder
from theta.embeddings.packed import PackedEncoder, can_pack
from theta.embeddings.settings import UNRECORDED, EmbeddingSettings
from theta.embeddings.windows import WindowTokenizer
from theta.errors import InvalidOption, OutOfMemory

if TYPE_CHECKING:
    import torch

    from theta.embeddings.checkpoint import Checkpoint

_CPU_TOKENS_PER_THREAD = 1024
"""Tokens in a batch on the CPU: enough for full matrix speed, few enough to stay in the cache."""

_CUDA_TOKEN_BUDGET = 1 << 16
"""Tokens in a batch on CUDA where memory allows: a matrix this tall is at the peak already."""

_MPS_TOKEN_BUDGET = 1 << 13
"""Tokens in a batch on the GPU of a Mac, which shares its memory with everything else."""

_BLOCK_TOKENS_PER_THREAD = 512
"""Tokens in a block of fixed shape. A single text pays for a whole block, and twice as many made
MiniLM no faster with one thread (AVX512-BF16)."""

_BLOCK_MULTIPLE = 8
"""Tokens that a text in a block is filled up to a multiple of."""

_MOST_BLOCK_THREADS = 4
"""Threads that a block grows with; with more, too many of its rows would be empty."""


def precision_of(device: str) -> str:
    """Return the number format of the weights where none is chosen."""
    return "bfloat16" if device.startswith("cuda") else "float32"


def dtype_of(precision: str, device: str) -> torch.dtype:
    """Return the number format that a model is loaded in."""
    import torch

    name = precision_of(device) if precision == UNRECORDED else precision
    return {"float32": torch.float32, "bfloat16": torch.bfloat16}[name]


def load_encoder(
    checkpoint: Checkpoint, settings: EmbeddingSettings, *, multiple: int = 1
) -> Encoder:
    """Load a model for embedding.

    Parameters
    ----------
    checkpoint : Checkpoint
    settings : EmbeddingSettings
        The model's own limit caps `max_length`.
    multiple : int
        See `Encoder`.

    Raises
    ------
    OutOfMemory
        If the weights alone do not fit.
    """
    model: torch.nn.Module | Bert | None = None
    if settings.device == "cpu" and checkpoint.adapter is None:
        fitting = _fitting_into(settings.device, checkpoint.name)
        with fitting, naming_broken_model(checkpoint.name, checkpoint.folder):
            model = read_bert(checkpoint.folder, dtype_of(settings.precision, settings.device))
    if model is None:
        model = load_model(checkpoint, settings.device, settings.precision)
        if checkpoint.adapter is not None:
            model = with_adapter(model, checkpoint.adapter)
    return make_encoder(
        model,
        checkpoint,
        max_length=settings.max_length,
        long_docs=settings.long_docs,
        batch_size=settings.batch_size,
        multiple=multiple,
    )


def load_model(checkpoint: Checkpoint, device: str, precision: str = UNRECORDED) -> torch.nn.Module:
    """Load the published weights of a model, frozen, in evaluation mode.

    Parameters
    ----------
    checkpoint : Checkpoint
    device : str
    precision : str
        ``float32``, ``bfloat16``, or `UNRECORDED` for `precision_of` device.

    Raises
    ------
    OutOfMemory
        If the weights alone do not fit.
    """
    from transformers.utils import logging as transformers_logging

    # Its bar for a load of seconds would also be drawn where the console is no terminal.
    transformers_logging.disable_progress_bar()
    dtype = dtype_of(precision, device)
    with _fitting_into(device, checkpoint.name):
        try:
            model = _load_weights(checkpoint, dtype, "sdpa", device)
        except ValueError as error:
            # Some architectures, such as MPNet, have no fused attention.
            if "scaled_dot_product_attention" not in str(error):
                raise
            model = _load_weights(checkpoint, dtype, "eager", device)
        return model.to(device).eval().requires_grad_(False)


@contextmanager
def _fitting_into(device: str, name: str) -> Iterator[None]:
    """Raise `OutOfMemory` where the memory of a device runs out while weights are loaded."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        raise OutOfMemory(
            f"the weights of {name} do not fit into the memory of {device}: "
            "try a smaller --model_size"
        ) from error


def _load_weights(
    checkpoint: Checkpoint, dtype: torch.dtype, attention: str, device: str
) -> torch.nn.Module:
    from transformers import AutoModel

    with naming_broken_model(checkpoint.name, checkpoint.folder):
        model, loaded = AutoModel.from_pretrained(
            checkpoint.folder,
            dtype=dtype,
            attn_implementation=attention,
            use_safetensors=True,
            local_files_only=True,
            ignore_mismatched_sizes=True,  # refused below, with the names
            output_loading_info=True,
            # Straight to the GPU: 8B would need 16 GB of the machine's memory on its way.
            device_map={"": device} if device.startswith("cuda") else None,
        )
    refuse_other_weights(checkpoint.name, checkpoint.folder, loaded)
    return model


def make_encoder(
    model: torch.nn.Module | Bert,
    checkpoint: Checkpoint,
    *,
    max_length: int,
    long_docs: str,
    batch_size: int,
    multiple: int = 1,
) -> Encoder:
    """Return the encoder of a loaded model.

    Parameters
    ----------
    model : torch.nn.Module or Bert
    checkpoint : Checkpoint
    max_length : int
        Tokens of a window, special tokens included; the model's own limit caps it.
    long_docs : str
        ``truncate`` or ``mean``.
    batch_size : int
        Windows in a batch, at most.
    multiple : int
        See `Encoder`.
    """
    device = str(next(model.parameters()).device)
    tokenizer = WindowTokenizer(checkpoint, effective_length(checkpoint, max_length), long_docs)
    if isinstance(model, Bert):
        known = model.config.vocab_size
    else:
        known = cast("Any", model).get_input_embeddings().num_embeddings
    if tokenizer.n_tokens > known:
        raise InvalidOption(
            f"{checkpoint.name} has vectors for {known:,} tokens, but its tokenizer has "
            f"{tokenizer.n_tokens:,}: they are not of one model; download it again"
        )
    if isinstance(model, Bert) or (device == "cpu" and can_pack(model)):
        return PackedEncoder(model, tokenizer, pooling=checkpoint.pooling)
    block_tokens = _block_tokens(model, device)
    return Encoder(
        model,
        tokenizer,
        pooling=checkpoint.pooling,
        batch_size=batch_size,
        token_budget=_token_budget(model, device),
        multiple=multiple if block_tokens is None else _BLOCK_MULTIPLE,
        block_tokens=block_tokens,
        spare_tokens=_spare_tokens(model, device),
    )


def effective_length(checkpoint: Checkpoint, max_length: int) -> int:
    """Return the tokens that the model reads at once: `max_length`, capped by its own limit."""
    return min(max_length, checkpoint.max_length or max_length)


def _block_tokens(model: torch.nn.Module, device: str) -> int | None:
    """Return the tokens of a block of fixed shape; None where batches may have any shape.

    In bfloat16 a CPU chooses among kernels by the shape, and their results differ by up to .001.
    """
    import torch

    if device != "cpu" or next(model.parameters()).dtype != torch.bfloat16:
        return None
    return _BLOCK_TOKENS_PER_THREAD * min(_MOST_BLOCK_THREADS, torch.get_num_threads())


def _token_budget(model: Any, device: str) -> int:
    """Return the tokens of a batch that the memory of the device allows."""
    import torch

    if device.startswith("mps"):  # torch calls it mps:0
        return _MPS_TOKEN_BUDGET
    if not device.startswith("cuda"):
        return _CPU_TOKENS_PER_THREAD * torch.get_num_threads()
    config = model.config
    # Activations alive at once in one layer, in bytes a token: about eight vectors of the hidden
    # size and three of the feed-forward size in bfloat16, two of the hidden size in float32.
    hidden = config.hidden_size
    inner = getattr(config, "intermediate_size", 4 * hidden)  # DistilBERT calls it otherwise
    per_token = 2 * (8 * hidden + 3 * inner) + 4 * 2 * hidden
    total = torch.cuda.get_device_properties(device).total_memory
    # Of what the weights leave, not of what is free now: the same device gives the same batches
    # and so the same bits.
    spare = total - torch.cuda.memory_allocated(device)
    return max(1, min(_CUDA_TOKEN_BUDGET, int(0.5 * spare / per_token)))


def _spare_tokens(model: Any, device: str) -> int:
    """Return the tokens that a GPU computes in the time that it takes to launch one more batch.

    About 15 kernels of 5 µs a layer, and two operations per weight and token at 400 TFLOP/s (an
    H100): 4,000 tokens for `mini`, 700 for 0.6B, 70 for 8B.
    """
    layers = getattr(model.config, "num_hidden_layers", 0)
    if not device.startswith("cuda"):
        return 0
    n_weights = sum(weights.numel() for weights in model.parameters())
    return int(15 * 5e-6 * layers * 4e14 / (2 * n_weights))
