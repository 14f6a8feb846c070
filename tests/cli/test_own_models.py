"""Embedding models that the user brings, under names of their own."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import QUICK, contents, errors, sign, themed_rows, write_csv
from tests.embedding_server import Server
from tests.tiny_layouts import make_layout
from theta.cli import prepare, run
from theta.storage import read_manifest

SHORT = ("--skip-viz", "--skip-eval", "--quiet")


def call(*flags: str) -> int:
    return prepare.main(["--dataset", "my_dataset", "--gpu", "-1", "--quiet", *flags])


@pytest.fixture
def e5(folder: Path) -> Path:
    """A model with a document prompt, prepared under its own name."""
    prompts = {"query": "query: ", "passage": "passage: "}
    model = make_layout(folder / "models" / "my-e5", "bert", prompts=prompts)
    assert call("--embedding_model", str(model)) == 0
    return model


def embeddings(name: str) -> Path:
    return Path("workspace/my_dataset/embeddings") / f"{name}_zero_shot"


def test_vectors_and_runs_are_stored_under_the_models_name(
    e5: Path, quick_run: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    folders = Path("workspace/my_dataset/embeddings").glob("[!.]*")
    assert {path.name for path in folders} == {"my-e5_zero_shot", "shards"}
    facts = read_manifest(embeddings("my-e5"), "")["stands_on"]
    assert (facts["model_size"], facts["model"]) == ("my-e5", "my-e5")
    assert facts["space"]["prompt"] == "passage: "
    assert quick_run("--model_size", "my-e5", *SHORT) == 0
    assert sorted(p.name for p in Path("result").iterdir()) == ["my-e5"]
    by_name = contents(Path("result"))
    assert quick_run("--embedding_model", str(e5), *SHORT) == 0
    theta = "my-e5/my_dataset/zero_shot/theta.npy"
    assert contents(Path("result"))[theta] == by_name[theta]
    config = json.loads(Path("result/my-e5/my_dataset/zero_shot/config.json").read_text())
    assert config["options"]["model_size"] == "my-e5"
    write_csv(Path("new.csv"), themed_rows(5, seed=7))
    assert quick_run("--model_size", "my-e5", "--infer", "new.csv", "--quiet") == 0
    assert Path("new_topics.csv").exists()


def test_a_run_made_before_models_declared_prompts_still_opens(
    e5: Path, quick_run: Callable[..., int]
) -> None:
    # As such a preparation left it: stored under a size, without a prompt and without its facts.
    assert call("--embedding_model", str(e5), "--embedding_prompt", "") == 0
    manifest = json.loads((embeddings("my-e5") / "manifest.json").read_text())
    for name in ("embedding_prompt", "trust_remote_code"):
        del manifest["stands_on"][name]
    manifest["stands_on"]["model_size"] = "mini"
    assert "prompt" not in manifest["stands_on"]["space"]
    sign(embeddings("my-e5"), manifest)
    embeddings("my-e5").rename(embeddings("mini"))
    assert quick_run("--model_size", "mini", *SHORT) == 0
    write_csv(Path("new.csv"), themed_rows(5, seed=7))
    assert quick_run("--model_size", "mini", "--infer", "new.csv", "--quiet") == 0


def test_the_command_that_renews_names_the_model_and_its_options(
    e5: Path, quick_run: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    flags = ["--embedding_model", str(e5), "--model_size", "mine", "--embedding_prompt", ""]
    assert call(*flags, "--long_docs", "mean", "--max_length", "20") == 0
    write_csv(Path("data/my_dataset/documents.csv"), themed_rows(60, seed=1))
    capsys.readouterr()
    assert quick_run("--model_size", "mine", *SHORT) == 2
    command = errors(capsys)[0].split("prepare it again: ")[1]
    assert command == (
        "python prepare_data.py --dataset my_dataset --model theta --model_size mine --mode "
        f"zero_shot --embedding_model {e5} --embedding_prompt '' --long_docs mean --max_length 20"
    )


def test_a_name_that_was_never_prepared(
    e5: Path, quick_run: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert quick_run("--model_size", "my_e5") == 3
    message = errors(capsys)[0]
    assert "there are mini, mini_multilingual, 0.6B, 4B, 8B, my-e5; did you mean my-e5?" in message
    assert quick_run("--embedding_model", "org/other") == 2
    assert "--model_size other --mode zero_shot --embedding_model org/other" in errors(capsys)[0]


def test_no_size_is_the_name_of_another_model(e5: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("--embedding_model", str(e5), "--model_size", "mini") == 3
    assert "--model_size mini means sentence-transformers/all-MiniLM-L6-v2" in errors(capsys)[0]


def test_another_model_under_the_same_name_is_reported(
    e5: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = make_layout(folder / "other" / "my-e5", "bert", pooling="cls")
    (other / "vocab.extra").write_text("another")
    assert call("--embedding_model", str(other)) == 0
    assert "stored under my-e5 were made by my-e5; those of my-e5 replace them" in (
        capsys.readouterr().err
    )


def test_the_run_follows_the_model_of_the_preparation_in_the_yaml_file(
    e5: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("mine.yaml").write_text(
        f"prepare:\n  embedding_model: {e5}\n  model_size: mine\n  embedding_prompt: ''\n"
    )
    flags = ["--dataset", "my_dataset", "--config", "mine.yaml", *QUICK, *SHORT]
    assert run.main([*flags, "--prepare"]) == 0
    assert "prompt" not in read_manifest(embeddings("mine"), "")["stands_on"]["space"]
    assert sorted(p.name for p in Path("result").iterdir()) == ["mine"]
    assert run.main([*flags, "--model_size", "my-e5"]) == 0
    assert sorted(p.name for p in Path("result").iterdir()) == ["mine", "my-e5"]


def test_remote_code_needs_a_model(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("--trust_remote_code") == 3
    assert "--trust_remote_code needs --embedding_model" in errors(capsys)[0]


def test_a_model_that_the_library_runs(
    folder: Path, quick_run: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("sentence_transformers")
    model = make_layout(folder / "LaBSE", "bert", modules=["Pooling", "Dense", "Normalize"])
    assert call("--embedding_model", str(model)) == 0
    documents = np.load(embeddings("LaBSE") / "documents.npy")
    assert documents.shape == (90, 24)
    assert quick_run("--model_size", "LaBSE", *SHORT) == 0
    capsys.readouterr()
    supervised = ["--embedding_model", str(model), "--mode", "supervised"]
    assert call(*supervised) == 3
    assert "LaBSE cannot be fine-tuned here (module Dense)" in errors(capsys)[0]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    pytest.importorskip("openai")
    with Server() as one:
        threading.Thread(target=one.serve_forever, daemon=True).start()
        yield one
        one.shutdown()


def test_a_server_is_named_by_its_model_and_a_refused_text_by_its_row(
    folder: Path,
    server: Server,
    quick_run: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
) -> None:
    flags = ["--embedding_api_base", server.url, "--embedding_model", "nomic-embed:latest"]
    text = themed_rows(90)[41]["text"]
    server.refused = lambda sent: (400, "input is too long") if text in sent else None
    assert call(*flags) == 3
    (message,) = errors(capsys)
    # The 42nd of the file.
    assert message.startswith(f"error: document 42: {server.url} refuses a text of ")
    assert message.endswith("further pieces")
    server.refused = lambda sent: None
    n_asked = len(server.texts)
    assert call(*flags) == 0
    assert len(server.texts) - n_asked < 10, "what was embedded before the refusal was kept"
    assert embeddings("nomic-embed_latest").is_dir()
    assert quick_run("--model_size", "nomic-embed_latest", *SHORT) == 0
