"""What the files of sentence-transformers say about a model: its modules, pooling and prompts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from theta.errors import InvalidOption

POOLINGS = ("mean", "last", "cls")

OWN_ARCHITECTURES = (
    "bert",
    "distilbert",
    "modernbert",
    "mpnet",
    "qwen3",
    "roberta",
    "xlm-roberta",
)
"""The ``model_type`` of all that `theta.embeddings.encoder` runs, as tests against the library."""

CAUSAL_ARCHITECTURES = ("qwen3",)
"""Of these, those whose last token has seen the whole text."""

_POOLING_NAMES = {
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_lasttoken": "last",
    "pooling_mode_cls_token": "cls",
    "mean": "mean",
    "lasttoken": "last",
    "cls": "cls",
}
_DOCUMENT_PROMPTS = ("document", "passage", "corpus")
_TRANSFORMER_SETTINGS = ("model_args", "config_args", "tokenizer_args", "processing_kwargs")
"""Keys of ``sentence_bert_config.json`` that change how the transformer is loaded or called."""


@dataclass(frozen=True)
class ModuleFiles:
    """The modules of a model, in the order in which a text goes through them.

    Attributes
    ----------
    kinds : sequence of str
        Class names, such as ``Transformer``; empty where there is no ``modules.json``.
    folders : sequence of Path
        Where the files of each module are.
    pooling : str or None
        One of `POOLINGS`; None where no module says so.
    library_reason : str or None
        Why only sentence-transformers itself can run these modules; None where the transformer
        with `pooling` is all.
    has_own_code : bool
        A module is Python code of the model's own.
    """

    kinds: Sequence[str]
    folders: Sequence[Path]
    pooling: str | None
    library_reason: str | None
    has_own_code: bool

    @property
    def is_static(self) -> bool:
        """The vector of a text is the mean of its tokens' vectors: there is no longest text."""
        return self.kinds[:1] == ["StaticEmbedding"]


def read_module_files(folder: Path) -> ModuleFiles:
    """Return what ``modules.json`` and the files it names say.

    Raises
    ------
    InvalidOption
        If a file is not what the layout promises.
    """
    modules = read_json(folder / "modules.json", default=[])
    try:
        types = [str(module["type"]) for module in modules]
        paths = [Path(module["path"]) for module in modules]
    except (TypeError, KeyError) as error:
        raise InvalidOption(f"{folder / 'modules.json'} is not a list of modules") from error
    for path in paths:
        if path.is_absolute() or ".." in path.parts:
            raise InvalidOption(
                f"{folder / 'modules.json'} names the folder {path}, which is outside the model"
            )
    folders = [folder / path for path in paths]
    kinds = [name.split(".")[-1] for name in types]
    pooling, reason, has_own_code = None, None, False
    for name, kind, place in zip(types, kinds, folders, strict=True):
        if not name.startswith("sentence_transformers."):
            has_own_code = True
            reason = reason or f"module {name} of its own"
        elif kind == "Pooling":
            pooling, why = _read_pooling(place)
            reason = reason or why
        elif kind == "Transformer":
            reason = reason or _why_special_transformer(place, folder)
        elif kind != "Normalize":
            reason = reason or f"module {kind}"
    if kinds and pooling is None and reason is None:
        reason = "no pooling module"
    return ModuleFiles(kinds, folders, pooling, reason, has_own_code)


def _read_pooling(folder: Path) -> tuple[str | None, str | None]:
    """Return (pooling, None), or (None, why the program's own encoder does not do it)."""
    if not (folder / "config.json").is_file():
        raise InvalidOption(
            f"{folder} has no config.json, which says how the model pools: download it again"
        )
    config = read_json(folder / "config.json")
    if "pooling_mode" in config:
        named = config["pooling_mode"]
        modes = [named] if isinstance(named, str) else list(named)
    else:
        modes = [key for key, value in config.items() if key.startswith("pooling_mode_") and value]
    modes = modes or ["mean"]  # as the library reads it
    if len(modes) != 1 or modes[0] not in _POOLING_NAMES:
        return None, f"pooling {' and '.join(mode.removeprefix('pooling_mode_') for mode in modes)}"
    if config.get("include_prompt") is False:
        return None, "pooling without the prompt"
    return _POOLING_NAMES[modes[0]], None


def _why_special_transformer(place: Path, folder: Path) -> str | None:
    if place != folder:
        return f"transformer in the folder {place.name}"
    config = read_json(place / "sentence_bert_config.json")
    settings = [key for key in _TRANSFORMER_SETTINGS if config.get(key)]
    if settings:
        return f"{settings[0]} in sentence_bert_config.json"
    if config.get("transformer_task", "feature-extraction") != "feature-extraction":
        return f"task {config['transformer_task']}"
    return None


def read_document_prompt(folder: Path) -> str:
    """Return the text that a model declares for documents, empty where it declares none.

    The prompt named ``document``, ``passage`` or ``corpus``, as ``encode_document`` looks for it,
    else the model's default prompt, as ``encode`` does.
    """
    config = read_json(folder / "config_sentence_transformers.json")
    prompts = config.get("prompts") or {}
    if not isinstance(prompts, Mapping):
        raise InvalidOption(
            f"{folder / 'config_sentence_transformers.json'}: prompts is not an object"
        )
    names = [name for name in _DOCUMENT_PROMPTS if name in prompts]
    names += [config["default_prompt_name"]] if config.get("default_prompt_name") else []
    if names and names[0] not in prompts:
        raise InvalidOption(
            f"{folder / 'config_sentence_transformers.json'}: default_prompt_name {names[0]!r} is "
            "not one of its prompts; correct or remove it"
        )
    return str(prompts.get(names[0]) or "") if names else ""


def read_json(path: Path, default: Any = None) -> Any:
    """Return the content of a JSON file, `default` (an empty object) where there is none.

    Raises
    ------
    InvalidOption
        If it is not JSON, or not of the type of `default`.
    """
    empty: Any = {} if default is None else default
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return empty
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise InvalidOption(f"{path} is not valid JSON: {error}") from error
    if not isinstance(content, type(empty)):
        raise InvalidOption(f"{path} is not a JSON {'list' if empty == [] else 'object'}")
    return content
