"""Files of a prepared corpus and of its embeddings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from theta.layout.relative import RelativePath


@dataclass(frozen=True)
class CorpusShard:
    """The files of one shard of a corpus.

    Attributes
    ----------
    documents, counts, ledger : Path
    """

    documents: Path
    counts: Path
    ledger: Path

    @property
    def paths(self) -> tuple[Path, Path, Path]:
        """All of them."""
        return self.documents, self.counts, self.ledger


@dataclass(frozen=True)
class CorpusFiles:
    """The files of a prepared corpus.

    Workers write ledger, documents and counts into a file per shard. The arrays of such a corpus
    are made of the counts when they are first read.
    """

    root: Path

    vocabulary = RelativePath("vocab.json")
    """The words, a JSON list in the order of the columns of the bag of words."""

    bow = RelativePath("bow.npz")
    """The sparse counts (data, indices, indptr, shape)."""

    tokens = RelativePath("tokens.npz")
    """The ordered word ids of each document (starts, ids)."""

    first_halves = RelativePath("first_halves.npz")
    """The counts of the first half of each test document."""

    digests = RelativePath("digests.npy")
    """A hash of the text of each kept document, by which samples are drawn."""

    documents = RelativePath("documents.parquet")
    """The kept documents: id, text, split, label, time, half, the user's columns."""

    ledger = RelativePath("ledger.csv")
    """One row per input row: kept or dropped, and why."""

    document_shards = RelativePath("documents")
    """Folder with the kept documents of each shard."""

    count_shards = RelativePath("counts")
    """Folder with the words of the kept documents of each shard."""

    ledger_shards = RelativePath("ledger")
    """Folder with the ledger of each shard."""

    manifest = RelativePath("manifest.json")
    """Settings and fingerprints; written last."""

    def absolute(self) -> CorpusFiles:
        """Return the same files, independent of the current folder."""
        return CorpusFiles(self.root.absolute())

    def shard(self, number: int) -> CorpusShard:
        """Return the files of a shard."""
        name = f"{number:06d}"
        return CorpusShard(
            documents=self.document_shards / f"{name}.parquet",
            counts=self.count_shards / f"{name}.parquet",
            ledger=self.ledger_shards / f"{name}.csv",
        )

    @property
    def document_tables(self) -> list[Path]:
        """The table of the kept documents, or those of the shards, in order."""
        return sorted(self.document_shards.glob("*.parquet")) or [self.documents]

    @property
    def count_tables(self) -> list[Path]:
        """The tables of the words of the shards, in order; none if there are only arrays."""
        return sorted(self.count_shards.glob("*.parquet"))

    @property
    def ledgers(self) -> list[Path]:
        """The ledger, or those of the shards, in order."""
        return sorted(self.ledger_shards.glob("*.csv")) or [self.ledger]

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
