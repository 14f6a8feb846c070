from __future__ import annotations

from pathlib import Path

import pytest

from theta.errors import InvalidOption
from theta.layout import checked_name
from theta.options import PrepareOptions, RunOptions
from theta.options.model_names import MODEL_IDS, model_name, size_of


@pytest.mark.parametrize(
    ("embedding_model", "name"),
    [
        ("intfloat/multilingual-e5-small", "multilingual-e5-small"),
        ("/models/all-mpnet-base-v2/", "all-mpnet-base-v2"),
        ("models/../models/LaBSE", "LaBSE"),
        ("nomic-embed-text:latest", "nomic-embed-text_latest"),
        ("org/models--x/snapshots", "snapshots"),
        (
            "/cache/models--BAAI--bge-m3/snapshots/5617a9f61b028005a4858fdac845",
            "bge-m3",
        ),
        ("me/Mini", "Mini_model"),
        ("me/4B", "4B_model"),
        ("me/baseline", "baseline_model"),
        ("me/_hidden..model ", "hidden_model"),
        ("me/模型", "模型"),
        ("me/" + 100 * "x", 64 * "x"),
        ("///", "model"),
    ],
)
def test_names_of_models_are_short_and_safe(embedding_model: str, name: str) -> None:
    assert model_name(embedding_model) == name
    assert checked_name(name) == name


def test_a_size_keeps_its_name_where_its_own_model_is_named(tmp_path: Path) -> None:
    for size, model_id in MODEL_IDS.items():
        assert size_of(model_id) == size
        folder = tmp_path / model_id.split("/")[-1]
        assert size_of(str(folder)) == size
        assert PrepareOptions(embedding_model=str(folder)).model_size == size
    assert size_of("someone/all-MiniLM-L6-v2") is None


@pytest.mark.parametrize("options", [PrepareOptions, RunOptions])
def test_the_name_of_what_is_stored(options: type) -> None:
    assert options().model_size == "0.6B"
    assert options(model_size="mini").model_size == "mini"
    assert options(embedding_model="intfloat/e5-base").model_size == "e5-base"
    named = options(embedding_model="intfloat/e5-base", model_size="mine")
    assert (named.model_size, named.embedding_model) == ("mine", "intfloat/e5-base")


@pytest.mark.parametrize("options", [PrepareOptions, RunOptions])
@pytest.mark.parametrize("name", ["mini", "0.6B", "baseline", "MINI"])
def test_a_name_of_another_model_is_refused(options: type, name: str) -> None:
    with pytest.raises(InvalidOption, match=f"--model_size {name} .* stored under e5-base"):
        options(embedding_model="intfloat/e5-base", model_size=name)


def test_an_unknown_size_needs_a_model() -> None:
    with pytest.raises(InvalidOption, match=r"mimi: must be one of .* did you mean mini"):
        PrepareOptions(model_size="mimi")
    # What was prepared under a name of its own is found by it.
    assert RunOptions(model_size="mimi").model_size == "mimi"
