"""What is said at the end of an embedding run."""

from __future__ import annotations

import logging

import pytest

from theta.embeddings.report import say_end
from theta.embeddings.settings import EmbeddingReport


@pytest.mark.parametrize(
    ("long_docs", "share", "level"),
    [("truncate", 0.6, "WARNING"), ("truncate", 0.4, "INFO"), ("mean", 0.6, "INFO")],
)
def test_reading_less_than_half_of_the_tokens_is_a_warning(
    caplog: pytest.LogCaptureFixture, long_docs: str, share: float, level: str
) -> None:
    caplog.set_level(logging.INFO, logger="theta")
    report = EmbeddingReport("model", "origin", 10, 30, 30, 8, 256, long_docs, 7, share, (), 1.0)
    say_end(report)
    last = caplog.records[-1]
    assert last.levelname == level
    assert f"{share:.1%}".replace("%", " %") in last.getMessage()
    assert ("--long_docs mean" in last.getMessage()) == (level == "WARNING")
