"""A LoRA adapter on a model's attention: put on, saved in the format of peft, put back.

W becomes W + (α/r) B A with A of r rows and B of r columns (Hu et al. 2021, section 4.1); only A
and B are trained, and B starts at zero, so an untrained adapter changes nothing.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from theta.errors import InvalidOption
from theta.storage import check_file, fingerprint, read_manifest

if TYPE_CHECKING:
    import torch

DROPOUT = 0.1
"""What makes the two views of a text in SimCSE (Gao et al. 2021, section 3 and table 3)."""

_REMEDY = "python prepare_data.py, with the --mode and --model_size of these embeddings"


def adapter_facts(folder: Path) -> Mapping[str, Any]:
    """Return what a finished adapter was fine-tuned on and how."""
    facts: Mapping[str, Any] = read_manifest(folder, _REMEDY)["stands_on"]
    return facts


def adapter_fingerprint(folder: Path) -> str:
    """Return a short hash that differs where the weights of two adapters differ."""
    manifest = read_manifest(folder, _REMEDY)
    weights = [
        entry["sha256"]
        for name, entry in sorted(manifest["files"].items())
        if name.endswith(".safetensors")
    ]
    return fingerprint(weights, manifest["stands_on"])


def attention_projections(model: torch.nn.Module) -> list[str]:
    """Return the names of the linear maps inside a model's attention, whatever they are called.

    Raises
    ------
    InvalidOption
        If there are none.
    """
    import torch

    found = [
        name
        for name, module in model.named_modules()
        if isinstance(module, torch.nn.Linear)
        and any("attention" in part or "attn" in part for part in name.lower().split("."))
    ]
    if not found:
        raise InvalidOption(
            f"{type(model).__name__} has no attention projections to fine-tune: use --mode "
            "zero_shot, or another --embedding_model"
        )
    return found


def new_adapter(model: torch.nn.Module, r: int, alpha: int, dropout: float) -> Any:
    """Put an untrained adapter on a frozen model, which it changes in place.

    Parameters
    ----------
    model : torch.nn.Module
    r : int
        Rank.
    alpha : int
        α; the adapter is scaled by α/r.
    dropout : float
        See `set_dropout`.

    Returns
    -------
    peft.PeftModel
    """
    from peft import LoraConfig, get_peft_model

    set_dropout(model, dropout)
    config = LoraConfig(
        r=r,
        lora_alpha=alpha,
        target_modules=attention_projections(model),
        task_type="FEATURE_EXTRACTION",
    )
    with warnings.catch_warnings():
        # peft asks transformers by a name that transformers is giving up.
        warnings.simplefilter("ignore", FutureWarning)
        return get_peft_model(model, config)


def set_dropout(model: torch.nn.Module, rate: float) -> None:
    """Drop hidden units at this rate in training, and nothing else.

    Attention weights are dropped only in a model that has no dropout of hidden units: on a CPU
    theirs takes longer than the attention. Models published without any (Qwen3) get one, since
    SimCSE would see two equal views of a text.

    Raises
    ------
    InvalidOption
        If a rate is asked for and the architecture has no place for it.
    """
    import torch

    hidden = attention = 0
    for parent in model.modules():
        children = list(parent.children())
        n_linear = sum(isinstance(child, torch.nn.Linear) for child in children)
        for child in children:
            if isinstance(child, torch.nn.Dropout):
                # Beside the projections of queries, keys and values it is of attention weights.
                child.p = rate if n_linear < 2 else 0.0
                hidden += n_linear < 2
    for module in model.modules():
        if isinstance(getattr(module, "attention_dropout", None), float):
            module.attention_dropout = 0.0 if hidden else rate  # type: ignore[assignment]
            attention += 1
    if rate and not hidden + attention:
        raise InvalidOption(
            f"{type(model).__name__} has no dropout, which makes the two views of a text: use "
            "--mode supervised or zero_shot, or another --embedding_model"
        )


def recompute_activations(model: torch.nn.Module) -> None:
    """Keep one layer's activations at a time in training and compute the others anew.

    Chen et al. 2016 (gradient checkpointing): a third more time, and the memory of a layer for
    that of all.
    """
    with warnings.catch_warnings():
        # transformers 5 prefers another name, which transformers 4 does not know.
        warnings.simplefilter("ignore", FutureWarning)
        model.gradient_checkpointing_enable({"use_reentrant": False})  # type: ignore[operator]


def save_adapter(wrapped: Any, folder: Path, model_name: str) -> None:
    """Write ``adapter_config.json`` and ``adapter_model.safetensors``.

    Parameters
    ----------
    wrapped : peft.PeftModel
    folder : Path
    model_name : str
        Recorded as the base model, instead of a folder of this machine.
    """
    config = wrapped.peft_config["default"]
    config.base_model_name_or_path = model_name
    # peft keeps a set, whose order would differ from process to process.
    config.target_modules = sorted(config.target_modules)
    # Told that no embedding layer was changed, peft does not ask the hub for the base model's size.
    wrapped.save_pretrained(folder, safe_serialization=True, save_embedding_layers=False)
    # A model card without content.
    (folder / "README.md").unlink(missing_ok=True)


def with_adapter(model: torch.nn.Module, folder: Path) -> torch.nn.Module:
    """Return a model changed by a saved adapter, frozen, in evaluation mode.

    In float32 the adapter is added into the weights and costs nothing. In bfloat16 it stays
    beside them, since most of it would be rounded away, and is in bfloat16 itself: in float32,
    as it was trained, each layer would convert its input and its output.

    Raises
    ------
    MissingFile
        If the adapter is not there or unfinished.
    Damaged
        If a file is not what was written.
    """
    import torch
    from peft import PeftModel

    manifest = read_manifest(folder, _REMEDY)
    for name in manifest["files"]:
        check_file(folder / name, manifest)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        # Not told, peft takes the first GPU, whichever device the model lies on.
        device = str(next(model.parameters()).device)
        wrapped = PeftModel.from_pretrained(model, str(folder), torch_device=device)
    dtype = next(model.parameters()).dtype
    merged = dtype == torch.float32
    changed: torch.nn.Module = (
        wrapped.merge_and_unload() if merged else wrapped.get_base_model().to(dtype)
    )
    return changed.eval().requires_grad_(False)
