"""Differences paired over seeds, against scipy.stats and by hand."""

import pytest

from theta.evaluation.seed_noise import compare_seeds, paired_difference, reference_of

OURS = {"0": 0.20, "1": 0.24, "2": 0.22, "7": 0.25}
THEIRS = {"0": 0.15, "1": 0.20, "2": 0.16, "7": 0.21}


def values(of, metric="NPMI"):
    return {seed: {metric: value} for seed, value in of.items()}


def test_the_interval_is_that_of_the_paired_t_test():
    from scipy.stats import ttest_rel

    found = paired_difference(OURS, THEIRS)
    expected = ttest_rel(list(OURS.values()), list(THEIRS.values())).confidence_interval(0.95)
    assert found.interval == pytest.approx((expected.low, expected.high))
    assert found.mean == pytest.approx(0.0475)
    assert found.exceeds_noise


def test_pairing_sees_what_the_spread_of_each_model_would_hide():
    """All seeds are luckier or unluckier for both models, by more than the models differ."""
    ours = {"0": 0.10, "1": 0.30, "2": 0.50}
    theirs = {"0": 0.08, "1": 0.279, "2": 0.481}
    assert paired_difference(ours, theirs).exceeds_noise


def test_a_difference_of_the_size_of_the_noise_is_noise():
    swapped = {"0": 0.24, "1": 0.20, "2": 0.25, "7": 0.20}
    assert not paired_difference(OURS, swapped).exceeds_noise


def test_only_seeds_of_both_count():
    found = paired_difference({"0": 1.0, "1": 2.0, "5": 9.0}, {"1": 1.0, "0": 1.0, "4": 0.0})
    assert (found.mean, found.n_seeds) == (0.5, 2)
    assert paired_difference({"0": 1.0, "1": 2.0}, {"1": 1.0}) is None


@pytest.mark.parametrize(
    ("metric", "verdicts"),
    [("NPMI", {"theta": None, "lda": "better"}), ("PPL", {"theta": None, "lda": "worse"})],
)
def test_what_is_better_depends_on_the_metric(metric, verdicts):
    rows = compare_seeds({"theta": values(OURS, metric), "lda": values(THEIRS, metric)}, "theta")
    assert {row.run: row.verdict for row in rows} == verdicts
    assert rows[0].spread.mean == pytest.approx(0.2275)
    assert rows[0].spread.sd == pytest.approx(0.0221736, abs=1e-6)


def test_a_metric_without_a_value_for_every_seed_is_left_out():
    holed = {**values(THEIRS), "7": {"NPMI": None}}
    rows = compare_seeds({"theta": values(OURS), "lda": holed, "nmf": {}}, "theta")
    assert [row.run for row in rows] == ["theta"]


def test_without_a_reference_there_is_no_lead():
    rows = compare_seeds({"nmf": values(OURS), "lda": values(THEIRS)}, None)
    assert [row.lead for row in rows] == [None, None]


def test_the_reference_is_the_only_run_of_its_model():
    assert reference_of({"a": "theta", "b": "lda"}, "theta") == "a"
    assert reference_of({"a": "theta", "b": "theta"}, "theta") is None
    assert reference_of({"b": "lda"}, "theta") is None
