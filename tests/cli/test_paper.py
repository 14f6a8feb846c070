"""theta paper: nothing is claimed that the run does not bear out."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest

from tests.cli.conftest import errors
from theta.cli import main as theta
from theta.cli import run
from theta.models import MODELS
from theta.paper.references import CITED, OF_METRIC, OF_MODEL, bibtex

FLAGS = ("--dataset", "my_dataset", "--num_topics", "3", "--gpu", "-1", "--quiet")
LDA = Path("result/baseline/my_dataset/lda/K3")


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as handle:
        return list(csv.DictReader(handle))


def numbers_in(text: str) -> set[str]:
    return {number.rstrip(".").replace(",", "") for number in re.findall(r"\d[\d.,]*", text)}


@pytest.mark.parametrize("model", ["lda", "nmf", "theta"])
def test_every_number_of_the_paragraph_is_one_of_the_run(prepared: Path, model: str) -> None:
    assert run.main([*FLAGS, "--models", model, "--skip_viz"]) == 0
    folder = (
        Path("result/0.6B/my_dataset/zero_shot")
        if model == "theta"
        else LDA.parents[1] / model / "K3"
    )
    assert theta.main(["paper", "--run", str(folder), "--out", "out"]) == 0
    text = Path("out/methods.md").read_text(encoding="utf-8")
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    metrics = json.loads((folder / "metrics/evaluation_results.json").read_text(encoding="utf-8"))
    manifest = Path("workspace/my_dataset/corpus/manifest.json").read_text(encoding="utf-8")
    history = json.loads((folder / "checkpoints/training_history.json").read_text(encoding="utf-8"))
    read = json.dumps([config, metrics, history], ensure_ascii=False)
    known = numbers_in(read + manifest + model)
    report = json.loads(manifest)["stands_on"]["report"]
    values = [float(number) for number in known if _is_number(number)]
    rounded = {f"{value:.3g}" for value in values} | {f"{value:.0f}" for value in values}
    rounded |= {f"{report['coverage']:.1%}".rstrip("%"), "70", "95", "3"}
    cited = {CITED[key][-4:] for keys in OF_MODEL.values() for key in keys}
    cited |= {CITED[key][-4:] for keys in OF_METRIC.values() for key in keys}
    assert numbers_in(text) <= known | rounded | cited
    # Another model, its publication and embeddings that it does not read are not mentioned.
    for other, keys in OF_MODEL.items():
        if other != model:
            assert not any(CITED[key] in text for key in keys)
    assert ("embeddings of the model" in text) == (model == "theta")
    assert "lemmatised" not in text
    assert "by hand" not in text
    assert "supervised_weight" not in text
    assert "neighbor_weight auto" not in text
    bibliography = Path("out/references.bib").read_text(encoding="utf-8")
    for key, cited_as in CITED.items():
        assert (f"{{{key}," in bibliography) == (cited_as in text)


def _is_number(text: str) -> bool:
    return re.fullmatch(r"\d+(\.\d+)?", text) is not None


def test_the_files_of_a_paper(prepared: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run.main([*FLAGS, "--models", "lda"]) == 0
    capsys.readouterr()
    assert theta.main(["paper", "--run", str(LDA)]) == 0
    out = LDA.parent / "K3_paper"
    assert str(out.absolute()) in capsys.readouterr().out
    assert {path.name for path in out.iterdir()} == {
        "methods.md", "methods.tex", "references.bib", "topics.csv", "topics.tex", "metrics.csv",
        "metrics.tex", "representative_documents.csv", "figures",
    }  # fmt: skip
    assert (out / "figures/topic_words_bars.png").exists()
    documents = rows_of(out / "representative_documents.csv")
    weights = {r["row_id"]: r for r in rows_of(LDA / "doc_topics.csv")}
    first = documents[0]
    assert (first["topic"], first["kind"], first["rank"]) == ("0", "typical", "1")
    assert first["text"] == weights[first["id"]]["text"]
    column = next(name for name in weights[first["id"]] if name.endswith("_0"))
    assert float(first["weight"]) == pytest.approx(
        max(float(row[column]) for row in weights.values()), abs=1e-5
    )
    assert len(documents) == 3 * 2 * 5
    for name in ("topics.tex", "metrics.tex"):
        text = (out / name).read_text(encoding="utf-8")
        assert text.count("{") == text.count("}")
        body = text.split("\\midrule")[1].split("\\bottomrule")[0]
        n_columns = text.split("\\toprule")[1].split("\\midrule")[0].count("&")
        assert all(row.count(" & ") == n_columns for row in body.strip().splitlines())
        assert not re.search(r"(?<!\\)[%#_]", body)


def test_a_run_without_metrics_claims_none(
    prepared: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run.main([*FLAGS, "--models", "lda", "--skip_eval", "--skip_viz"]) == 0
    assert theta.main(["paper", "--run", str(LDA), "--out", "out"]) == 0
    assert "The run has no metrics" in capsys.readouterr().err
    text = Path("out/methods.md").read_text(encoding="utf-8")
    assert "NPMI" not in text
    assert "held out" in text
    assert not Path("out/metrics.csv").exists()
    assert "roder2015" not in Path("out/references.bib").read_text(encoding="utf-8")


def test_the_run_itself_is_not_written_into(
    prepared: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run.main([*FLAGS, "--models", "nmf", "--skip_eval", "--skip_viz"]) == 0
    folder = LDA.parents[1] / "nmf" / "K3"
    assert theta.main(["paper", "--run", str(folder), "--out", str(folder / "paper")]) == 3
    assert "inside the run" in errors(capsys)[0]
    assert theta.main(["paper"]) == 3


def test_every_model_with_a_publication_is_known_and_every_entry_is_whole() -> None:
    assert set(OF_MODEL) | {"theta", "kmeans"} == set(MODELS)
    used = {key for keys in (*OF_MODEL.values(), *OF_METRIC.values()) for key in keys}
    assert used == set(CITED)
    entries = bibtex(CITED)
    assert entries.count("@") == len(CITED)
    assert entries.count("{") == entries.count("}")
