"""Texts that come later have the same bits alone, in a file and in another order."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from theta.embeddings.apply import TextEncoder
from theta.embeddings.embed import Texts, embed_corpus
from theta.embeddings.load import embedding_facts, load_embeddings
from theta.embeddings.settings import EmbeddingSettings
from theta.errors import InvalidOption
from theta.layout import EmbeddingFiles

MakeSettings = Callable[..., EmbeddingSettings]

TEXTS = [
    "moon",
    "A striker scored twice in the final minutes of the football match.",
    "The senate passed the budget after a long debate about taxes and schools. " * 9,
    "Die Gemeinde eröffnet eine neue Bibliothek.",
    "",
] * 3


def embedded(tmp_path: Path, settings: EmbeddingSettings) -> EmbeddingFiles:
    files = EmbeddingFiles(tmp_path / "embeddings" / "0.6B_zero_shot")
    embed_corpus(
        documents=Texts.of(TEXTS),
        words=Texts.of(["moon"]),
        test_halves=Texts.of([]),
        files=files,
        settings=settings,
        corpus_fingerprint="corpus",
    )
    return files


@pytest.mark.parametrize("changed", [{}, {"long_docs": "mean"}, {"embedding_dim": 8}])
def test_the_same_bits_alone_and_in_company(
    tmp_path: Path, make_settings: MakeSettings, changed: dict
) -> None:
    settings = make_settings(max_length=32, **changed)
    files = embedded(tmp_path, settings)
    facts = embedding_facts(files, "")
    encoder = TextEncoder(settings, facts)
    whole = encoder.encode(TEXTS)
    assert whole.dtype == np.float16
    np.testing.assert_array_equal(encoder.encode(TEXTS[::-1])[::-1], whole)
    for row, text in enumerate(TEXTS[:5]):
        np.testing.assert_array_equal(encoder.encode([text])[0], whole[row])
    # A second load of the model changes nothing.
    np.testing.assert_array_equal(TextEncoder(settings, facts).encode(TEXTS), whole)
    # Those of the corpus were made in batches: equal up to float16's rounding.
    np.testing.assert_allclose(whole, load_embeddings(files, "").documents, atol=1e-3)
    assert encoder.encode([]).shape == (0, whole.shape[1])


def test_another_space_is_refused(tmp_path: Path, make_settings: MakeSettings) -> None:
    facts = embedding_facts(embedded(tmp_path, make_settings()), "")
    for changed in ({"model_size": "4B"}, {"long_docs": "mean"}, {"max_length": 16}):
        with pytest.raises(InvalidOption, match="vectors of the two cannot be compared"):
            TextEncoder(make_settings(**changed), facts)
