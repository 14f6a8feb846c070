"""Paths of all files and folders. No other package knows their names."""

from theta.layout.outputs import ComparisonFiles, KitFiles, PaperFiles, TuningFiles
from theta.layout.prepared import CorpusFiles, EmbeddingFiles
from theta.layout.project import MODES, ProjectPaths, checked_name
from theta.layout.run import DRIFT_ENDING, DRIFT_FILE, MODEL_TABLES, SHARD_RECORDS, RunFiles

__all__ = [
    "ComparisonFiles",
    "CorpusFiles",
    "DRIFT_ENDING",
    "DRIFT_FILE",
    "EmbeddingFiles",
    "KitFiles",
    "MODEL_TABLES",
    "MODES",
    "PaperFiles",
    "ProjectPaths",
    "RunFiles",
    "SHARD_RECORDS",
    "TuningFiles",
    "checked_name",
]
