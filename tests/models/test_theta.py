from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from scipy.sparse import csr_array

from theta.contracts import Split, TopicModelOutput
from theta.errors import InvalidOption
from theta.models.base import FitContext
from theta.models.theta import Theta
from theta.models.theta_options import ThetaOptions
from theta.options.declare import declarations
from theta.storage import Damaged

from .planted import model_inputs, planted_corpus, planted_embeddings

CORPUS = planted_corpus(n_docs=60)
EMBEDDINGS = planted_embeddings(CORPUS)
QUICK = ThetaOptions(
    num_topics=4, epochs=3, kl_warmup=1, batch_size=16, hidden_dim=8, learning_rate=0.02
)


def fit(
    options: ThetaOptions = QUICK,
    corpus: Any = CORPUS,
    embeddings: Any = EMBEDDINGS,
    **context: Any,
) -> TopicModelOutput:
    return Theta().fit(corpus, embeddings, options, FitContext(progress=False, **context))


# --- the whole -----------------------------------------------------------------------------


def test_only_training_documents_train() -> None:
    """Other counts and vectors in the other parts change neither topics nor weights."""
    others = np.flatnonzero(CORPUS.split == Split.TEST)
    bow = CORPUS.bow.toarray()
    bow[others] = bow[others][:, ::-1]
    documents = EMBEDDINGS.documents.copy()
    documents[others] = documents[others][:, ::-1]
    changed = fit(
        corpus=dataclasses.replace(CORPUS, bow=csr_array(bow)),
        embeddings=dataclasses.replace(EMBEDDINGS, documents=documents),
    )
    original = fit()
    np.testing.assert_array_equal(changed.topic_word, original.topic_word)
    np.testing.assert_array_equal(changed.topic_embeddings, original.topic_embeddings)
    assert not np.array_equal(changed.doc_topic[others], original.doc_topic[others])


def test_labels_do_not_teach_unless_asked_to() -> None:
    labels = CORPUS.labels
    assert labels is not None
    shuffled = np.random.default_rng(0).permutation(labels.codes)
    others = (dataclasses.replace(labels, codes=shuffled), None)
    with_labels = fit()
    for other in others:
        output = fit(corpus=dataclasses.replace(CORPUS, labels=other))
        np.testing.assert_array_equal(output.doc_topic, with_labels.doc_topic)
        np.testing.assert_array_equal(output.topic_word, with_labels.topic_word)


def test_the_topics_of_the_corpus_are_those_that_infer_finds() -> None:
    output = fit()
    everything = model_inputs(CORPUS, EMBEDDINGS, np.arange(60))
    found = Theta().infer(output.state, QUICK, everything)
    np.testing.assert_array_equal(found, output.doc_topic)


def test_facts_and_history() -> None:
    output = fit(dataclasses.replace(QUICK, epochs=5))
    assert [entry["epoch"] for entry in output.history] == [1, 2, 3, 4, 5]
    best = output.history[output.facts["best_epoch"] - 1]
    assert output.facts["validation_elbo"] == best["validation_elbo"]
    assert output.facts["validation_elbo"] == max(e["validation_elbo"] for e in output.history)
    assert output.facts["epochs_run"] == 5
    assert output.facts["stopped_early"] is False
    assert output.facts["device"] == "cpu"


OTHERS = {
    "num_topics": 3,
    "epochs": 2,
    "batch_size": 8,
    "learning_rate": 0.01,
    "lr_schedule": "constant",
    "hidden_dim": 9,
    "num_layers": 1,
    "dropout": 0.0,
    "kl_start": 0.5,
    "kl_end": 0.0,
    "kl_warmup": 0,
    "prior_alpha": 1.0,
    "l2": 50.0,
    "relevance": 0.0,
    "coherence_weight": 0.0,
    "meaning_weight": 0.0,
    "passage_words": 2,
    "neighbor_docs": 0,
    "neighbor_weight": 1.0,
    "lexical_dim": 2,
}
"""Another value for each option whose effect shows in a short training."""


@pytest.mark.parametrize("name", OTHERS)
def test_each_option_changes_the_result(name: str) -> None:
    original = fit()
    changed = fit(dataclasses.replace(QUICK, **{name: OTHERS[name]}))
    assert original.word_scores is not None
    if name in {"relevance", "coherence_weight", "meaning_weight", "passage_words"}:
        np.testing.assert_array_equal(changed.topic_word, original.topic_word)
        assert not np.array_equal(changed.word_scores, original.word_scores)
    else:
        assert not np.array_equal(changed.topic_word, original.topic_word)


def test_smoothed_inputs_are_the_same_at_inference_and_on_disk() -> None:
    options = dataclasses.replace(QUICK, neighbor_weight=0.5)
    output = fit(options)
    assert output.facts["neighbor_weight"] == 0.5
    everything = model_inputs(CORPUS, EMBEDDINGS, np.arange(60))
    found = Theta().infer(output.state, options, everything)
    np.testing.assert_array_equal(found, output.doc_topic)
    streamed = fit(options, max_bytes=1)
    np.testing.assert_array_equal(streamed.doc_topic, output.doc_topic)


def test_options_that_stop_the_training_early() -> None:
    """A learning rate far too large, so that the validation soon gets worse."""
    wild = dataclasses.replace(QUICK, epochs=30, learning_rate=0.5, patience=1)
    stopped = fit(wild)
    assert stopped.facts["stopped_early"]
    patient = fit(dataclasses.replace(wild, patience=4))
    assert patient.facts["epochs_run"] > stopped.facts["epochs_run"]
    endless = fit(dataclasses.replace(wild, early_stopping=False))
    assert endless.facts["epochs_run"] == 30
    warming = dataclasses.replace(wild, kl_warmup=30)
    assert fit(warming).facts["epochs_run"] == 30
    assert fit(dataclasses.replace(warming, min_gain=1.0)).facts["epochs_run"] < 30


def test_every_option_has_its_test() -> None:
    # Those of labels and seed words have their tests in test_guided_theta.py, descriptions in
    # test_described_topics.py.
    tested = {"patience", "early_stopping", "min_gain"}
    tested |= {"topics", "seed_words", "supervised_weight", "supervised_dropout"}
    assert set(OTHERS) | tested == set(declarations(ThetaOptions))


def test_defaults_are_the_documented_ones() -> None:
    assert dataclasses.asdict(ThetaOptions()) == {
        "num_topics": 20,
        "epochs": 100,
        "batch_size": 64,
        "learning_rate": 0.002,
        "lr_schedule": "cosine",
        "hidden_dim": 512,
        "num_layers": 2,
        "dropout": 0.2,
        "kl_start": 0.0,
        "kl_end": 1.0,
        "kl_warmup": 50,
        "patience": 10,
        "early_stopping": True,
        "min_gain": 0.0,
        "prior_alpha": 0.1,
        "l2": 1.0,
        "relevance": 0.4,
        "coherence_weight": 15.0,
        "meaning_weight": 7.0,
        "passage_words": 40,
        "neighbor_docs": 15,
        "neighbor_weight": "auto",
        "lexical_dim": 100,
        "topics": None,
        "seed_words": None,
        "supervised_weight": 30.0,
        "supervised_dropout": 0.7,
    }


@pytest.mark.parametrize("dim", [3, 1024, 2560])
def test_the_dimension_comes_from_the_vectors(dim: int) -> None:
    rng = np.random.default_rng(0)
    embeddings = dataclasses.replace(
        EMBEDDINGS,
        documents=rng.normal(size=(60, dim)).astype(np.float16),
        words=np.zeros((CORPUS.n_words, dim), dtype=np.float16),
        test_halves=np.zeros((len(EMBEDDINGS.test_halves), dim), dtype=np.float16),
    )
    output = fit(embeddings=embeddings)
    assert output.topic_embeddings is not None
    assert output.topic_embeddings.shape == (4, dim)


def test_vectors_may_be_mapped_from_disk(tmp_path: Path) -> None:
    np.save(tmp_path / "documents.npy", EMBEDDINGS.documents)
    mapped = np.load(tmp_path / "documents.npy", mmap_mode="r")
    from_disk = fit(embeddings=dataclasses.replace(EMBEDDINGS, documents=mapped))
    np.testing.assert_array_equal(from_disk.doc_topic, fit().doc_topic)


def test_no_dense_matrix_of_documents_and_words_is_formed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither SciPy's nor torch's way to a dense matrix is taken for the whole corpus."""
    from theta.nn.inputs import Counts

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a dense matrix of the corpus")

    monkeypatch.setattr(Counts, "dense", refuse)
    original = csr_array.toarray

    def guarded(self: csr_array, *args: Any, **kwargs: Any) -> Any:
        assert self.shape[0] < corpus.n_docs // 2, "a dense matrix of the corpus"
        return original(self, *args, **kwargs)

    monkeypatch.setattr(csr_array, "toarray", guarded)
    monkeypatch.setattr(csr_array, "todense", guarded)
    corpus = planted_corpus(n_docs=100)
    fit(corpus=corpus, embeddings=planted_embeddings(corpus))


# --- small and bad corpora -----------------------------------------------------------------


@pytest.mark.parametrize("n_validation", [0, 1])
def test_five_documents_train(n_validation: int) -> None:
    corpus = planted_corpus(n_docs=5, n_blocks=2)
    split = np.full(5, Split.TRAIN, dtype=np.int8)
    split[:n_validation] = Split.VALIDATION
    corpus = dataclasses.replace(corpus, split=split, first_halves=corpus.first_halves[:0])
    embeddings = planted_embeddings(corpus)
    output = fit(dataclasses.replace(QUICK, num_topics=2), corpus, embeddings)
    assert output.doc_topic.shape == (5, 2)
    assert (output.facts["validation_elbo"] is None) == (n_validation == 0)


def test_more_topics_than_different_documents_are_refused() -> None:
    documents = EMBEDDINGS.documents.copy()
    documents[:] = documents[np.arange(60) % 3]
    with pytest.raises(InvalidOption, match="--num_topics 4: only 3 of the 48 training documents"):
        fit(embeddings=dataclasses.replace(EMBEDDINGS, documents=documents))


def test_more_topics_than_documents_are_refused() -> None:
    with pytest.raises(InvalidOption, match="at most 48 topics"):
        fit(dataclasses.replace(QUICK, num_topics=49))


def test_embeddings_are_needed() -> None:
    with pytest.raises(InvalidOption, match="needs document embeddings"):
        fit(embeddings=None)


# --- interrupted ---------------------------------------------------------------------------


class Interrupted(Exception):
    pass


def test_an_interrupted_training_goes_on_from_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from theta.models import vae

    checkpoint = tmp_path / "deep" / "training.safetensors"
    whole = fit(dataclasses.replace(QUICK, epochs=6))
    write = vae.TrainingFile.write

    def write_and_die(self: Any, progress: Any) -> None:
        write(self, progress)
        if progress.epoch == 3:
            raise Interrupted

    with monkeypatch.context() as patched:
        patched.setattr(vae.TrainingFile, "write", write_and_die)
        with pytest.raises(Interrupted):
            fit(dataclasses.replace(QUICK, epochs=6), checkpoint=checkpoint)
    torch.manual_seed(77)
    resumed = fit(dataclasses.replace(QUICK, epochs=6), checkpoint=checkpoint)
    np.testing.assert_array_equal(resumed.doc_topic, whole.doc_topic)
    np.testing.assert_array_equal(resumed.topic_word, whole.topic_word)
    assert [e["epoch"] for e in resumed.history] == [1, 2, 3, 4, 5, 6]


def test_without_checkpoints_training_is_the_same() -> None:
    every, none = fit(), fit(checkpoint_every=0)  # --checkpoint_every 0
    np.testing.assert_array_equal(none.doc_topic, every.doc_topic)


def test_a_checkpoint_of_another_training_is_refused(tmp_path: Path) -> None:
    checkpoint = tmp_path / "training.safetensors"
    fit(checkpoint=checkpoint)
    with pytest.raises(InvalidOption, match="other options, seed or data"):
        fit(checkpoint=checkpoint, seed=1)


def test_a_damaged_checkpoint_is_named(tmp_path: Path) -> None:
    checkpoint = tmp_path / "training.safetensors"
    checkpoint.write_bytes(b"not a checkpoint")
    with pytest.raises(Damaged, match=r"training\.safetensors is damaged"):
        fit(checkpoint=checkpoint)


def test_a_flipped_byte_of_a_checkpoint_is_found(tmp_path: Path) -> None:
    checkpoint = tmp_path / "training.safetensors"
    fit(checkpoint=checkpoint)
    content = bytearray(checkpoint.read_bytes())
    content[-3] ^= 1  # of a weight: the file itself is sound
    checkpoint.write_bytes(content)
    with pytest.raises(Damaged, match="its checksum is wrong"):
        fit(checkpoint=checkpoint)
