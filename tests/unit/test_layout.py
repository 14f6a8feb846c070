"""ProjectPaths follow the environment; a dataset's name cannot leave its folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from theta.errors import InvalidOption
from theta.layout import ProjectPaths


def test_places_follow_the_environment() -> None:
    project = ProjectPaths.from_environment(
        {"THETA_RESULT_DIR": "/elsewhere", "THETA_MODELS_DIR": ""}
    )
    assert project.data == Path("data")
    assert project.models is None
    assert project.run("lee", "0.6B", "zero_shot").root == Path("/elsewhere/0.6B/lee/zero_shot")
    assert project.baseline_run("lee", "lda", 20).root == Path("/elsewhere/baseline/lee/lda/K20")


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../../etc", "a/b", "a\\b", ".hidden", "a..b", "\0"]
)
def test_names_cannot_leave_their_folder(name: str) -> None:
    with pytest.raises(InvalidOption, match="cannot name a folder"):
        ProjectPaths.from_environment({}).corpus(name)


@pytest.mark.parametrize("name", ["lee", "20newsgroups", "my data", "新闻", "a.b-c_d"])
def test_ordinary_names_are_taken(name: str) -> None:
    assert ProjectPaths.from_environment({}).dataset_dir(name) == Path("data") / name
