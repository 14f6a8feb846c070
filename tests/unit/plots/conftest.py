from __future__ import annotations

import numpy as np
import pytest

from theta.plots.chart_data import ChartData


@pytest.fixture
def run_picture() -> ChartData:
    """A run of three topics and twelve documents, without anything optional."""
    doc_topic = np.random.default_rng(0).dirichlet([0.3] * 3, size=12)
    words = [[(f"w{k}{i}", 0.3 / (i + 1)) for i in range(12)] for k in range(3)]
    return ChartData(topic_words=words, doc_topic=doc_topic)
