"""Files of a finished run, and of what it is applied to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from theta.layout.outputs import KitFiles, PaperFiles
from theta.layout.relative import RelativePath

MODEL_TABLES = {
    "topic_moves": "topic_moves.csv",
    "covariate_effects": "covariate_effects.csv",
    "topic_words_by_slice": "topic_words_by_slice.csv",
}
"""File names of the tables that only some models write, by content."""

DRIFT_ENDING = "_drift.json"
"""Of the drift report that --infer writes beside its table of topics, after the table's name."""

DRIFT_FILE = "_drift.json"
"""Name of the drift report in a folder that --infer writes."""

SHARD_RECORDS = "_shards"
"""Folder in it with a record of each shard that is done."""

_EFFECT_FIGURE = "effect_"


@dataclass(frozen=True)
class RunFiles:
    """The files of one complete run."""

    root: Path

    config = RelativePath("config.json")
    """The resolved options, versions, seed, device and fingerprints."""

    checkpoints = RelativePath("checkpoints")
    """The folder of the weights and the training history."""

    weights = checkpoints / "best_model.safetensors"
    """The model's state, as needed for new documents."""

    preprocessing = checkpoints / "preprocessing.json"
    """How documents become words and vectors, to treat new documents alike."""

    reference = checkpoints / "reference.npz"
    """The reference that the drift of new documents is measured against."""

    first_halves = checkpoints / "first_halves.npy"
    """θ of the first halves of the test documents, before edits, for perplexity."""

    adapter = checkpoints / "adapter"
    """A copy of the fine-tuned adapter of the embedding model."""

    history = checkpoints / "training_history.json"
    """Losses per epoch."""

    doc_topic = RelativePath("theta.npy")
    """θ, n_docs × num_topics."""

    topic_word = RelativePath("beta.npy")
    """β, num_topics × n_words."""

    topic_embeddings = RelativePath("topic_embeddings.npy")
    """α, num_topics × dim."""

    topic_words = RelativePath("topic_words.json")
    """The top words of each topic with their weights."""

    topic_names = RelativePath("topic_names.json")
    """The automatic name of each topic, with its evidence."""

    hierarchy = RelativePath("hierarchy.json")
    """The merges of topics, the most similar first, with words and names."""

    levels = RelativePath("levels")
    """The folder of the tables of topics with fewer topics."""

    def level_table(self, num_groups: int) -> Path:
        """Return the table of a number of groups of topics."""
        return self.levels / f"topics_{num_groups}.csv"

    def level_shares(self, num_groups: int) -> Path:
        """Return θ of a number of groups of topics, n_docs × num_groups."""
        return self.levels / f"theta_{num_groups}.npy"

    label_answers = RelativePath("label_answers.json")
    """What a language model was asked for names of topics, and what it answered."""

    topics_table = RelativePath("topics.csv")
    """Topics for a spreadsheet: id, share, top words."""

    doc_topics_table = RelativePath("doc_topics.csv")
    """Documents for a spreadsheet: id, the user's columns, topic weights, dominant topic."""

    def model_table(self, name: str) -> Path:
        """Return a table that only some models write, one of `MODEL_TABLES`."""
        return self.root / MODEL_TABLES[name]

    effects_folder = RelativePath("effects")
    """The folder of the effects of covariates."""

    effects = effects_folder / "effects.json"
    """The effects of covariates on topic shares, with everything that is drawn of them."""

    effects_table = effects_folder / "effects.csv"
    """The effects for a spreadsheet: one row per quantity and topic."""

    predicted_shares = effects_folder / "predicted_shares.csv"
    """Predicted topic shares along the variables that are drawn as lines."""

    calibration = RelativePath("calibration/state.npz")
    """The topics of calibrated shares and a state of the sampler, for the next analysis."""

    calibrated_topics = RelativePath("calibration/calibrated_topics.csv")
    """The topics of calibrated shares beside those of the run, for a spreadsheet."""

    permutation_test = effects_folder / "permutation_test.csv"
    """The effects of a variable against those of its shuffled values."""

    effects_markdown = effects_folder / "effects.md"
    """The marginal effects as a table in Markdown."""

    effects_latex = effects_folder / "effects.tex"
    """The marginal effects as a table in LaTeX."""

    relations_folder = RelativePath("relations")
    """The folder of the correlations of topics and their shares by group."""

    relations = relations_folder / "relations.json"
    """The relations of topics, with everything that is drawn of them."""

    topic_correlations = relations_folder / "topic_correlations.csv"
    """Correlations of topics: one row per pair."""

    topics_by_group = relations_folder / "topics_by_group.csv"
    """Mean topic shares of groups of documents: one row per topic and value of a column."""

    trends_folder = RelativePath("trends")
    """The folder of the topics over time."""

    trends = trends_folder / "trends.json"
    """The topics over time, with everything that is drawn of them."""

    shares_over_time = trends_folder / "topics_over_time.csv"
    """Mean topic shares and smooth curves: one row per topic and period."""

    trends_table = trends_folder / "trends.csv"
    """How far the share of each topic rises or falls."""

    change_points = trends_folder / "change_points.csv"
    """Sudden changes in topic shares."""

    words_by_period = trends_folder / "words_by_period.csv"
    """The words of topics in each period."""

    evaluation = RelativePath("metrics/evaluation_results.json")
    """The metrics with definitions, values per topic and intervals."""

    confusion_matrix = RelativePath("metrics/confusion_matrix.csv")
    """Test documents by true and predicted label, for runs that have learnt labels."""

    visualizations = RelativePath("visualizations")
    """The folder of figures and the report."""

    report = visualizations / "report.html"
    """The interactive report page."""

    topic_browser = visualizations / "pyldavis.html"
    """The page of topics and their words by relevance, in the style of LDAvis."""

    before_edit = RelativePath("before_edit")
    """The folder of the run as it was before its last edit."""

    log = RelativePath("run.log")
    """The log of the program for this run."""

    manifest = RelativePath("manifest.json")
    """Checksums of the run's files and fingerprints of its inputs; written last."""

    intrusion = RelativePath("intrusion")
    """The folder of the keys of kits for coders, and of what coders answered."""

    def intrusion_key(self, kit: str) -> Path:
        """Return the file that tells the intruders of one kit."""
        return self.intrusion / f"key_{kit}.json"

    @property
    def intrusion_keys(self) -> list[Path]:
        """The keys that exist."""
        return sorted(self.intrusion.glob("key_*.json"))

    intrusion_scores = intrusion / "scores.json"
    """Scores of the coders' answers."""

    intrusion_table = intrusion / "scores.csv"
    """Scores of each topic for a spreadsheet."""

    intrusion_ledger = intrusion / "answers.csv"
    """One row per answer: counted or not, and why."""

    @property
    def paper(self) -> PaperFiles:
        """The default place of the files for a paper, beside the run."""
        return PaperFiles(self.root.parent / f"{self.root.name}_paper")

    @property
    def kit(self) -> KitFiles:
        """The default place of the files for coders, beside the run."""
        return KitFiles(self.root.parent / f"{self.root.name}_intrusion")

    def unfinished_training(self, seed: int) -> Path:
        """Return the file of an unfinished training, beside the folder of the run."""
        return self.root.parent / f".{self.root.name}.training-{seed}.safetensors"

    def figure(self, chart: str, suffix: str = "png") -> Path:
        """Return the path of a chart."""
        return self.visualizations / f"{chart}.{suffix}"

    def effect_figure(self, term: str, suffix: str = "png") -> Path:
        """Return the path of the figure of a term of the formula of the effects."""
        name = re.sub(r"[^\w.]+", "-", term.replace(":", "_x_")).strip("-")
        return self.figure(f"{_EFFECT_FIGURE}{name}", suffix)

    def effect_figures(self) -> list[Path]:
        """Return the figures of effects that exist."""
        return sorted(self.visualizations.glob(f"{_EFFECT_FIGURE}*"))
