"""What can be ranked in a table of runs, and what is said of the rest."""

from theta.evaluation.comparability import topic_count_notes, unranked

ALL, TEST = "all labelled documents", "labelled test documents"


def test_metrics_of_different_documents_are_not_ranked_and_the_way_out_is_named():
    documents = {
        "NPMI": ["the corpus", "the corpus", "the corpus"],
        "NMI": [ALL, TEST, ALL],
        "accuracy": [ALL, TEST, ALL],
        "accuracy@test": [TEST, TEST, TEST],
    }
    found, sentences = unranked(documents, ["a", "a", "a"])
    assert found == {"NMI", "accuracy"}
    assert sentences[0] == (
        "Not ranked: NMI, accuracy, because the runs were evaluated on different documents (2 on "
        "all labelled documents and 1 on labelled test documents)."
    )
    assert "end in @test" in sentences[1]


def test_a_run_without_a_value_stands_apart_from_nothing():
    assert unranked({"NMI": [ALL, None, ALL]}, ["a"] * 3) == (frozenset(), ())


def test_without_test_columns_there_is_no_way_out_to_name():
    _, sentences = unranked({"NPMI": ["the corpus", "wiki.txt"]}, ["a", "a"])
    assert len(sentences) == 1


def test_runs_of_different_corpora_are_not_ranked_at_all():
    found, sentences = unranked({"TD": ["", ""], "NMI": [ALL, ALL]}, ["a", "b"])
    assert found == {"TD", "NMI"}
    assert "2 different corpora" in sentences[0]


def test_what_depends_on_the_number_of_topics_is_said_where_it_differs():
    metrics = ["TD", "NPMI", "PPL"]
    assert topic_count_notes([5, 48, 5], metrics) == (
        "The runs have 5 to 48 topics; diversity and perplexity depend on that number.",
    )
    assert topic_count_notes([5, 48], ["PPL"])[0].endswith("perplexity depends on that number.")
    assert topic_count_notes([5, 5, None], metrics) == ()
    assert topic_count_notes([5, 48], ["NPMI"]) == ()
