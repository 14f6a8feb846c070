"""What prepare_data.py left behind: found, checked for staleness and loaded."""

from __future__ import annotations

import logging
import shlex
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from theta.contracts import Corpus, Embeddings, ModelInputs, Split
from theta.corpus.store import iterate_documents, load_corpus
from theta.embeddings.store import load_embeddings
from theta.errors import InvalidOption, MissingFile
from theta.layout import CorpusFiles, Places

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Prepared:
    """A corpus and, where a model needs them, its embeddings."""

    corpus: Corpus
    corpus_files: CorpusFiles
    embeddings: Embeddings | None = None

    def fingerprints(self, *, with_embeddings: bool) -> dict[str, str]:
        """Return the fingerprints that a run which stands on this records."""
        found = {"corpus": self.corpus.fingerprint}
        if with_embeddings and self.embeddings is not None:
            found["embeddings"] = self.embeddings.fingerprint
        return found

    def first_halves(self) -> ModelInputs:
        """Return the first halves of the test documents, as a model sees them."""
        return ModelInputs(
            bow=self.corpus.first_halves,
            embeddings=None if self.embeddings is None else self.embeddings.test_halves,
        )

    def second_halves(self) -> Any:
        """Return the counts of the second halves of the test documents: (n_test, n_words)."""
        test = self.corpus.rows(Split.TEST)
        return self.corpus.bow[test] - self.corpus.first_halves


def required_dataset(options: Any) -> str:
    """Return the name of the data set.

    Raises
    ------
    InvalidOption
        If none was given.
    """
    if options.dataset is None:
        raise InvalidOption("--dataset is missing: name a folder in data/, or lee for a try")
    return str(options.dataset)


def prepare_command(dataset: str, size: str, mode: str, *, with_embeddings: bool) -> str:
    """Return the command that prepares what is missing."""
    command = f"python prepare_data.py --dataset {shlex.quote(dataset)}"
    if with_embeddings:
        return f"{command} --model theta --model_size {size} --mode {mode}"
    return f"{command} --model baseline"
