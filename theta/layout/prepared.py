"""Files of a prepared corpus and of its embeddings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from theta.layout.relative import RelativePath


@dataclass(frozen=True)
class CorpusFiles:
    """The files of a prepared corpus."""

    root: Path

    vocabulary = RelativePath("vocab.json")
    """The words, a JSON list in the order of the columns of the bag of words."""

    bow = RelativePath("bow.npz")
    """The sparse counts (data, indices, indptr, shape)."""

    tokens = RelativePath("tokens.npz")
    """The ordered word ids of each document (starts, ids)."""

    first_halves = RelativePath("first_halves.npz")
    """The counts of the first half of each test document."""

    documents = RelativePath("documents.parquet")
    """The kept documents: id, text, split, label, time, half, the user's columns."""

    ledger = RelativePath("ledger.csv")
    """One row per input row: kept or dropped, and why."""

    manifest = RelativePath("manifest.json")
    """Settings and fingerprints; written last."""

    @property
    def counted_shards(self) -> Path:
        """Folder of the shards that workers have counted, until the corpus is finished."""
        return self.root.parent / "counted_shards"


@dataclass(frozen=True)
class EmbeddingFiles:
    """The files of the embeddings of one corpus, size and mode."""

    root: Path

    documents = RelativePath("documents.npy")
    """The document vectors, in the order of the corpus."""

    words = RelativePath("words.npy")
    """The word vectors, in the order of the vocabulary."""

    test_halves = RelativePath("test_halves.npy")
    """The vectors of the first half of each test document."""

    truncated = RelativePath("truncated.npy")
    """Row numbers of the documents that were truncated; absent if that is unknown."""

    adapter = RelativePath("adapter")
    """The fine-tuned adapter, in the peft format."""

    manifest = RelativePath("manifest.json")
    """Settings and fingerprints; written last."""

    @property
    def adapters(self) -> Path:
        """Adapters by data and settings of their fine-tuning; kept between runs, like shards."""
        return self.root.parent / "adapters" / self.root.name

    def adapter_folder(self, key: str) -> Path:
        """Return the folder of one finished adapter."""
        return self.adapters / key

    def adapter_training(self, key: str) -> Path:
        """Return the file of an adapter's unfinished training."""
        return self.adapters / f"{key}.training.safetensors"

    @property
    def shards(self) -> Path:
        """Vectors by content hash, shared by all corpora of the dataset and kept between runs.

        It is beside the embeddings, not inside, so that replacing the embeddings keeps it.
        """
        return self.root.parent / "shards" / self.root.name

    def shard_folder(self, space: str) -> Path:
        """Return the folder of the shards of one model and one set of settings."""
        return self.shards / space

    @staticmethod
    def shard_name(checksum: str) -> str:
        """Return the name of a shard, which begins with the checksum of its content."""
        return f"{checksum[:32]}.npz"
