"""The labels in English."""

from __future__ import annotations

_SHARED = {
    "topic": "Topic",
    "topics": "Topics",
    "topic_count": "{n} topics",
    "epoch": "Epoch",
    "documents": "Documents",
    "validation_elbo": "Validation ELBO",
    "reconstruction": "Reconstruction loss",
    "kl": "KL divergence",
    "label_loss": "Label loss",
    "kl_weight": "KL weight",
    "learning_rate": "Learning rate",
    "day": "day",
    "week": "week",
    "month": "month",
    "quarter": "quarter",
    "year": "year",
    "decade": "decade",
    "label_column": "label",
    "binned": "{name} (cut at its quartiles)",
    "similarity_name": "1 − Jensen–Shannon divergence of the topics' words",
}
"""On charts and on the page."""

_PAGE = {
    "overview": "Overview",
    "document": "Document",
    "map": "Map",
    "similarity": "Similarity",
    "training": "Training",
    "settings": "Settings",
    "search": "Search topics and documents",
    "search_hint": "Press / to search, ← → to go through the topics",
    "no_hits": "Nothing found",
    "hits_topics": "Topics ({n})",
    "hits_documents": "Documents ({n}; of the {shown} on this page)",
    "theme": "Light / dark",
    "what_was_run": "What was run",
    "fact_dataset": "Data set",
    "fact_model": "Model",
    "fact_words": "Words in the vocabulary",
    "fact_embeddings": "Embeddings",
    "fact_mode": "Mode",
    "fact_seed": "Seed",
    "fact_training": "Time of training",
    "seconds": "{n} s",
    "how_good": "How good it is",
    "interval_topics": "95 % interval over topics: {low} to {high}",
    "interval_documents": "95 % interval over documents: {low} to {high}",
    "higher": "higher is better",
    "lower": "lower is better",
    "definition": "Definition",
    "not_computed": "not computed",
    "number": "No.",
    "share": "Share",
    "top_words": "Top words",
    "stability": "Stability",
    "stable": "stable",
    "unstable": "not stable",
    "stability_help": "How far the topic comes back when the model is trained with another seed",
    "name": "Name",
    "seed_words": "Seed words",
    "seed_word": "word",
    "seed_rank": "{word} is word number {rank} of the topic",
    "seed_help": "The rank at which each seed word ended among the words of its topic:",
    "seed_near": "among the first {n}",
    "seed_listed": "among the first {n}, which the page lists",
    "seed_far": "farther down: the texts speak against it",
    "seed_missing": "not in the vocabulary, so it could not count",
    "told_labels": "Labels of test documents",
    "told_help": (
        "{n} test documents, whose labels the run has not seen. Colour: the share of the row; the "
        "framed cells are right."
    ),
    "told_rows": "Row: the document's label. Column: the told one.",
    "told_cell": "{count} of {total} documents of {name} were told to be {told}",
    "topics_help": "Click a column to sort, a topic to see its words and documents.",
    "previous": "Previous topic",
    "next": "Next topic",
    "words": "Words",
    "ranking": "Order of the words",
    "ranking_own": "as the run ranks them",
    "ranking_slider": "by relevance λ",
    "ranked_by_scores": (
        "The order of the top words everywhere in this run, by the model's own score."
    ),
    "ranked_by_relevance": (
        "The order of the top words everywhere in this run: relevance at λ = {relevance}."
    ),
    "ranked_by_company": (
        "The order of the top words everywhere in this run: relevance at λ = {relevance}, and how "
        "much a word keeps company with the topic's other words (--coherence_weight "
        "{coherence_weight})."
    ),
    "ranked_by_probability": (
        "The order of the top words everywhere in this run: their probability in the topic."
    ),
    "relevance_help": (
        "Another view, which no other part of the page uses. λ = 1: the most probable words of "
        "the topic; 0: those most typical of it (Sievert & Shirley 2014)."
    ),
    "bars_help": "Blue: probability in the topic. Grey: share in the whole corpus.",
    "probability": "probability in the topic",
    "in_corpus": "share in the corpus",
    "typical": "Most typical documents",
    "typical_help": "The documents with the largest weight; the topic's top words are marked.",
    "weight": "weight",
    "nearest": "Nearest topics",
    "over_time": "Over time",
    "over_time_help": (
        "Mean share by {unit}, with 95 % interval (Student's t); periods with too few documents "
        "are left out."
    ),
    "by_group": "By {name}",
    "by_group_help": "Mean share, with 95 % interval; number of documents in brackets.",
    "groups_left_out": "{n} more values, with fewer documents, are not drawn.",
    "map_all": "All {n} documents, coloured by their main topic ({method}). ",
    "map_sampled": (
        "{shown} of {n} documents, drawn at random, coloured by their main topic ({method}). "
    ),
    "map_help": (
        "Similar documents lie near each other; distances between far groups mean little. Drag to "
        "move, Ctrl + wheel or + − to zoom, click a document to read it."
    ),
    "filter_topic": "Topic",
    "filter_text": "Text contains",
    "filter_weight": "Weight of the main topic at least",
    "all_topics": "All topics",
    "reset": "Show all",
    "shown_count": "{shown} of {n} documents match",
    "matching": "Documents that match",
    "similarity_help": (
        "{name}. Similar topics stand side by side; click a cell to open the topic of its row."
    ),
    "topic_pairs": "Topics in pairs",
    "topic_plane": "Topics by distance",
    "topic_plane_help": (
        "The unlike are far apart (classical scaling of 1 − similarity); area: share. Click a "
        "circle to open the topic."
    ),
    "best_epoch": "Dashed: epoch {epoch}, whose weights were kept.",
    "command": "The command that does this run again",
    "settings_run": "Run",
    "settings_versions": "Versions",
    "settings_fingerprints": "Fingerprints of what the run stands on",
    "copy": "Copy",
    "copied": "Copied",
    "close": "Close",
    "cut": "Texts are cut at {length} characters.",
    "no_script": "This page needs JavaScript, which it carries with it; nothing is loaded.",
}
"""On the page alone."""

ENGLISH = {**_SHARED, **_PAGE}
