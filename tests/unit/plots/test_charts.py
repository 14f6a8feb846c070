from __future__ import annotations

import pytest

from theta.errors import InvalidOption
from theta.pipeline.charts import draw


def test_an_unknown_chart_is_refused_with_the_names_of_all(run_picture):
    with pytest.raises(InvalidOption, match="topic_words_bars"):
        draw("pie", run_picture)


def test_a_language_without_labels_is_refused(run_picture):
    from dataclasses import replace

    with pytest.raises(InvalidOption, match="en, zh"):
        draw("topic_words_bars", replace(run_picture, language="xx"))
