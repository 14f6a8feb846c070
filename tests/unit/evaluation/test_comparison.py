"""The table of runs."""

import pytest

from theta.errors import InvalidOption
from theta.evaluation.comparison import ComparedRun, compare_runs

RUNS = [
    ComparedRun(
        "K10", {"num_topics": 10, "lr": 0.002, "mode": "a"}, {"NPMI": 0.1, "PPL": 900.0}, 5.0
    ),
    ComparedRun(
        "K5", {"num_topics": 5, "lr": 0.002, "mode": "a"}, {"NPMI": 0.3, "PPL": 800.0}, 9.0
    ),
    ComparedRun(
        "lda", {"num_topics": 5, "mode": "a"}, {"TD": 1.0, "NPMI": None, "PPL": 700.0}, 1.0
    ),
]


def test_columns_are_the_options_that_differ_then_metrics_in_order_then_seconds():
    # `mode` is the same everywhere; `lr` is the same where it is, and another model has none.
    table = compare_runs(RUNS, "NPMI")
    assert table.columns == ("run", "num_topics", "TD", "NPMI", "PPL", "seconds")
    assert table.rows[0] == ("K5", 5, None, 0.3, 800.0, 9.0)


@pytest.mark.parametrize(
    ("sort_by", "order"),
    [
        ("NPMI", ["K5", "K10", "lda"]),  # high is good; no value comes last
        ("PPL", ["lda", "K5", "K10"]),  # low is good
        ("seconds", ["lda", "K10", "K5"]),
        ("num_topics", ["K5", "lda", "K10"]),  # of equals the name decides
        ("run", ["K5", "K10", "lda"]),  # 5 before 10
        ("lr", ["K5", "K10", "lda"]),
        ("mode", ["K5", "K10", "lda"]),  # an option all share
    ],
)
def test_sorting(sort_by, order):
    assert [row[0] for row in compare_runs(RUNS, sort_by).rows] == order


def test_an_option_may_be_a_number_or_a_word():
    runs = [ComparedRun(str(v), {"k": v}, {}, None) for v in ("auto", 20, 5)]
    assert [row[0] for row in compare_runs(runs, "k").rows] == ["5", "20", "auto"]


def test_the_best_of_each_metric():
    table = compare_runs(RUNS, "run")  # K5, K10, lda
    assert table.best["NPMI"] == {0}
    assert table.best["PPL"] == {2}
    assert table.best["seconds"] == {2}
    assert table.best["TD"] == frozenset()  # only one run has it


def test_equal_runs_share_the_best_or_have_none():
    runs = [ComparedRun(n, {}, {"TD": td}, 1.0) for n, td in (("a", 0.9), ("b", 0.9), ("c", 0.5))]
    assert compare_runs(runs, "TD").best["TD"] == {0, 1}
    assert compare_runs(runs[:2], "TD").best["TD"] == frozenset()
    assert compare_runs(runs[:1], "TD").best["TD"] == frozenset()


def test_an_unknown_column():
    with pytest.raises(InvalidOption, match="did you mean NPMI"):
        compare_runs(RUNS, "npmi")
    with pytest.raises(InvalidOption, match="choose one of run, num_topics"):
        compare_runs(RUNS, "xyzzy")


def test_runs_called_by_their_models_do_not_repeat_them():
    runs = [ComparedRun(n, {"model": n, "k": 5}, {"TD": 0.5}, 1.0) for n in ("theta", "lda")]
    assert compare_runs(runs, "TD").columns == ("run", "TD", "seconds")


def test_seeds_are_compared_with_the_one_run_of_theta():
    def run(name, model, values):
        return ComparedRun(name, {"model": model}, {"TD": values["0"]["TD"]}, None, values)

    ours = {"0": {"TD": 0.9}, "1": {"TD": 0.8}}
    theirs = {"0": {"TD": 0.5}, "1": {"TD": 0.4}}
    table = compare_runs([run("a", "theta", ours), run("b", "lda", theirs)], "TD", "theta")
    assert table.reference == "a"
    assert {row.run: row.verdict for row in table.seeds} == {"a": None, "b": "better"}
    two = compare_runs([run("a", "theta", ours), run("c", "theta", theirs)], "TD", "theta")
    assert two.reference is None
    assert [row.verdict for row in two.seeds] == [None, None]
    assert compare_runs(RUNS, "TD").seeds == ()


def run_of(mode, documents, values, **options):
    return ComparedRun(
        mode, {"mode": mode, **options}, values, 1.0, documents=dict.fromkeys(values, documents)
    )


def test_modes_are_not_ranked_by_what_they_were_judged_on_different_documents_by():
    everything = {"NMI": 0.6, "NMI@test": 0.5}
    judged = {"NMI": "all labelled documents", "NMI@test": "labelled test documents"}
    zero = ComparedRun("zero_shot", {"mode": "zero_shot"}, everything, 1.0, documents=judged)
    metrics = {"NMI": 0.7, "NMI@test": 0.7}
    learnt = run_of("supervised", "labelled test documents", metrics)
    table = compare_runs([zero, learnt], "NMI@test")
    # The run is called by its mode here, so that the column `mode` says nothing more.
    assert table.columns == ("run", "NMI@test", "NMI", "seconds")
    assert table.unranked == {"NMI"}
    assert table.best["NMI"] == frozenset()
    assert table.best["NMI@test"] == {0}
    assert "Not ranked: NMI" in table.notes[0]
    # In one mode nothing is moved.
    assert compare_runs([zero], "NMI").columns == ("run", "NMI", "NMI@test", "seconds")
    assert compare_runs([zero], "NMI").notes == ()


def test_no_run_leads_in_what_was_judged_on_different_documents():
    def run(model, documents, value):
        values = {"NMI": value, "TD": value}
        seeds = {"0": values, "1": {"NMI": value + 0.01, "TD": value + 0.02}}
        return ComparedRun(
            model, {"model": model}, values, 1.0, seeds, {"NMI": documents, "TD": ""}
        )

    table = compare_runs([run("theta", "test", 0.9), run("lda", "all", 0.5)], "TD", "theta")
    leads = {(row.run, row.metric): row.lead for row in table.seeds}
    assert leads["lda", "NMI"] is None
    assert leads["lda", "TD"] is not None


def test_numbers_of_topics_that_differ_are_reported():
    runs = [run_of(name, "", {"PPL": 9.0}, num_topics=k) for name, k in (("hdp", 48), ("lda", 5))]
    table = compare_runs(runs, "num_topics", "theta")
    assert table.rows[0][:2] == ("lda", 5)
    assert table.notes == ("The runs have 5 to 48 topics; perplexity depends on that number.",)
