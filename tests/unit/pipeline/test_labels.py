from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from tests.models.planted import planted_corpus
from theta.contracts import UNLABELLED, Corpus, Labels, Split
from theta.errors import InvalidOption
from theta.models import MODELS
from theta.models.base import learns_labels
from theta.pipeline.labels import training_labels, warn_of_rare_labels

CORPUS = planted_corpus(n_docs=40)
TRAIN = CORPUS.rows(Split.TRAIN)
HELD_OUT = np.flatnonzero(CORPUS.split != Split.TRAIN)


def labelled(codes: np.ndarray, names: tuple[str, ...]) -> Corpus:
    return dataclasses.replace(CORPUS, labels=Labels(codes.astype(np.int32), names))


def test_only_the_labels_of_training_documents_are_left() -> None:
    assert CORPUS.labels is not None
    labels = training_labels(CORPUS, [])
    np.testing.assert_array_equal(labels.codes[TRAIN], CORPUS.labels.codes[TRAIN])
    assert (labels.codes[HELD_OUT] == UNLABELLED).all()


def test_names_that_only_held_out_documents_have_are_gone() -> None:
    # "a" is on held-out documents only; "b" and "c" are then the first and the second label.
    codes = np.where(np.arange(40) % 2, 1, 2)
    codes[HELD_OUT] = 0
    labels = training_labels(labelled(codes, ("a", "b", "c")), [])
    assert labels.names == ("b", "c")
    np.testing.assert_array_equal(labels.codes[TRAIN], codes[TRAIN] - 1)


def test_a_label_on_one_document_is_named_and_kept(caplog: pytest.LogCaptureFixture) -> None:
    codes = np.arange(40) % 2
    codes[TRAIN[0]] = 2
    labels = training_labels(labelled(codes, ("a", "b", "lonely")), [])
    assert labels.codes[TRAIN[0]] == 2
    assert not caplog.text
    warn_of_rare_labels(labels)
    assert "1 of 3 labels are on only one training document" in caplog.text
    assert "'lonely'" in caplog.text


def test_labels_that_only_held_out_documents_have_cannot_teach() -> None:
    codes = np.full(40, UNLABELLED)
    codes[HELD_OUT] = np.arange(len(HELD_OUT)) % 2
    with pytest.raises(InvalidOption, match=f"none of the {len(TRAIN)} training documents"):
        training_labels(labelled(codes, ("a", "b")), [])


def test_without_a_label_column_the_columns_are_listed() -> None:
    with pytest.raises(InvalidOption, match="the columns are id, party"):
        training_labels(dataclasses.replace(CORPUS, labels=None), ["id", "party"])


def test_the_mode_is_that_of_theta_alone() -> None:
    theta, lda = MODELS["theta"](), MODELS["lda"]()
    assert learns_labels(theta, "supervised")
    assert not learns_labels(theta, "unsupervised")
    assert not learns_labels(lda, "supervised")
