"""The frozen records that pass between stages, each checked on creation.

`Documents` (text) → `Corpus` (counts) → `Embeddings` (vectors) → `TopicModelOutput` → `Metric`, and
`ModelTable` for models with further results.
"""

from theta.contracts.data import (
    UNLABELLED,
    Corpus,
    Documents,
    Embeddings,
    Labels,
    ModelInputs,
    Split,
    Tokens,
)
from theta.contracts.results import Metric, ModelTable, TopicModelOutput, ranked_words

__all__ = [
    "UNLABELLED",
    "Corpus",
    "Documents",
    "Embeddings",
    "Labels",
    "Metric",
    "ModelInputs",
    "ModelTable",
    "Split",
    "Tokens",
    "TopicModelOutput",
    "ranked_words",
]
