"""Errors of file systems that cannot be reached, without a network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow
import pyarrow.fs
import pytest

from theta.errors import InvalidOption, ThetaError
from theta.storage.places import Place


def failing(error: Exception, opened: list[str]) -> Any:
    """Return a class FileSystem whose `from_uri` fails."""

    class FileSystem:
        @staticmethod
        def from_uri(address: str) -> Any:
            opened.append(address)
            raise error

    return FileSystem


@pytest.mark.parametrize(
    ("address", "error", "said"),
    [
        ("gs://bucket/new", OSError("no OAuth2 token"), "GOOGLE_APPLICATION_CREDENTIALS"),
        ("s3://bucket/new", OSError("no such host"), "AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL"),
        ("hdfs://host:8020/new", OSError("no libjvm"), "set JAVA_HOME, HADOOP_HOME and CLASSPATH"),
        ("abfss://c@a.net/new", pyarrow.ArrowException("no token\nat all"), "az login"),
    ],
)
@pytest.mark.parametrize("use", [Place.files, Place.exists])
def test_a_place_out_of_reach_is_one_line_with_the_way_out(
    monkeypatch: pytest.MonkeyPatch,
    address: str,
    error: Exception,
    said: str,
    use: Callable[[Place], Any],
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(pyarrow.fs, "FileSystem", failing(error, opened))
    with pytest.raises(ThetaError) as caught:
        use(Place.of(address))
    line = str(caught.value)
    assert line.startswith(f"{address} cannot be read or written: {str(error).split()[0]}")
    assert said in line
    assert "\n" not in line
    assert opened == [f"{address}?retry_limit_seconds=30" if address[:2] == "gs" else address]


def test_the_users_limit_for_retries_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(pyarrow.fs, "FileSystem", failing(OSError("late"), opened))
    place = Place.of("gs://bucket/new?retry_limit_seconds=900")
    with pytest.raises(ThetaError):
        place.child("a.csv").exists()
    assert opened == ["gs://bucket/new/a.csv?retry_limit_seconds=900"]
    assert place.name == "new"


def test_an_unknown_kind_of_address_names_the_known_ones() -> None:
    with pytest.raises(InvalidOption, match="known are paths, s3://, gs://, hdfs:// and abfss://"):
        Place.of("ftp://host/new").files()
