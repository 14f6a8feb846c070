from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tiny_layouts import make_layout
from tests.tiny_models import make_tiny_qwen3
from theta.embeddings import locate
from theta.embeddings.locate import find_model
from theta.embeddings.sizes import SIZES, sizes_reading
from theta.errors import InvalidOption, MissingFile
from theta.storage import Damaged


@pytest.fixture(autouse=True)
def _empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Refuse every connection, and keep what was asked for."""
    asked: list[object] = []

    def refuse(*arguments: object, **named: object) -> None:
        asked.append(arguments)
        raise OSError("no network in this test")

    monkeypatch.setattr("socket.socket.connect", refuse)
    monkeypatch.setattr("socket.getaddrinfo", refuse)
    return asked


def test_the_table_of_sizes_brings_nothing_heavy() -> None:
    code = (
        "import sys; import theta.embeddings.sizes as s; print(' '.join(s.SIZES)); "
        "print({'numpy', 'torch', 'transformers', 'huggingface_hub'} & set(sys.modules))"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert answer.stdout == "mini mini_multilingual 0.6B 4B 8B\nset()\n", answer.stderr


def test_documented_dimensions() -> None:
    assert {size.name: size.dim for size in SIZES.values()} == {
        "mini": 384,
        "mini_multilingual": 384,
        "0.6B": 1024,
        "4B": 2560,
        "8B": 4096,
    }


@pytest.mark.parametrize("size", ["0.6B", "4B", "8B"])
def test_models_dir_is_looked_into(models_dir: Path, size: str) -> None:
    found = find_model(size, models_dir=models_dir, embedding_model=None)
    assert found.folder == models_dir / f"Qwen3-Embedding-{size}"
    assert found.origin == "THETA_MODELS_DIR"
    assert (found.pooling, found.max_length) == ("last", 512)


def test_mini_comes_from_its_package_without_running_its_code(models_dir: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from theta.embeddings.locate import *; "
        f"found = find_model('mini', models_dir=Path({str(models_dir)!r}), embedding_model=None); "
        "print(found.pooling, found.max_length, found.dim, found.name, MINI_PACKAGE in sys.modules)"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert answer.stdout == "mean 256 384 all-MiniLM-L6-v2 False\n", answer.stderr


def test_mini_of_models_dir_comes_before_the_package(tmp_path: Path) -> None:
    make_tiny_qwen3(tmp_path / "all-MiniLM-L6-v2")
    found = find_model("mini", models_dir=tmp_path, embedding_model=None)
    assert (found.origin, found.dim) == ("THETA_MODELS_DIR", 32)


def test_a_package_with_other_weights_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_tiny_qwen3(tmp_path / "gt_imposter" / "model")
    (tmp_path / "gt_imposter" / "__init__.py").write_text("raise SystemExit('code was run')")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(locate, "MINI_PACKAGE", "gt_imposter")
    with pytest.raises(Damaged, match="not the published all-MiniLM-L6-v2"):
        find_model("mini", models_dir=None, embedding_model=None)


def test_a_named_folder_is_taken_and_nothing_else(models_dir: Path, tmp_path: Path) -> None:
    named = make_tiny_qwen3(tmp_path / "mine")
    found = find_model("0.6B", models_dir=models_dir, embedding_model=str(named))
    assert (found.folder, found.origin) == (named, "--embedding_model")


def test_a_named_id_is_found_in_models_dir(models_dir: Path, no_network: list[object]) -> None:
    found = find_model("0.6B", models_dir=models_dir, embedding_model="someone/Qwen3-Embedding-4B")
    assert found.folder.name == "Qwen3-Embedding-4B"
    assert not no_network


def test_the_cache_of_hugging_face_is_looked_into(tmp_path: Path, no_network: list[object]) -> None:
    repository = tmp_path / "cache" / "models--Qwen--Qwen3-Embedding-0.6B"
    commit = "0" * 40
    make_tiny_qwen3(repository / "snapshots" / commit)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(commit)
    found = find_model("0.6B", models_dir=None, embedding_model=None)
    assert (found.origin, found.name) == ("Hugging Face cache", "Qwen/Qwen3-Embedding-0.6B")
    assert not no_network


def test_without_weights_one_message_lists_what_to_do(
    tmp_path: Path, no_network: list[object]
) -> None:
    with pytest.raises(MissingFile) as error:
        find_model("4B", models_dir=tmp_path, embedding_model=None)
    message = str(error.value)
    assert "\n" not in message
    for way in (
        f"hf download Qwen/Qwen3-Embedding-4B --local-dir {tmp_path / 'Qwen3-Embedding-4B'}",
        "--embedding_model Qwen/Qwen3-Embedding-4B",
        "--model_size mini",
    ):
        assert way in message
    assert not no_network, "nothing may be asked of the network that no flag asked for"
    with pytest.raises(MissingFile, match="THETA_MODELS_DIR"):
        find_model("4B", models_dir=None, embedding_model=None)


def test_the_network_is_asked_only_for_what_was_named(
    tmp_path: Path, no_network: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def snapshot_download(name: str, *, local_files_only: bool, **_: object) -> str:
        asked.append((name, local_files_only))
        if local_files_only:
            from huggingface_hub.errors import LocalEntryNotFoundError

            raise LocalEntryNotFoundError("not cached")
        return str(make_tiny_qwen3(tmp_path / "fetched"))

    monkeypatch.setattr("huggingface_hub.snapshot_download", snapshot_download)
    found = find_model("0.6B", models_dir=None, embedding_model="someone/model")
    assert asked == [("someone/model", True), ("someone/model", False)]
    assert found.origin == "Hugging Face hub"


def test_a_mistyped_folder_says_so(no_network: list[object]) -> None:
    with pytest.raises(MissingFile, match="no such folder"):
        find_model("0.6B", models_dir=None, embedding_model="/no/such/folder/of/mine")


def test_unknown_size() -> None:
    with pytest.raises(InvalidOption, match=r"--model_size 1B: must be one of mini, .*0\.6B"):
        find_model("1B", models_dir=None, embedding_model=None)


def test_pickled_weights_are_never_read(tmp_path: Path) -> None:
    folder = make_tiny_qwen3(tmp_path / "model")
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(InvalidOption, match="pickled weights"):
        find_model("0.6B", models_dir=None, embedding_model=str(folder))


def test_a_folder_that_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(InvalidOption, match="not a text model"):
        find_model("0.6B", models_dir=None, embedding_model=str(tmp_path))


@pytest.mark.parametrize(
    "content",
    ['{"type": "x"}', '["a"]', '[{"path": ""}]', "nothing"],
    ids=["object", "a", "b", "c"],
)
def test_malformed_modules_are_reported(tmp_path: Path, content: str) -> None:
    folder = make_tiny_qwen3(tmp_path / "model")
    (folder / "modules.json").write_text(content)
    with pytest.raises(InvalidOption, match=r"modules\.json is not"):
        find_model("mine", models_dir=None, embedding_model=str(folder))


def test_without_pooling_files_a_model_is_read_as_the_library_reads_it(tmp_path: Path) -> None:
    causal = make_tiny_qwen3(tmp_path / "causal", with_pooling_files=False)
    assert find_model("mine", models_dir=None, embedding_model=str(causal)).pooling == "last"
    plain = make_layout(tmp_path / "plain", "xlm-roberta")
    (plain / "modules.json").unlink()
    found = find_model("mine", models_dir=None, embedding_model=str(plain))
    assert (found.pooling, found.library_reason) == ("mean", None)


def test_positions_of_the_roberta_kind_begin_after_the_padding_token(tmp_path: Path) -> None:
    folder = make_layout(tmp_path / "model", "mpnet")
    for name in ("sentence_bert_config.json", "tokenizer_config.json"):
        settings = json.loads((folder / name).read_text())
        settings.pop("max_seq_length", None)
        settings.pop("model_max_length", None)
        (folder / name).write_text(json.dumps(settings))
    # 66 in its config, of which one for the padding token, whose id is 1, and one below it.
    assert find_model("mine", models_dir=None, embedding_model=str(folder)).max_length == 64


def test_sizes_that_read_a_language() -> None:
    assert sizes_reading("english") == ("mini", "mini_multilingual", "0.6B", "4B", "8B")
    assert sizes_reading("finnish") == ("mini_multilingual", "0.6B", "4B", "8B")


@pytest.mark.parametrize(
    ("pooling", "expected"),
    [
        ({"pooling_mode": "mean", "embedding_dimension": 32}, "mean"),
        ({"pooling_mode": ["cls"]}, "cls"),
        ({"pooling_mode_lasttoken": True, "pooling_mode_mean_tokens": False}, "last"),
    ],
)
def test_pooling_is_read_from_the_models_files(
    tmp_path: Path, pooling: dict[str, object], expected: str
) -> None:
    folder = make_tiny_qwen3(tmp_path / "model")
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(pooling))
    found = find_model("0.6B", models_dir=None, embedding_model=str(folder))
    assert found.pooling == expected


def test_the_size_says_how_to_pool_where_the_files_do_not(tmp_path: Path) -> None:
    folder = make_tiny_qwen3(tmp_path / "model", with_pooling_files=False)
    for size, pooling in (("0.6B", "last"), ("mini", "mean")):
        found = find_model(size, models_dir=None, embedding_model=str(folder))
        assert found.pooling == pooling


def test_fingerprint_changes_with_weights_and_tokenizer_and_not_with_the_place(
    tmp_path: Path,
) -> None:
    folder = make_tiny_qwen3(tmp_path / "model")

    def fingerprint(place: Path) -> str:
        return find_model("0.6B", models_dir=None, embedding_model=str(place)).fingerprint

    first = fingerprint(folder)
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    assert fingerprint(copy) == first
    weights = copy / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-100:] = bytes(100)
    weights.write_bytes(content)
    assert fingerprint(copy) != first
    shutil.copy(folder / "model.safetensors", weights)
    tokenizer = copy / "tokenizer.json"
    tokenizer.write_text(tokenizer.read_text() + " ")
    assert fingerprint(copy) != first
