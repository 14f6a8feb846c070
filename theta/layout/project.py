"""The folders of a project, and what is where in them."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from theta.errors import InvalidOption
from theta.layout.outputs import ComparisonFiles, TuningFiles
from theta.layout.prepared import CorpusFiles, EmbeddingFiles
from theta.layout.run import RunFiles

MODES = ("zero_shot", "supervised", "unsupervised")
"""How an embedding model is used: as it is, or fine-tuned with labels or without."""

_NAME = re.compile(r"[^\W_][\w.\- ]*", re.UNICODE)


@dataclass(frozen=True)
class ProjectPaths:
    """The root folders of a project; environment variables can move each of them."""

    data: Path
    workspace: Path
    result: Path
    models: Path | None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> ProjectPaths:
        """Read THETA_DATA_DIR, THETA_WORKSPACE_DIR, THETA_RESULT_DIR and THETA_MODELS_DIR."""

        def folder(variable: str, default: str) -> Path:
            return Path(environment.get(variable) or default)

        models = environment.get("THETA_MODELS_DIR")
        return cls(
            data=folder("THETA_DATA_DIR", "data"),
            workspace=folder("THETA_WORKSPACE_DIR", "workspace"),
            result=folder("THETA_RESULT_DIR", "result"),
            models=Path(models) if models else None,
        )

    def absolute(self) -> ProjectPaths:
        """Return the same folders, independent of the current one."""
        return ProjectPaths(
            self.data.absolute(),
            self.workspace.absolute(),
            self.result.absolute(),
            None if self.models is None else self.models.absolute(),
        )

    def dataset_dir(self, dataset: str) -> Path:
        """Return the folder of the user's files for `dataset`."""
        return self.data / checked_name(dataset)

    def corpus(self, dataset: str) -> CorpusFiles:
        """Return the files of the prepared corpus of `dataset`."""
        return CorpusFiles(self.workspace / checked_name(dataset) / "corpus")

    def embeddings(self, dataset: str, size: str, mode: str) -> EmbeddingFiles:
        """Return the files of the embeddings of `dataset` for one size and mode."""
        folder = f"{checked_name(size)}_{checked_name(mode)}"
        return EmbeddingFiles(self.workspace / checked_name(dataset) / "embeddings" / folder)

    def all_embeddings(self, dataset: str) -> list[EmbeddingFiles]:
        """Return the files of all finished embeddings of `dataset`."""
        folder = self.workspace / checked_name(dataset) / "embeddings"
        return [EmbeddingFiles(path.parent) for path in sorted(folder.glob("*/manifest.json"))]

    def model_names(self, dataset: str) -> list[str]:
        """Return the names of the embedding models that `dataset` is prepared or trained with."""
        name = checked_name(dataset)
        folders = [files.root.name for files in self.all_embeddings(dataset)]
        ends = [(folder, f"_{mode}") for folder in folders for mode in MODES]
        prepared = {folder.removesuffix(end) for folder, end in ends if folder.endswith(end)}
        runs = self.result.glob(f"*/{glob.escape(name)}/*/manifest.json")
        trained = {path.parents[2].name for path in runs} - {"baseline"}
        return sorted(prepared | trained)

    def document_map(self, dataset: str, embeddings_fingerprint: str) -> Path:
        """Return the file of the 2-D map of the documents, one per embedding of a corpus."""
        folder = self.workspace / checked_name(dataset) / "maps"
        return folder / f"{embeddings_fingerprint}.npz"

    def run(self, dataset: str, size: str, mode: str) -> RunFiles:
        """Return the files of the THETA run of `dataset` for one size and mode."""
        return RunFiles(
            self.result / checked_name(size) / checked_name(dataset) / checked_name(mode)
        )

    def baseline_run(self, dataset: str, model: str, num_topics: int | str | None) -> RunFiles:
        """Return the files of a baseline's run.

        `num_topics` is ``auto`` if it is estimated, None if the model chooses it itself.
        """
        name = checked_name(dataset)
        folder = "Kauto" if num_topics is None else f"K{num_topics}"
        return RunFiles(self.result / "baseline" / name / model / folder)

    def tuning(self, dataset: str, size: str, mode: str) -> TuningFiles:
        """Return the files of a search for the settings of THETA."""
        folder = self.result / "tuning" / checked_name(size) / checked_name(dataset)
        return TuningFiles(folder / checked_name(mode))

    def baseline_tuning(self, dataset: str, model: str) -> TuningFiles:
        """Return the files of a search for the settings of a baseline."""
        folder = self.result / "tuning" / "baseline" / checked_name(dataset)
        return TuningFiles(folder / model)

    def comparison(self, folder: Path | None = None) -> ComparisonFiles:
        """Return the files of a comparison, in a folder of runs or the result folder."""
        return ComparisonFiles((folder or self.result) / "comparison")


def checked_name(name: str) -> str:
    """Return `name` if it is safe as the name of one folder.

    Raises
    ------
    InvalidOption
        If the name is empty, starts with a dot or holds a path separator.
    """
    if not _NAME.fullmatch(name) or ".." in name:
        raise InvalidOption(
            f"{name!r} cannot name a folder: use letters, digits, '_', '-', '.' and spaces, "
            "starting with a letter or digit"
        )
    return name
