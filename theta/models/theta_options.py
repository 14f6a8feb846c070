"""Options of THETA."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from theta.models.vae import VAEOptions
from theta.options.declare import option


@dataclass(frozen=True)
class ThetaOptions(VAEOptions):
    """Options of THETA."""

    prior_alpha: float = option(
        0.1,
        "Concentration of the Dirichlet prior: below 1 documents have few topics, above 1 many.",
        valid=(1e-4, None),
        usual=(0.01, 1.0),
    )
    l2: float = option(
        1.0,
        "L2 penalty that keeps topics close to the word frequencies of the corpus.",
        valid=(0.0, None),
        usual=(0.0, 100.0),
    )
    relevance: float = option(
        0.4,
        "Ranking of top words: 1 by probability in the topic, 0 by the ratio of this probability "
        "to that in the corpus.",
        valid=(0.0, 1.0),
        usual=(0.2, 1.0),
    )
    coherence_weight: float = option(
        15.0,
        "Weight of co-occurrence in the training documents in the ranking of top words.",
        valid=(0.0, None),
        usual=(0.0, 20.0),
        former_names=("coherence",),
    )
    meaning_weight: float = option(
        7.0,
        "Weight of closeness in meaning, by the word embeddings, in the ranking of top words; 0 "
        "also lets topics share them. If this and coherence_weight are 0, words are ranked by "
        "relevance only.",
        valid=(0.0, None),
        usual=(0.0, 10.0),
        formerly=0.0,
    )
    passage_words: int = option(
        40,
        "Length of the passages, in words, in which co-occurrence is counted beside that in whole "
        "documents, in the ranking of top words; 0 for whole documents only.",
        valid=(0, None),
        usual=(0, 200),
        formerly=0,
    )
    neighbor_docs: int = option(
        15,
        "Number of nearest documents whose words a document reconstructs as well as its own, which "
        "smooths topics over its neighbourhood; 0 for its own words only.",
        valid=(0, None),
        usual=(0, 50),
        former_names=("vicinity",),
    )
    neighbor_weight: float | str = option(
        "auto",
        "Weight of the mean of the nearest neighbor_docs documents' embeddings in what the encoder "
        "reads. auto chooses 0, 0.25, 0.5 or 0.75, whichever predicts the words of unseen "
        "documents best.",
        valid=(0.0, 1.0),
        choices=("auto",),
        formerly=0.0,
    )
    lexical_dim: int = option(
        100,
        "Dimensions of the latent semantic analysis of the counts that the encoder reads with the "
        "embedding; 0 for the embedding only.",
        valid=(0, None),
        usual=(0, 300),
    )
    topics: Path | None = option(
        None,
        "File of expected topics with a description each, as in 'Delivery: parcels that are late, "
        "lost or damaged', as lines or as YAML: the first topics start at the documents closest to "
        "these, the others are free.",
        metavar="FILE",
    )
    seed_words: Path | None = option(
        None,
        "YAML file of expected topics, as in 'sport: [game, team]': the first topics are guided by "
        "these words, the others are free.",
        metavar="FILE",
    )
    supervised_weight: float = option(
        30.0,
        "With --mode supervised: weight of the label loss; 0 ignores the labels.",
        valid=(0.0, None),
        usual=(1.0, 100.0),
    )
    supervised_dropout: float = option(
        0.7,
        "With --mode supervised: replaces --dropout, since labels are overfitted sooner than "
        "words.",
        valid=(0.0, 0.99),
        usual=(0.0, 0.8),
    )
