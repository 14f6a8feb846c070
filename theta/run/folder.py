"""The folder of a finished run; every file is checked against the manifest before it is read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from theta import storage
from theta.errors import MissingFile, ThetaError
from theta.layout import RunFiles
from theta.run.preprocessing import Preprocessing, read_preprocessing

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_WORD_SCORES = "word_scores"
"""Name of the array that ranks the words of a topic, saved with the weights unless it is β."""


_DEPTH = 4
"""Of a run below ``result/``: baseline, data set, model, number of topics."""

_SHOWN = 5


class RunFolder:
    """A finished run on disk.

    Parameters
    ----------
    root : Path
    fix : str
        The command that makes the run, for error messages.

    Raises
    ------
    MissingFile
        If there is no finished run, or its format is that of another version.
    Damaged
        If the manifest is damaged. The methods raise it for a damaged file.
    """

    def __init__(self, root: Path, fix: str) -> None:
        self.files = RunFiles(root)
        if not self.files.manifest.is_file() and (runs := runs_below(root)):
            shown = ", ".join(str(run) for run in runs[:_SHOWN])
            more = f" and {len(runs) - _SHOWN} more" if len(runs) > _SHOWN else ""
            raise MissingFile(f"{root} is a folder of runs, not a run; name one: {shown}{more}")
        self.manifest = storage.read_manifest(root, fix)
        self._fix = fix
        if not self.has(self.files.config):
            raise MissingFile(f"{root} is not the folder of a run")

    def has(self, path: Path) -> bool:
        """Return whether the manifest lists a file."""
        return str(path.relative_to(self.files.root)) in self.manifest["files"]

    def checked(self, path: Path) -> Path:
        """Return the path of a file after checking it against the manifest."""
        with storage.with_fix_hint(self._fix):
            storage.check_file(path, self.manifest)
        return path

    def damaged_files(self) -> list[str]:
        """Return one sentence for each damaged file."""
        problems = []
        for name in self.manifest["files"]:
            try:
                storage.check_file(self.files.root / name, self.manifest)
            except storage.Damaged as error:
                problems.append(str(error))
        return problems

    def json(self, path: Path) -> Any:
        """Return the content of a JSON file."""
        return storage.read_json(self.checked(path))

    def array(self, path: Path) -> NDArray[np.float32]:
        """Return the array of a .npy file."""
        return storage.read_array(self.checked(path))

    def arrays(self, path: Path) -> dict[str, NDArray[Any]]:
        """Return the arrays of a .npz file."""
        return storage.read_npz(self.checked(path))

    def weights(self) -> tuple[Mapping[str, NDArray[Any]], NDArray[np.float32] | None]:
        """Return the state of the model, and the scores that rank the words; None for β itself."""
        from safetensors.numpy import load_file

        state = load_file(self.checked(self.files.weights))
        return state, state.pop(_WORD_SCORES, None)

    def preprocessing(self) -> Preprocessing:
        """Return how new documents become model inputs."""
        return read_preprocessing(
            self.checked(self.files.preprocessing), self.checked(self.files.reference)
        )

    @contextmanager
    def replacing(self) -> Iterator[Path]:
        """Write a folder that replaces the run; see `theta.storage.replacing`.

        Raises
        ------
        ThetaError
            If another process has changed the run since it was read.
        """
        root = self.files.root
        with storage.replacing(root, self.manifest["stands_on"]) as new:
            if storage.read_manifest(root, self._fix) != self.manifest:
                raise ThetaError(
                    f"another process has changed {root} meanwhile, so nothing was done; repeat "
                    "the command"
                )
            yield new

    def copy_to(self, folder: Path) -> None:
        """Copy the run into a folder; each file is checked first."""
        with storage.replacing(folder, self.manifest["stands_on"]) as new:
            storage.copy_listed(self.files.root, self.manifest, new)


def write_weights(
    path: Path, state: Mapping[str, NDArray[Any]], word_scores: NDArray[np.float32] | None
) -> None:
    """Write the file that `RunFolder.weights` reads."""
    arrays = dict(state) if word_scores is None else {**state, _WORD_SCORES: word_scores}
    storage.write_arrays(path, arrays)


def runs_below(folder: Path, depth: int = _DEPTH) -> list[Path]:
    """Return the finished runs in a folder: itself, or those up to four levels deeper."""
    files = RunFiles(folder)
    if files.manifest.is_file() and files.config.is_file():
        return [folder]
    if depth == 0 or not folder.is_dir():
        return []
    inner = [path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")]
    return [run for path in sorted(inner, key=_natural) for run in runs_below(path, depth - 1)]


def _natural(path: Path) -> list[tuple[int, str]]:
    """Sort K5 before K10."""
    return [
        (int(part), "") if part.isdecimal() else (0, part) for part in re.split(r"(\d+)", path.name)
    ]
