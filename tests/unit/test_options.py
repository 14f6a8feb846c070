"""Typed > YAML > default; all problems are reported at once; 0 is a value."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from theta.cli.configuration import read_config
from theta.cli.parser import read_command_line
from theta.errors import InvalidOption, MissingFile
from theta.models import MODELS
from theta.models.theta_options import ThetaOptions
from theta.options import (
    PrepareOptions,
    RunOptions,
    Scope,
    declarations,
    in_scope,
    option,
    redeclare,
    resolve,
)
from theta.options.prepare import EmbeddingOptions
from theta.options.resolve import read_value


@dataclass(frozen=True)
class Shared:
    epochs: int = option(100, "Passes.", valid=(1, None), usual=(10, 500))
    rate: float = option(0.5, "Rate.", valid=(0.0, 1.0))
    size: int | str = option("auto", "Size.", valid=(2, None), choices=("auto",))
    names: tuple[str, ...] = option(("a",), "Names.")
    seeds: tuple[int, ...] | None = option(None, "Seeds.", valid=(0, None))
    place: Path | None = option(None, "Place.")
    kind: str = option("red", "Kind.", choices=("red", "green"))
    stop: bool = option(True, "Stop early.")


@dataclass(frozen=True)
class Other(Shared):
    epochs: int = redeclare(Shared, "epochs", 7)


def test_declarations_read_types() -> None:
    found = declarations(Shared)
    assert found["epochs"].kind is int
    assert found["size"].kind is int
    assert found["size"].choices == ("auto",)
    assert found["names"].many
    assert found["seeds"].optional
    assert found["seeds"].kind is int
    assert found["place"].kind is Path
    assert found["stop"].negative_flags == ("--no_stop", "--no-stop")


def test_a_redeclared_default_keeps_all_else() -> None:
    assert Other().epochs == 7
    assert declarations(Other)["epochs"].valid == (1, None)


def test_typed_beats_yaml_beats_default() -> None:
    groups = {"shared": Shared}
    configured = {"shared": {"epochs": 20, "rate": 0.1}}
    values = resolve(groups, {"epochs": "100"}, configured).groups["shared"]
    # A typed value equal to the default still beats the YAML file.
    assert values == Shared(epochs=100, rate=0.1)


def test_zero_is_a_value() -> None:
    values = resolve({"shared": Shared}, {"rate": "0"}, {"shared": {"rate": 0.3}})
    assert values.groups["shared"].rate == 0.0
    values = resolve({"shared": Shared}, {}, {"shared": {"rate": 0}})
    assert values.groups["shared"].rate == 0.0


def test_all_problems_are_reported_at_once() -> None:
    typed = {"epochs": "abc", "rate": "2", "kind": "gren"}
    with pytest.raises(InvalidOption) as caught:
        resolve({"shared": Shared}, typed, {"shared": {"size": 1}}, ["before"])
    assert str(caught.value).splitlines() == [
        "before",
        "--epochs abc: not a number; must be 1 or more",
        "--rate 2: must be 0 to 1",
        "size (YAML) 1: must be auto, 2 or more",
        "--kind gren: must be red, green; did you mean green?",
    ]


@pytest.mark.parametrize(
    ("name", "raw", "problem"),
    [
        ("rate", "nan", "not a number; must be 0 to 1"),
        ("rate", "inf", "not a finite number; must be 0 to 1"),
        ("epochs", 10**400, "not a finite number; must be 1 or more"),
        ("epochs", "1e3", "not a whole number; must be 1 or more"),
        ("epochs", 1.5, "not a whole number; must be 1 or more"),
        ("size", "many", "not a number; must be auto, 2 or more"),
        ("seeds", "0,-1", "must be 0 or more"),
    ],
)
def test_what_is_no_number_is_told_from_what_is_out_of_range(
    name: str, raw: object, problem: str
) -> None:
    with pytest.raises(ValueError, match=f"^{problem}$"):
        read_value(declarations(Shared)[name], raw)


def test_a_password_in_a_url_is_refused_and_not_shown() -> None:
    typed = {"label_api_base": "https://me:s3cr@et@host/v1", "infer": "s3://KEY:s3cr@et@bucket/x"}
    with pytest.raises(InvalidOption) as caught:
        resolve({"run": RunOptions}, typed)
    assert "s3cr" not in str(caught.value)
    server, infer = str(caught.value).splitlines()
    assert infer.startswith("--infer s3://...@bucket/x: has a password or token")
    assert server.startswith("--label_api_base https://...@host/v1: has a password or token")
    assert server.endswith("--label_api_key_env NAME")
    for url in ("https://s3cret@host/v1", "http://s3cret@host"):
        with pytest.raises(InvalidOption) as caught:
            resolve({"run": RunOptions}, {"label_api_base": url, "label_model": "m"})
        assert "s3cret" not in str(caught.value)
    kept = {"label_api_base": "http://host:8000/v1/a@b", "infer": "gs://anonymous@bucket/x"}
    for name, url in kept.items():
        assert read_value(declarations(RunOptions)[name], url) == url


def test_outside_of_the_usual_range_is_a_warning() -> None:
    resolved = resolve({"shared": Shared, "other": Other}, {"epochs": "2"})
    assert resolved.groups["shared"].epochs == 2
    assert resolved.warnings == ("--epochs 2 is unusual: the usual range is 10 to 500",)


def test_lists_come_by_comma_or_yaml() -> None:
    values = resolve({"shared": Shared}, {"names": "x, y", "seeds": "0,1"}).groups["shared"]
    assert (values.names, values.seeds) == (("x", "y"), (0, 1))
    values = resolve({"shared": Shared}, {}, {"shared": {"seeds": [3], "names": "z"}})
    assert (values.groups["shared"].names, values.groups["shared"].seeds) == (("z",), (3,))


@pytest.mark.parametrize("value", ["nan", "inf", "1e999", "", "1.5", "0x10", "True"])
def test_what_is_not_a_whole_number_is_refused(value: str) -> None:
    with pytest.raises(InvalidOption):
        resolve({"shared": Shared}, {"epochs": value})


@given(st.integers(min_value=1, max_value=10**9))
def test_any_whole_number_in_range_comes_back(number: int) -> None:
    assert resolve({"shared": Shared}, {"epochs": str(number)}).groups["shared"].epochs == number


def config(tmp_path: Path, text: str) -> dict[str, dict[str, object]]:
    path = tmp_path / "c.yaml"
    path.write_text(text, encoding="utf-8")
    return read_config(path, {"prepare": Shared, "run": Shared, "theta": Other})


def test_yaml_sections(tmp_path: Path) -> None:
    text = "prepare:\n  rate: 0\nrun:\n  epochs: 3\n  theta:\n    epochs: 4\n"
    found = config(tmp_path, text)
    assert found == {"prepare": {"rate": 0}, "run": {"epochs": 3}, "theta": {"epochs": 4}}


def test_an_empty_yaml_file_changes_nothing(tmp_path: Path) -> None:
    assert config(tmp_path, "# nothing\n") == {"prepare": {}, "run": {}, "theta": {}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("run:\n  epoch: 3\n", "unknown option epoch in run:; did you mean epochs"),
        ("runn:\n  epochs: 3\n", "unknown section runn; did you mean run"),
        ("- a\n", "needs the sections"),
        ("run: 3\n", "needs one option per line"),
        ("run: [\n", "is not plain YAML"),
        ("run:\n  epochs: 3\n  epochs: 4\n", r"c\w*\.yaml, line 3: epochs occurs twice"),
        ("run: !!python/object/apply:os.system ['true']\n", "is not plain YAML"),
        ("run:\n  theta:\n    rat: 1\n", "unknown option rat in theta:; did you mean rate"),
    ],
)
def test_wrong_yaml_is_one_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InvalidOption, match=message) as caught:
        config(tmp_path, text)
    assert "\n" not in str(caught.value)


def test_a_missing_yaml_file(tmp_path: Path) -> None:
    with pytest.raises(MissingFile, match=r"none\.yaml"):
        read_config(tmp_path / "none.yaml", {"prepare": Shared, "run": Shared})


def test_a_former_name_of_an_option_is_read_with_a_warning(tmp_path: Path) -> None:
    line = read_command_line(["--vicinity", "3"], "", {"theta": ThetaOptions})
    assert line.typed == {"neighbor_docs": "3"}
    assert line.warnings == ("--vicinity is now called --neighbor_docs",)
    resolved = resolve({"theta": ThetaOptions}, {}, {"theta": {"coherence": 2.0}})
    assert resolved.groups["theta"].coherence_weight == 2.0
    assert resolved.warnings == ("coherence (YAML) is now called coherence_weight",)


# --- where an option counts ----------------------------------------------------------------

COMPARED = {
    "dataset", "model_size", "mode", "train_documents", "update", "new_topics", "rank_words",
    "fold_forms", "seed", "seeds", "reference_corpus",
}  # fmt: skip
REPEATED = COMPARED | {"models", "gpu", "threads", "language", "output_dir"}
REPEATED |= {
    "effects",
    "response",
    "draws",
    "period",
    "shares",
    "prevalence",
    "cluster",
    "levels",
    "label_api_base",
    "label_model",
    "label_api_key_env",
    "pool_below",
}
REPEATED |= {"permutation_test", "permutations"}
PREPARED_BY_ESTIMATOR = {
    "model_size", "mode", "vocab_size", "max_length", "gpu", "threads",
    "language", "clean", "stopwords",
    "phrases", "lemmatize",
    "min_df", "max_df", "ngram_max", "min_tokens", "lowercase", "keep_numbers", "drop_duplicates",
    "drop_near_duplicates", "drop_boilerplate",
    "test_share", "long_docs", "embedding_model", "embedding_dim", "embedding_api_base",
    "embedding_api_key_env", "precision", "embedding_prompt", "trust_remote_code",
    "engine", "ray_address", "finetune_epochs", "finetune_lr",
    "finetune_batch_size", "lora_r", "lora_alpha", "seed",
}  # fmt: skip


@pytest.mark.parametrize(
    ("options", "scope", "expected"),
    [
        (RunOptions, Scope.REPEAT, REPEATED),
        (RunOptions, Scope.COMPARE, COMPARED),
        (RunOptions, Scope.ESTIMATOR, {"model_size", "mode", "gpu", "threads", "seed"}),
        (RunOptions, Scope.YAML, {*declarations(RunOptions)} - {"config"}),
        (PrepareOptions, Scope.ESTIMATOR, PREPARED_BY_ESTIMATOR),
        (PrepareOptions, Scope.YAML, {*declarations(PrepareOptions)} - {"config"}),
    ],
)
def test_scopes(options: type, scope: Scope, expected: set[str]) -> None:
    assert set(in_scope(options, scope)) == expected


def test_options_of_models_count_everywhere() -> None:
    for model in MODELS.values():
        assert in_scope(model.Options, Scope.ALL) == declarations(model.Options)


def test_what_makes_other_vectors_is_recorded_with_them() -> None:
    indifferent = {*declarations(EmbeddingOptions)} - {*in_scope(EmbeddingOptions, Scope.COMPARE)}
    assert indifferent == {"batch_size", "engine", "ray_address"}
