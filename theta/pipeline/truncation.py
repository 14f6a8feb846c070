"""Records in the ledger which documents the embedding models have truncated."""

from __future__ import annotations

import logging

from theta import storage
from theta.corpus.ledger import mark_truncated
from theta.corpus.store import corpus_fingerprint
from theta.embeddings.load import embedding_facts, load_truncated
from theta.errors import MissingFile
from theta.layout import ProjectPaths

logger = logging.getLogger(__name__)


def record_truncated(dataset: str, project: ProjectPaths) -> None:
    """Record in the ledger of a corpus which documents each of its embeddings has truncated.

    Embeddings of an earlier corpus are skipped, and those without this information.
    """
    files = project.corpus(dataset)
    with storage.locked(files.root.parent):
        corpus = corpus_fingerprint(storage.read_manifest(files.root, ""))
        truncated = {}
        for embedding in project.all_embeddings(dataset):
            try:
                if embedding_facts(embedding, "")["corpus"] != corpus:
                    continue
                rows = load_truncated(embedding, "")
            except (MissingFile, storage.Damaged) as error:
                logger.warning("Leaving %s out of the ledger: %s", embedding.root.name, error)
                continue
            if rows is not None:
                truncated[embedding.root.name] = rows.tolist()
        ledgers = files.ledgers
        names = [str(path.relative_to(files.root)) for path in ledgers]
        with storage.renewing_files(files.root, names) as new:
            mark_truncated(ledgers, new, truncated)
