"""The labels in English."""

from __future__ import annotations

_SHARED = {
    "topic": "Topic",
    "topics": "Topics",
    "topic_count": "{n} topics",
    "num_topics": "Number of topics",
    "worth": "Topics that return and can be read, less ½ each",
    "topic_parts": "The two shares behind it",
    "returning": "return in the other half, beyond chance",
    "readable": "predicted by words (F1)",
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
    "binned": "{name} (by quartile)",
    "similarity_name": "1 − Jensen–Shannon divergence of the topics' word distributions",
}
"""Used on charts and on the page."""

_PAGE = {
    "overview": "Overview",
    "document": "Document",
    "map": "Map",
    "similarity": "Similarity",
    "hierarchy": "Hierarchy",
    "hierarchy_help": (
        "Which topics are alike, by words and, if the run reads embeddings, by meaning: the "
        "further right two groups meet, the less alike they are. Point at a dot for the words of "
        "its group."
    ),
    "training": "Training",
    "settings": "Settings",
    "search": "Search topics and documents",
    "search_hint": "Press / to search, ← → to switch topics",
    "no_hits": "No results",
    "hits_topics": "Topics ({n})",
    "hits_documents": "Documents ({n} of the {shown} on this page)",
    "theme": "Light / dark",
    "what_was_run": "The run",
    "fact_dataset": "Data set",
    "fact_model": "Model",
    "fact_words": "Vocabulary size",
    "fact_embeddings": "Embeddings",
    "fact_mode": "Mode",
    "fact_seed": "Seed",
    "fact_training": "Training time",
    "seconds": "{n} s",
    "coded": "Judged by coders",
    "word_intrusion": "Word intrusion",
    "document_intrusion": "Document intrusion",
    "topic_intrusion": "Topic intrusion",
    "rating": "Rating",
    "health": "Health",
    "healthy": "No sign of a bad run.",
    "try": "try {flags}",
    "flags": "Flags",
    "command_to_try": "The command",
    "how_good": "Quality",
    "unfolded": "Without folding the forms of words (--fold_forms): {values}",
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
    "stability_help": "How well the topic is reproduced by a training with another seed",
    "name": "Name",
    "seed_words": "Seed words",
    "seed_word": "word",
    "seed_rank": "{word}: rank {rank} in the topic",
    "seed_help": "Final rank of each seed word among the words of its topic:",
    "seed_near": "among the first {n}",
    "seed_listed": "among the first {n}, which the page shows",
    "seed_far": "lower: the texts do not support it",
    "seed_missing": "not in the vocabulary, so it had no effect",
    "described": "Described topics",
    "described_help": (
        "A document fits the description of its main topic if it is more similar to it than 95 % "
        "of the held-out documents with another main topic. Similarity: cosine of centred vectors, "
        "as the mean of the documents with this main topic and of all others. Words: those of the "
        "description with their ranks in the topic. Documents: the most similar ones of the topic."
    ),
    "description": "Description",
    "fitting": "Fitting",
    "similarity_to_description": "Similarity",
    "similarity_of_others": "Of others",
    "best_documents": "Closest documents",
    "moves": "Since the earlier run",
    "moves_help": (
        "This run goes on from the topics of {run}. Moved: Jensen–Shannon divergence of a topic's "
        "words before and now, over the words that both runs know; 0: the same, 1: none in common."
    ),
    "distance_moved": "Moved",
    "new_topic": "new",
    "share_before": "Share before",
    "words_left": "Left the ten words",
    "words_came": "Came to them",
    "effects": "Effects of covariates",
    "effect_of": "Effect of",
    "effect_lines_help": (
        "Predicted share of each topic by {name}, averaged over the documents, with 95 % intervals."
    ),
    "predicted_labels": "Predicted labels of test documents",
    "predicted_help": (
        "{n} test documents whose labels were not used in training. Colour: share of the row; "
        "framed cells: correct predictions."
    ),
    "predicted_rows": "Row: label of the document. Column: predicted label.",
    "predicted_cell": "{count} of {total} documents labelled {name} were predicted as {predicted}",
    "topics_help": "Click a column header to sort, a topic to see its words and documents.",
    "previous": "Previous topic",
    "next": "Next topic",
    "words": "Words",
    "ranking": "Order of the words",
    "ranking_own": "the run's ranking",
    "ranking_slider": "by relevance λ",
    "ranked_by_scores": ("All top words of this run are ranked by the model's own score."),
    "ranked_by_relevance": (
        "All top words of this run are ranked by relevance at λ = {relevance}."
    ),
    "ranked_by_cooccurrence": (
        "All top words of this run are ranked by relevance at λ = {relevance} and by how strongly "
        "a word co-occurs with the other words of the topic (--coherence_weight "
        "{coherence_weight})."
    ),
    "ranked_by_meaning": (
        "All top words of this run are ranked by relevance at λ = {relevance}, by how strongly a "
        "word co-occurs with the other words of the topic (--coherence_weight {coherence_weight}) "
        "and by how close it is to them in meaning (--meaning_weight {meaning_weight})."
    ),
    "ranked_as_theta": (
        "All top words of this run are ranked as THETA ranks by default (--rank_words), not by the "
        "model itself."
    ),
    "ranked_by_probability": (
        "All top words of this run are ranked by their probability in the topic."
    ),
    "relevance_help": (
        "A separate view, used nowhere else on the page. λ = 1: the most probable words of the "
        "topic; 0: the words most specific to it (Sievert & Shirley 2014)."
    ),
    "bars_help": "Blue: probability in the topic. Grey: share in the corpus.",
    "probability": "probability in the topic",
    "in_corpus": "share in the corpus",
    "typical": "Most typical documents",
    "typical_help": "The documents with the largest weight; the topic's top words are marked.",
    "weight": "weight",
    "nearest": "Most similar topics",
    "over_time": "Over time",
    "over_time_help": (
        "Mean share by {unit} with 95 % interval (dots), and a smooth curve with its band; dashed: "
        "change points. Periods with too few documents are omitted."
    ),
    "relations": "Topics that occur together",
    "correlation": "Correlation",
    "no_relations": "No two topics clearly occur together, or avoid each other.",
    "words_by_period": "Words by {unit}",
    "words_by_period_help": (
        "The most probable words of the topic in the documents of each period, and those that are "
        "more frequent than in its other periods; Documents: those with the topic."
    ),
    "words_of_model_help": "The words of the topic in each time slice of the model.",
    "period": "Period",
    "distinctive": "More frequent here",
    "by_group": "By {name}",
    "by_group_help": "Mean share, with 95 % interval; number of documents in brackets.",
    "groups_left_out": "{n} more values with fewer documents are not shown.",
    "map_all": "All {n} documents, coloured by their main topic ({method}). ",
    "map_sampled": (
        "{shown} of {n} documents, drawn at random, coloured by their main topic ({method}). "
    ),
    "map_help": (
        "Similar documents are close to each other; distances between distant groups mean little. "
        "Drag to move, Ctrl + wheel or + − to zoom, click a document to read it."
    ),
    "filter_topic": "Topic",
    "filter_text": "Text contains",
    "filter_weight": "Weight of the main topic at least",
    "all_topics": "All topics",
    "reset": "Show all",
    "shown_count": "{shown} of {n} documents match",
    "matching": "Documents that match",
    "similarity_help": (
        "{name}. Similar topics are adjacent; click a cell to open the topic of its row."
    ),
    "topic_pairs": "Pairwise similarity",
    "topic_plane": "Intertopic distance map",
    "topic_plane_help": (
        "Dissimilar topics are far apart (classical scaling of 1 − similarity); area: share. Click "
        "a circle to open the topic."
    ),
    "best_epoch": "Dashed: epoch {epoch}, whose weights were kept.",
    "command": "Command to repeat this run",
    "settings_run": "Run",
    "settings_versions": "Versions",
    "settings_fingerprints": "Fingerprints of the inputs of the run",
    "copy": "Copy",
    "copied": "Copied",
    "close": "Close",
    "cut": "Texts are truncated after {length} characters.",
    "no_script": "This page needs JavaScript. The scripts are part of the page; nothing is loaded.",
}
"""Used on the page only."""

ENGLISH = {**_SHARED, **_PAGE}
