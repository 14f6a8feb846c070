"""The benchmark scripts on a handful of documents: each runs and prints its figures."""

from __future__ import annotations

import csv
import gzip
import json
import os
import runpy
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.sparse import csr_matrix, save_npz

from theta.contracts import Corpus

from .models.planted import planted_corpus, planted_embeddings

SCRIPTS = Path(__file__).parents[1] / "scripts"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as the scripts read it, with 80 planted documents."""
    corpus = planted_corpus(80)
    # The scripts tokenise as the corpora they are for were: words of letters alone.
    letters = (f"word{chr(97 + v // 26)}{chr(97 + v % 26)}" for v in range(corpus.n_words))
    corpus = replace(corpus, vocabulary=tuple(letters))
    embeddings = planted_embeddings(corpus)
    folder = tmp_path_factory.mktemp("bench") / "planted"
    folder.mkdir()
    (folder / "vocab.json").write_text(json.dumps(corpus.vocabulary), encoding="utf-8")
    save_npz(folder / "bow.npz", csr_matrix(corpus.bow))
    np.save(folder / "documents_mini.npy", embeddings.documents)
    np.save(folder / "words_mini.npy", embeddings.words)
    with gzip.open(folder / "20ng.csv.gz", "wt", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "label"])
        writer.writerows(zip(texts_of(corpus), labels_of(corpus), strict=True))
    return folder


def texts_of(corpus: Corpus) -> list[str]:
    starts, ids = corpus.tokens.starts, corpus.tokens.ids
    return [
        " ".join(corpus.vocabulary[v] for v in ids[starts[d] : starts[d + 1]])
        for d in range(corpus.n_docs)
    ]


def labels_of(corpus: Corpus) -> list[str]:
    assert corpus.labels is not None
    return [corpus.labels.names[code] for code in corpus.labels.codes]


def printed(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], name: str, *flags: object
) -> str:
    """Run a script in this process and return its standard output."""
    monkeypatch.setattr(sys, "argv", [name, *map(str, flags)])
    monkeypatch.setattr(sys, "path", [str(SCRIPTS), *sys.path])
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    threads = torch.get_num_threads()
    try:
        runpy.run_path(str(SCRIPTS / f"{name}.py"), run_name="__main__")
    except SystemExit as end:
        if end.code:
            pytest.fail(f"{name} ended with exit code {end.code}")
    finally:
        torch.set_num_threads(threads)
    return capfd.readouterr().out


def test_training_is_timed_beside_its_parts(
    data: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    small = ("--num_topics", 4, "--hidden_dim", 16, "--rounds", 1, "--batch_sizes", 16)
    out = printed(monkeypatch, capfd, "bench_train", "--data", data, "--num_layers", 2, *small)
    assert out.startswith("batch 16, K = 4, 2 × 16, 72 documents, 1 thread(s), cpu")
    names = [line.split()[0] for line in out.splitlines()[1:]]
    assert names == ["theta", "encoder", "encoder+", "dense"]


def test_metrics_are_timed_beside_gensim(
    data: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("gensim")
    flags = ("--data", data, "--num_topics", 4, "--repeats", 1)
    out = printed(monkeypatch, capfd, "bench_evaluate", *flags)
    assert "80 documents, 2400 tokens, 38 words, 4 topics" in out
    values = [line[line.index("NPMI") :] for line in out.splitlines() if "NPMI" in line]
    assert len(values) == 3
    assert len(set(values)) == 1  # the same three figures from each side


def test_inference_is_timed_and_has_the_same_bits_alone(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    flags = ("--documents", 60, "--dim", 16, "--vocab_size", 60, "--num_topics", 4)
    out = printed(monkeypatch, capfd, "bench_infer", *flags)
    assert "vectors and counts ready:" in out
    assert "vectors ready, texts counted:" in out
    assert out.endswith("5 documents alone: the same bits as among 60\n")


def test_embedding_is_timed_in_each_format_beside_sentence_transformer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("sentence_transformers")
    monkeypatch.setattr("theta.embeddings.precision.multiplies_bfloat16", lambda: True)
    texts = tmp_path / "texts.csv"
    texts.write_text("text\nshort\na somewhat longer text of eight words\n", encoding="utf-8")
    flags = ("--texts", texts, "--rounds", 1, "--words", 3, "--save", tmp_path)
    out = printed(monkeypatch, capfd, "bench_embed", *flags)
    rows = [line.strip("| ").split(" | ") for line in out.splitlines() if line.startswith("| ")]
    formats = ["float32", "bfloat16", "SentenceTransformer"]
    assert [row[:2] for row in rows[1:]] == [
        [length, name] for length in ("whole", "3 words") for name in formats
    ]
    assert all(float(row[-1]) > 0.999 for row in rows[1:])
    assert np.load(tmp_path / "bfloat16.npy").shape == (2, 384)


def test_every_stage_has_a_function_to_be_timed() -> None:
    script = runpy.run_path(str(SCRIPTS / "bench_stages.py"))
    missing = [
        stage
        for stage, places in script["STAGES"].items()
        if not any(script["find"](place)[0] for place in places)
    ]
    assert missing == []


def test_a_plan_names_its_bottleneck(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    rates = ("--embed_rate", 100, "--apply_rate", 1_000, "--cores", 10, "--core_price", 0.05)
    out = printed(monkeypatch, capfd, "plan_scale", "--documents", 3.6e7, *rates)
    # 36 million documents at 100 per second on 10 cores: 10 hours, 100 core hours.
    assert "| apply: embed 36,000,000 | 10 cores | 10.00 | 5.00 |" in out
    assert "| apply: count and infer 36,000,000 | 10 cores | 1.00 | 0.50 |" in out
    assert "The bottleneck is: apply: embed 36,000,000" in out
    out = printed(
        monkeypatch, capfd, "plan_scale", "--documents", 3.6e7, "--gpu_rate", 6e4, "--gpus", 10
    )
    assert "| apply: embed 36,000,000 | 10 GPUs | 1.00 | 25.00 |" in out


@pytest.mark.slow
def test_rates_of_a_plan_are_measured(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    lines = printed(
        monkeypatch, capfd, "plan_scale", "--measure", "--measured_documents", 400
    ).splitlines()
    assert [line.split()[0] for line in lines] == ["--count_rate", "--write_rate", "--apply_rate"]


def test_samples_are_compared_with_the_whole(
    data: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    flags = ("--corpora", data, "--percent", "50,100", "--k", "4", "--seeds", "0")
    _, half, whole = printed(monkeypatch, capfd, "bench_sample", *flags).splitlines()
    assert half.split()[1:3] == ["50%", "36"]
    assert whole.split()[1:3] == ["100%", "72"]
    assert float(whole.split()[4]) > 0.9  # NMI with the planted blocks


def test_bench_flags_counts_flagged_topics(
    data: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    flags = ("--corpora", str(data), "--num_topics", "4")
    *_, last = printed(monkeypatch, capfd, "bench_flags", *flags).splitlines()
    assert last.startswith("planted, 4 topics, seed 0: ")


def test_methods_are_compared_on_one_corpus(
    data: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    flags = ("--corpora", data, "--models", "control", "keynmf", "--k", "4", "--seeds", "0")
    out = printed(monkeypatch, capfd, "bench_quality", *flags)
    rows = {
        line.split()[0]: line.split() for line in out.split("mean ± sd")[0].splitlines() if line
    }
    assert set(rows) >= {"method", "control", "keynmf"}
    # Planted blocks: NMI and purity are 1.
    assert rows["control"][6:8] == ["1.000", "1.000"]


def test_models_are_compared_and_what_cannot_run_is_named(data: Path) -> None:
    flags = ("--data", data, "--models", "nmf,stm", "--num_topics", "4", "--markdown")
    # Its own child processes import the script that started them, so it runs in a process too.
    done = subprocess.run(
        [sys.executable, SCRIPTS / "bench_models.py", *flags],
        env={**os.environ, "PYTHONPATH": str(SCRIPTS.parent), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    out = done.stdout
    assert "stm        needs covariates" in out
    (row,) = [line for line in out.splitlines() if line.startswith("| 4 | nmf")]
    cells = row.strip("| ").split(" | ")
    assert len(cells) == 13
    assert float(cells[8]) == 1.0  # NMI
    assert cells[6:8] == ["-", "-"]  # the planted words are not English


def test_a_peer_that_is_not_installed_is_left_out_with_a_line(
    data: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "topmost", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    flags = ("--data", data, "--models", "prodlda", "--epochs", 1, "--num_topics", 4)
    out = printed(monkeypatch, capfd, "bench_topmost", *flags)
    assert "topmost is not installed: its side is left out" in out
    assert [line.split()[:2] for line in out.splitlines()[3:]] == [["prodlda", "theta"]]


def test_counting_is_timed_beside_scikit_learn(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    out = printed(monkeypatch, capfd, "bench_corpus", "--documents", 200, "--repeats", 1)
    assert out.startswith("200 documents")
    assert out.count("identical: True") == 2


def test_estimated_numbers_of_topics_are_compared_with_the_truth(
    data: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    flags = ("--corpora", data, "--kinds", "real,planted", "--documents", 200, "--best")
    head, real, *lines = printed(monkeypatch, capfd, "bench_topic_count", *flags).splitlines()
    assert head.split("\t")[:3] == ["corpus", "K*", "found"]
    assert real.split("\t")[:2] == ["planted", "4"]
    cells = lines[0].split("\t")
    assert cells[:4] == ["planted 5, low noise", "5", "5", "3-6"]
    assert cells[-1] == "5"  # the labels choose the same
    assert lines[-3].endswith("by the labels: mean error 0.42")  # 3 of 4, with 80 documents
    assert [line.split(":")[0] for line in lines[-3:]] == [
        "real",
        "planted, low noise",
        "planted, high noise",
    ]


def test_modes_are_compared(
    data: Path,
    models_dir: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("THETA_MODELS_DIR", str(models_dir))
    monkeypatch.chdir(tmp_path)
    table = tmp_path / "data/planted/documents.csv"
    table.parent.mkdir(parents=True)
    table.write_bytes(gzip.decompress((data / "20ng.csv.gz").read_bytes()))
    schedule = ("--num_topics", 4, "--epochs", 2, "--kl_warmup", 1, "--seeds", 0)
    where = ("--dataset", "planted", "--out", tmp_path / "out", "--model_size", "0.6B")
    out = printed(monkeypatch, capfd, "bench_modes", *where, "--modes", "zero_shot", *schedule)
    head, *rows = [line.split("\t") for line in out.splitlines() if "\t" in line]
    assert head[:3] == ["mode", "seed", "NPMI"]
    assert [row[:2] for row in rows] == [["zero_shot", "0"]]
    assert len(rows[0]) == len(head)


def test_effects_of_nothing_are_counted(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    flags = ("--corpora", 1, "--documents", 60, "--lengths", 10)
    lines = printed(monkeypatch, capfd, "bench_stm_effects", *flags).splitlines()
    assert lines[0] == "60 documents, 5 topics, 1 corpora"
    assert lines[2].split()[:2] == ["10", "10"]


def test_intervals_of_coders_answers_contain_the_truth(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    out = printed(monkeypatch, capfd, "bench_intrusion", "--replications", 200)
    (mean,) = [line.split()[1:] for line in out.splitlines() if line.startswith("mean")]
    assert all(0.93 < float(value) < 0.97 for value in mean)


def test_measures_are_held_against_people(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    rng = np.random.default_rng(0)
    close = "apple pear plum cherry grape lemon peach melon orange banana".split()  # noqa: SIM905
    far = "tax river piano virus goal brick poet laser saint wheat".split()  # noqa: SIM905
    rows = []
    for number in range(48):
        n_close = int(rng.integers(11))
        rows.append(
            {
                "corpus": f"corpus{number % 2}",
                "model": f"model{number // 2 % 2}",
                "words": [*close[:n_close], *far[n_close:]],
                "npmi": rng.random(),
                "c_v": rng.random(),
                "rating": 1 + n_close / 5,
                "intrusion": n_close / 10,
            }
        )
    lines = "\n".join(map(json.dumps, rows))
    (tmp_path / "topics_rated.jsonl").write_text(lines, encoding="utf-8")
    out = printed(monkeypatch, capfd, "bench_people", "--data", tmp_path, "--fit")
    cells = [line.split("|") for line in out.splitlines() if line.startswith("|")]
    rho = {row[1].strip(): float(row[3]) for row in cells[2:]}
    assert len(rho) == 8
    # The planted ratings follow the share of close words, not what was counted.
    assert abs(rho["NPMI in its own corpus"]) < 0.5
    assert rho["embedding coherence"] > 0.9
    assert rho["expected rating, fitted without the corpus tested"] > 0.9
    assert "RatingModel(" in out


def test_planted_effects_are_recovered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "log.jsonl"
    flags = ("--documents", 120, "--lengths", 40, "--log", log, "--corpora")
    models = ("--models", "truth", "lda", "--shares", "model", "calibrated")
    printed(monkeypatch, capfd, "bench_effects", *models, *flags, 1)
    first = log.read_text(encoding="utf-8").splitlines()
    lines = printed(monkeypatch, capfd, "bench_effects", *models, *flags, 2).splitlines()
    # The corpora that were on file have not been repeated.
    assert log.read_text(encoding="utf-8").splitlines()[:3] == first
    assert lines[0] == "120 documents, 5 topics"
    truth, model, calibrated = (line.split() for line in lines[2:])
    assert truth[:5] == ["40", "1.5", "truth", "known", "2"]
    assert model[2:4] == ["lda", "model"]
    assert calibrated[2:4] == ["lda", "calibrated"]
    assert truth[7] == "1.00"  # the true shares are the true shares
    assert all(0.5 < float(row[7]) < 1.5 for row in (model, calibrated))
    assert all(float(row[5].rstrip("%")) >= 50 for row in (model, calibrated))


def test_the_time_of_effects_is_measured(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    flags = ("--speed", "--documents", 100, "--topics", 4, "--words", 40, "--lengths", 20)
    line = printed(monkeypatch, capfd, "bench_effects", *flags)
    assert line.startswith("100 documents of 20 tokens, 4 topics, 40 words, 25 draws: ")


@pytest.mark.parametrize(
    ("script", "flags"),
    [
        ("bench_trends", ("--replications", 1, "--sizes", 1, "--courses", "line")),
        ("bench_relations", ("--corpora", 1, "--documents", 120)),
    ],
)
def test_planted_trends_and_relations_are_recovered(
    script: str,
    flags: tuple[object, ...],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    models = ("--models", "truth", "lda", "--shares", "calibrated", "--lengths", 40)
    rows = printed(monkeypatch, capfd, script, *flags, *models).splitlines()[-2:]
    assert [row.split("  ")[-1].strip()[-1] for row in rows] == ["%", "%"]
    assert "truth" in rows[0]
    assert "lda" in rows[1]
    assert "calibrated" in rows[1]


def test_topics_of_an_update_stay_where_they_are(
    data: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    flags = ("--corpus", data, "--seeds", 0, "--num_topics", 3, "--new_group", "block1")
    head, update, anew = printed(monkeypatch, capfd, "bench_update", *flags).splitlines()
    assert [line.split("\t")[1] for line in (head, update, anew)] == ["way", "update", "anew"]
    assert len(head.split("\t")) == len(update.split("\t")) == len(anew.split("\t"))
    assert update.split("\t")[6:8] == ["1.000", "1.000"]  # the new topic has the new group


def test_descriptions_are_met_or_missed(
    data: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    class Encoder:
        def encode(self, texts: list[str]) -> np.ndarray:
            return np.random.default_rng(0).normal(size=(len(texts), 16)).astype(np.float32)

    monkeypatch.setattr("theta.embeddings.space.find_space", lambda _: _Space)
    monkeypatch.setattr("theta.embeddings.loading.load_encoder", lambda *_, **__: Encoder())
    flags = ("--corpus", data, "--sets", "absent", "--seeds", 0, "--num_topics", 4)
    head, free, described = printed(monkeypatch, capfd, "bench_described", *flags).splitlines()
    assert head.split("\t")[:3] == ["set", "seed", "topics"]
    assert free.split("\t")[:4] == ["absent", "0", "free", "0.000"]
    # No document is of the described groups; with 8 held-out documents there is no threshold.
    assert described.split("\t")[2:6] == ["described", "0.000", "0.000", "0.000"]
    assert len(described.split("\t")) == len(head.split("\t"))


class _Space:
    checkpoint = "stands for one"


def test_fits_of_r_are_compared_with_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """R itself is not run: what is written for it is read again, and a fit is compared with one."""
    monkeypatch.syspath_prepend(SCRIPTS)
    script = runpy.run_path(str(SCRIPTS / "bench_stm_r.py"))
    corpus = script["planted"](0, 80, 30).corpus
    script["write"](corpus, 5, 0, tmp_path / "documents")
    again = script["read_documents"](tmp_path / "documents")
    assert (again.bow != corpus.bow).nnz == 0
    assert again.covariates["cov_side"].tolist() == corpus.covariates["cov_side"].tolist()
    ours = script["fitted_here"](again, 5, 4, 0, "~ side + noise")
    order = np.array([2, 0, 1, 4, 3])
    other = replace(
        ours,
        doc_topic=ours.doc_topic[:, order],
        topic_word=ours.topic_word[order],
        estimate=ours.estimate[order],
        error=2 * ours.error[order],
    )
    cells = script["compare"]("other", ours, other).split()
    assert cells[4:] == ["1.000", "1.000", "1.000", "0.0000", "1.000", "0.00", "0.00", "0.50"]
