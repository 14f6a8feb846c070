"""A run in memory and the same run read from its folder are one thing."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import forge
from tests.runs import make_run
from theta import storage
from theta.corpus.apply import CorpusRules
from theta.corpus.rules_record import RULES
from theta.errors import InvalidOption, MissingFile
from theta.layout import RunFiles
from theta.models.lda import Lda
from theta.pipeline.keep import keep
from theta.run import Run
from theta.run.preprocessing import Preprocessing


@pytest.fixture
def made() -> Run:
    random = np.random.default_rng(0)
    rules = CorpusRules(
        version=RULES, settings={}, columns={}, words=(), phrases=(),
        boilerplate=frozenset(), coverage=0.9,
        vocabulary=tuple(f"w{i}" for i in range(12)),
    )  # fmt: skip
    run = make_run(
        random.dirichlet([0.3] * 3, size=8),
        random.dirichlet([0.3] * 12, size=3),
        word_scores=random.random((3, 12), dtype=np.float32),
        history=[{"epoch": 1, "kl": 0.5}],
        facts={"best_epoch": 1},
        preprocessing=Preprocessing(rules, None, {"likeness": np.zeros(2, np.float32)}),
    )
    run.output.state["weights"] = random.random((3, 2))
    return run


@pytest.fixture
def folder(made: Run, tmp_path: Path) -> Path:
    place = tmp_path / "run"
    with storage.replacing(place, {}) as new:
        keep(made, RunFiles(new), [{"row_id": str(row)} for row in range(8)], None)
    return place


def test_what_is_kept_is_read_back(made: Run, folder: Path) -> None:
    read = Run.open(folder)
    for name in ("doc_topic", "topic_word", "word_scores"):
        np.testing.assert_array_equal(getattr(read.output, name), getattr(made.output, name))
    np.testing.assert_array_equal(read.state["weights"], made.state["weights"])
    assert "word_scores" not in read.state
    assert read.vocabulary == made.vocabulary
    assert (read.history, read.facts, read.config) == (made.history, made.facts, made.config)
    assert read.topics == made.topics
    assert read.topic_words == made.topic_words
    np.testing.assert_array_equal(read.top_words(5), made.output.top_words(5))
    assert read.metrics == []


def test_only_what_is_asked_for_is_read(folder: Path) -> None:
    (folder / "theta.npy").unlink()
    read = Run.open(folder)
    assert read.num_topics == 3
    assert len(read.topics) == 3
    with pytest.raises(storage.Damaged, match=r"theta.npy has been removed; .*run_pipeline.py"):
        _ = read.output


def test_what_is_wrong_with_a_folder_is_named(folder: Path) -> None:
    read = Run.open(folder)
    assert read.folder.damaged_files() == []
    (folder / "beta.npy").write_bytes(b"x")
    (folder / "topics.csv").unlink()
    damaged = read.folder.damaged_files()
    assert [sentence.split()[0].split("/")[-1] for sentence in damaged] == [
        "beta.npy",
        "topics.csv",
    ]
    with pytest.raises(MissingFile, match="is not there") as missing:
        Run.open(folder / "none", fix="the command")
    assert missing.value.problem == f"{folder / 'none'} is not there"
    assert str(missing.value).endswith("; make it with: the command")


def test_names_of_earlier_versions_are_present_ones_for_whoever_reads(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    options = {"vicinity": 3, "coherence": 1.5, "fold_forms": True}
    config |= {"model": "theta", "model_options": options}
    forge(folder, "config.json", json.dumps(config).encode())
    read = Run.open(folder)
    assert read.config["model_options"] == {
        "neighbor_docs": 3,
        "coherence_weight": 1.5,
        # What earlier versions did not have.
        "meaning_weight": 0.0,
        "passage_words": 0,
        "neighbor_weight": 0.0,
        "min_gain": 0.0,
    }
    assert read.config["options"]["fold_forms"] is True  # once an option of THETA alone
    assert read.model_options.neighbor_docs == 3
    assert "--neighbor_docs 3 --coherence_weight 1.5" in read.repeat_command


def test_options_of_the_training_cannot_be_typed_otherwise(made: Run) -> None:
    asked = Lda.Options(num_topics=4)
    made.refuse_contradictions(["seed"], asked)
    with pytest.raises(InvalidOption, match=r"--num_topics 4 contradicts .* trained with 3"):
        made.refuse_contradictions(["num_topics"], asked)
    with pytest.raises(InvalidOption, match="--models nmf: the run in nowhere is of lda"):
        made.require_model("nmf")
