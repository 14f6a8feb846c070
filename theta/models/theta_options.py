"""What a person can choose about THETA."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from theta.models.vae import VAEOptions
from theta.options.declare import option


@dataclass(frozen=True)
class ThetaOptions(VAEOptions):
    """What a person can choose about THETA."""

    prior_alpha: float = option(
        0.1,
        "How many topics a document mixes: below 1 few, above 1 many (the Dirichlet prior's "
        "concentration).",
        valid=(1e-4, None),
        usual=(0.01, 1.0),
    )
    l2: float = option(
        1.0,
        "How strongly topics are held to the word frequencies of the whole corpus.",
        valid=(0.0, None),
        usual=(0.0, 100.0),
    )
    relevance: float = option(
        0.4,
        "How top words are ranked: 1 by their probability in the topic, 0 by how much more "
        "probable they are there than elsewhere.",
        valid=(0.0, 1.0),
        usual=(0.2, 1.0),
    )
    coherence_weight: float = option(
        5.0,
        "How much the ranking of top words rewards words that occur together in the training "
        "documents; 0 ranks by relevance alone.",
        valid=(0.0, None),
        usual=(0.0, 20.0),
        former_names=("coherence",),
    )
    neighbor_docs: int = option(
        15,
        "Nearest documents whose words a document explains beside its own, which makes its topics "
        "those of its neighbourhood; 0 leaves it alone.",
        valid=(0, None),
        usual=(0, 50),
        former_names=("vicinity",),
    )
    lexical_dim: int = option(
        100,
        "Dimensions of the latent semantic analysis of the counts that the network reads beside "
        "the embedding; 0 reads the embedding alone.",
        valid=(0, None),
        usual=(0, 300),
    )
    seed_words: Path | None = option(
        None,
        "YAML file of topics you expect, as in 'sport: [game, team]': the first topics keep these "
        "words near the top, the others stay free.",
        metavar="FILE",
    )
    supervised_weight: float = option(
        30.0,
        "With --mode supervised: how strongly topics are drawn to tell the labels apart; 0 "
        "ignores the labels.",
        valid=(0.0, None),
        usual=(1.0, 100.0),
    )
    supervised_dropout: float = option(
        0.7,
        "With --mode supervised: takes the place of --dropout, since one label of a document is "
        "learnt by heart sooner than its words.",
        valid=(0.0, 0.99),
        usual=(0.0, 0.8),
    )
