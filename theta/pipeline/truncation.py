"""Which documents no embedding model has read to their end, told in the ledger."""

from __future__ import annotations

import logging

from theta import storage
from theta.corpus.ledger import mark_truncated
from theta.corpus.store import corpus_fingerprint
from theta.embeddings.load import embedding_facts, load_truncated
from theta.errors import MissingFile
from theta.layout import ProjectPaths

logger = logging.getLogger(__name__)


def tell_truncated(dataset: str, project: ProjectPaths) -> None:
    """Write in the ledger of a corpus which documents each of its embeddings has truncated.

    Embeddings of an earlier corpus are left out, and those of which nobody can tell.
    """
    files = project.corpus(dataset)
    with storage.locked(files.root.parent):
        corpus = corpus_fingerprint(storage.read_manifest(files.root, ""))
        found = {}
        for embedding in project.all_embeddings(dataset):
            try:
                if embedding_facts(embedding, "")["corpus"] != corpus:
                    continue
                rows = load_truncated(embedding, "")
            except (MissingFile, storage.Damaged) as error:
                logger.warning("The ledger says nothing of %s: %s", embedding.root.name, error)
                continue
            if rows is not None:
                found[embedding.root.name] = rows.tolist()
        with storage.renewing_file(files.root, files.ledger.name) as new:
            mark_truncated(files.ledger, new, found)
