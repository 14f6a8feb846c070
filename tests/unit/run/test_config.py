"""config.json: written, read back, and read where it is of an earlier version."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace
from pathlib import Path

import pytest

from theta.errors import MissingFile
from theta.models.theta_options import ThetaOptions
from theta.options import RunOptions
from theta.run.config import (
    make_config,
    model_of,
    options_from_json,
    repeat_command,
    with_current_names,
)

RUN = replace(RunOptions(), dataset="lee", seeds=(1, 2), output_dir=Path("a folder"))
THETA = replace(ThetaOptions(), num_topics=7, coherence_weight=2.0, early_stopping=False)


@pytest.fixture
def config() -> dict[str, object]:
    made = make_config(
        model="theta",
        options=RUN,
        model_options=THETA,
        device="cpu",
        threads=1,
        seed=2,
        fingerprints={},
    )
    return json.loads(json.dumps(made))


def test_options_come_back_with_their_types(config) -> None:
    assert options_from_json(RunOptions, config["options"]) == RUN
    assert options_from_json(ThetaOptions, config["model_options"]) == THETA


def test_the_command_repeats_what_is_not_a_default(config) -> None:
    assert shlex.split(repeat_command(config)) == [
        *("python", "run_pipeline.py", "--dataset", "lee", "--model_size", "0.6B", "--seed", "2"),
        *("--output_dir", "a folder", "--num_topics", "7", "--no_early_stopping"),
        *("--coherence_weight", "2.0"),
    ]


def test_former_names_are_read_as_the_present_ones(config) -> None:
    options = config["model_options"]
    options["vicinity"] = options.pop("neighbor_docs")
    options["coherence"] = options.pop("coherence_weight")
    with pytest.raises(MissingFile, match="vicinity"):
        options_from_json(ThetaOptions, options)
    present = with_current_names(config)
    assert options_from_json(ThetaOptions, present["model_options"]) == THETA
    assert "--coherence_weight 2.0" in repeat_command(present)


def test_what_another_version_wrote_is_named(config) -> None:
    with pytest.raises(MissingFile, match="num_topics = many"):
        options_from_json(ThetaOptions, {**config["model_options"], "num_topics": "many"})
    with pytest.raises(MissingFile, match="top2vec, which this version of THETA does not have"):
        model_of({**config, "model": "top2vec"})
