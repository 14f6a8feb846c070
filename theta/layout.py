"""Paths of all files and folders. No other module knows their names."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from theta.errors import InvalidOption

MODEL_TABLES = {
    "topic_moves": "topic_moves.csv",
    "covariate_effects": "covariate_effects.csv",
    "topic_words_by_slice": "topic_words_by_slice.csv",
}
"""File names of the tables that only some models write, by content."""

MODES = ("zero_shot", "supervised", "unsupervised")
"""How an embedding model is used: as it is, or fine-tuned with labels or without."""

DRIFT_ENDING = "_drift.json"
"""Of the drift report that --infer writes beside its table of topics, after the table's name."""

DRIFT_FILE = "_drift.json"
"""Name of the drift report in a folder that --infer writes."""

SHARD_RECORDS = "_shards"
"""Folder in it with a record of each shard that is done."""

_EFFECT_FIGURE = "effect_"

_NAME = re.compile(r"[^\W_][\w.\- ]*", re.UNICODE)


@dataclass(frozen=True)
class ProjectPaths:
    """The root folders of a project; environment variables can move each of them."""

    data: Path
    workspace: Path
    result: Path
    models: Path | None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> ProjectPaths:
        """Read THETA_DATA_DIR, THETA_WORKSPACE_DIR, THETA_RESULT_DIR and THETA_MODELS_DIR."""

        def folder(variable: str, default: str) -> Path:
            return Path(environment.get(variable) or default)

        models = environment.get("THETA_MODELS_DIR")
        return cls(
            data=folder("THETA_DATA_DIR", "data"),
            workspace=folder("THETA_WORKSPACE_DIR", "workspace"),
            result=folder("THETA_RESULT_DIR", "result"),
            models=Path(models) if models else None,
        )

    def absolute(self) -> ProjectPaths:
        """Return the same folders, independent of the current one."""
        return ProjectPaths(
            self.data.absolute(),
            self.workspace.absolute(),
            self.result.absolute(),
            None if self.models is None else self.models.absolute(),
        )

    def dataset_dir(self, dataset: str) -> Path:
        """Return the folder of the user's files for `dataset`."""
        return self.data / checked_name(dataset)

    def corpus(self, dataset: str) -> CorpusFiles:
        """Return the files of the prepared corpus of `dataset`."""
        return CorpusFiles(self.workspace / checked_name(dataset) / "corpus")

    def embeddings(self, dataset: str, size: str, mode: str) -> EmbeddingFiles:
        """Return the files of the embeddings of `dataset` for one size and mode."""
        folder = f"{checked_name(size)}_{checked_name(mode)}"
        return EmbeddingFiles(self.workspace / checked_name(dataset) / "embeddings" / folder)

    def all_embeddings(self, dataset: str) -> list[EmbeddingFiles]:
        """Return the files of all finished embeddings of `dataset`."""
        folder = self.workspace / checked_name(dataset) / "embeddings"
        return [EmbeddingFiles(path.parent) for path in sorted(folder.glob("*/manifest.json"))]

    def model_names(self, dataset: str) -> list[str]:
        """Return the names of the embedding models that `dataset` is prepared or trained with."""
        name = checked_name(dataset)
        folders = [files.root.name for files in self.all_embeddings(dataset)]
        ends = [(folder, f"_{mode}") for folder in folders for mode in MODES]
        prepared = {folder.removesuffix(end) for folder, end in ends if folder.endswith(end)}
        runs = self.result.glob(f"*/{glob.escape(name)}/*/manifest.json")
        trained = {path.parents[2].name for path in runs} - {"baseline"}
        return sorted(prepared | trained)

    def document_map(self, dataset: str, embeddings_fingerprint: str) -> Path:
        """Return the file of the 2-D map of the documents, one per embedding of a corpus."""
        folder = self.workspace / checked_name(dataset) / "maps"
        return folder / f"{embeddings_fingerprint}.npz"

    def run(self, dataset: str, size: str, mode: str) -> RunFiles:
        """Return the files of the THETA run of `dataset` for one size and mode."""
        return RunFiles(
            self.result / checked_name(size) / checked_name(dataset) / checked_name(mode)
        )

    def baseline_run(self, dataset: str, model: str, num_topics: int | str | None) -> RunFiles:
        """Return the files of a baseline's run.

        `num_topics` is ``auto`` if it is estimated, None if the model chooses it itself.
        """
        name = checked_name(dataset)
        folder = "Kauto" if num_topics is None else f"K{num_topics}"
        return RunFiles(self.result / "baseline" / name / model / folder)

    def tuning(self, dataset: str, size: str, mode: str) -> TuningFiles:
        """Return the files of a search for the settings of THETA."""
        folder = self.result / "tuning" / checked_name(size) / checked_name(dataset)
        return TuningFiles(folder / checked_name(mode))

    def baseline_tuning(self, dataset: str, model: str) -> TuningFiles:
        """Return the files of a search for the settings of a baseline."""
        folder = self.result / "tuning" / "baseline" / checked_name(dataset)
        return TuningFiles(folder / model)

    def comparison(self, folder: Path | None = None) -> ComparisonFiles:
        """Return the files of a comparison, in a folder of runs or the result folder."""
        return ComparisonFiles((folder or self.result) / "comparison")


@dataclass(frozen=True)
class CorpusFiles:
    """The files of a prepared corpus."""

    root: Path

    @property
    def vocabulary(self) -> Path:
        """The words, a JSON list in the order of the columns of the bag of words."""
        return self.root / "vocab.json"

    @property
    def bow(self) -> Path:
        """The sparse counts (data, indices, indptr, shape)."""
        return self.root / "bow.npz"

    @property
    def tokens(self) -> Path:
        """The ordered word ids of each document (starts, ids)."""
        return self.root / "tokens.npz"

    @property
    def first_halves(self) -> Path:
        """The counts of the first half of each test document."""
        return self.root / "first_halves.npz"

    @property
    def documents(self) -> Path:
        """The kept documents: id, text, split, label, time, half, the user's columns."""
        return self.root / "documents.parquet"

    @property
    def ledger(self) -> Path:
        """One row per input row: kept or dropped, and why."""
        return self.root / "ledger.csv"

    @property
    def manifest(self) -> Path:
        """Settings and fingerprints; written last."""
        return self.root / "manifest.json"

    @property
    def counted_shards(self) -> Path:
        """Folder of the shards that workers have counted, until the corpus is finished."""
        return self.root.parent / "counted_shards"


@dataclass(frozen=True)
class EmbeddingFiles:
    """The files of the embeddings of one corpus, size and mode."""

    root: Path

    @property
    def documents(self) -> Path:
        """The document vectors, in the order of the corpus."""
        return self.root / "documents.npy"

    @property
    def words(self) -> Path:
        """The word vectors, in the order of the vocabulary."""
        return self.root / "words.npy"

    @property
    def test_halves(self) -> Path:
        """The vectors of the first half of each test document."""
        return self.root / "test_halves.npy"

    @property
    def truncated(self) -> Path:
        """Row numbers of the documents that were truncated; absent if that is unknown."""
        return self.root / "truncated.npy"

    @property
    def adapter(self) -> Path:
        """The fine-tuned adapter, in the peft format."""
        return self.root / "adapter"

    @property
    def manifest(self) -> Path:
        """Settings and fingerprints; written last."""
        return self.root / "manifest.json"

    @property
    def adapters(self) -> Path:
        """Adapters by data and settings of their fine-tuning; kept between runs, like shards."""
        return self.root.parent / "adapters" / self.root.name

    def adapter_folder(self, key: str) -> Path:
        """Return the folder of one finished adapter."""
        return self.adapters / key

    def adapter_training(self, key: str) -> Path:
        """Return the file of an adapter's unfinished training."""
        return self.adapters / f"{key}.training.safetensors"

    @property
    def shards(self) -> Path:
        """Vectors by content hash, shared by all corpora of the dataset and kept between runs.

        It is beside the embeddings, not inside, so that replacing the embeddings keeps it.
        """
        return self.root.parent / "shards" / self.root.name

    def shard_folder(self, space: str) -> Path:
        """Return the folder of the shards of one model and one set of settings."""
        return self.shards / space

    @staticmethod
    def shard_name(checksum: str) -> str:
        """Return the name of a shard, which begins with the checksum of its content."""
        return f"{checksum[:32]}.npz"


@dataclass(frozen=True)
class RunFiles:
    """The files of one complete run."""

    root: Path

    @property
    def config(self) -> Path:
        """The resolved options, versions, seed, device and fingerprints."""
        return self.root / "config.json"

    @property
    def checkpoints(self) -> Path:
        """The folder of the weights and the training history."""
        return self.root / "checkpoints"

    @property
    def weights(self) -> Path:
        """The model's state, as needed for new documents."""
        return self.checkpoints / "best_model.safetensors"

    @property
    def preprocessing(self) -> Path:
        """How documents become words and vectors, to treat new documents alike."""
        return self.checkpoints / "preprocessing.json"

    @property
    def reference(self) -> Path:
        """The reference that the drift of new documents is measured against."""
        return self.checkpoints / "reference.npz"

    @property
    def adapter(self) -> Path:
        """A copy of the fine-tuned adapter of the embedding model."""
        return self.checkpoints / "adapter"

    @property
    def history(self) -> Path:
        """Losses per epoch."""
        return self.checkpoints / "training_history.json"

    @property
    def doc_topic(self) -> Path:
        """θ, n_docs × num_topics."""
        return self.root / "theta.npy"

    @property
    def topic_word(self) -> Path:
        """β, num_topics × n_words."""
        return self.root / "beta.npy"

    @property
    def topic_embeddings(self) -> Path:
        """α, num_topics × dim."""
        return self.root / "topic_embeddings.npy"

    @property
    def topic_words(self) -> Path:
        """The top words of each topic with their weights."""
        return self.root / "topic_words.json"

    @property
    def topic_names(self) -> Path:
        """The automatic name of each topic, with its evidence."""
        return self.root / "topic_names.json"

    @property
    def hierarchy(self) -> Path:
        """The merges of topics, the most similar first, with words and names."""
        return self.root / "hierarchy.json"

    @property
    def levels(self) -> Path:
        """The folder of the tables of topics with fewer topics."""
        return self.root / "levels"

    def level_table(self, num_groups: int) -> Path:
        """Return the table of a number of groups of topics."""
        return self.levels / f"topics_{num_groups}.csv"

    def level_shares(self, num_groups: int) -> Path:
        """Return θ of a number of groups of topics, n_docs × num_groups."""
        return self.levels / f"theta_{num_groups}.npy"

    @property
    def label_answers(self) -> Path:
        """What a language model was asked for names of topics, and what it answered."""
        return self.root / "label_answers.json"

    @property
    def topics_table(self) -> Path:
        """Topics for a spreadsheet: id, share, top words."""
        return self.root / "topics.csv"

    @property
    def doc_topics_table(self) -> Path:
        """Documents for a spreadsheet: id, the user's columns, topic weights, dominant topic."""
        return self.root / "doc_topics.csv"

    def model_table(self, name: str) -> Path:
        """Return a table that only some models write, one of `MODEL_TABLES`."""
        return self.root / MODEL_TABLES[name]

    @property
    def effects(self) -> Path:
        """The effects of covariates on topic shares, with everything that is drawn of them."""
        return self.effects_folder / "effects.json"

    @property
    def effects_folder(self) -> Path:
        """The folder of the effects of covariates."""
        return self.root / "effects"

    @property
    def effects_table(self) -> Path:
        """The effects for a spreadsheet: one row per quantity and topic."""
        return self.effects_folder / "effects.csv"

    @property
    def predicted_shares(self) -> Path:
        """Predicted topic shares along the variables that are drawn as lines."""
        return self.effects_folder / "predicted_shares.csv"

    @property
    def calibrated_topics(self) -> Path:
        """The topics that calibrated shares are shares of, beside those of the run."""
        return self.effects_folder / "calibrated_topics.csv"

    @property
    def permutation_test(self) -> Path:
        """The effects of a variable against those of its shuffled values."""
        return self.effects_folder / "permutation_test.csv"

    @property
    def effects_markdown(self) -> Path:
        """The marginal effects as a table in Markdown."""
        return self.effects_folder / "effects.md"

    @property
    def effects_latex(self) -> Path:
        """The marginal effects as a table in LaTeX."""
        return self.effects_folder / "effects.tex"

    @property
    def relations_folder(self) -> Path:
        """The folder of the correlations of topics and their shares by group."""
        return self.root / "relations"

    @property
    def relations(self) -> Path:
        """The relations of topics, with everything that is drawn of them."""
        return self.relations_folder / "relations.json"

    @property
    def topic_correlations(self) -> Path:
        """Correlations of topics: one row per pair."""
        return self.relations_folder / "topic_correlations.csv"

    @property
    def topics_by_group(self) -> Path:
        """Mean topic shares of groups of documents: one row per topic and value of a column."""
        return self.relations_folder / "topics_by_group.csv"

    @property
    def trends_folder(self) -> Path:
        """The folder of the topics over time."""
        return self.root / "trends"

    @property
    def trends(self) -> Path:
        """The topics over time, with everything that is drawn of them."""
        return self.trends_folder / "trends.json"

    @property
    def shares_over_time(self) -> Path:
        """Mean topic shares and smooth curves: one row per topic and period."""
        return self.trends_folder / "topics_over_time.csv"

    @property
    def trends_table(self) -> Path:
        """How far the share of each topic rises or falls."""
        return self.trends_folder / "trends.csv"

    @property
    def change_points(self) -> Path:
        """Sudden changes in topic shares."""
        return self.trends_folder / "change_points.csv"

    @property
    def words_by_period(self) -> Path:
        """The words of topics in each period."""
        return self.trends_folder / "words_by_period.csv"

    @property
    def evaluation(self) -> Path:
        """The metrics with definitions, values per topic and intervals."""
        return self.root / "metrics" / "evaluation_results.json"

    @property
    def confusion_matrix(self) -> Path:
        """Test documents by true and predicted label, for runs that have learnt labels."""
        return self.root / "metrics" / "confusion_matrix.csv"

    @property
    def visualizations(self) -> Path:
        """The folder of figures and the report."""
        return self.root / "visualizations"

    @property
    def report(self) -> Path:
        """The interactive report page."""
        return self.visualizations / "report.html"

    @property
    def topic_browser(self) -> Path:
        """The page of topics and their words by relevance, in the style of LDAvis."""
        return self.visualizations / "pyldavis.html"

    @property
    def before_edit(self) -> Path:
        """The folder of the run as it was before its last edit."""
        return self.root / "before_edit"

    @property
    def log(self) -> Path:
        """The log of the program for this run."""
        return self.root / "run.log"

    @property
    def manifest(self) -> Path:
        """Checksums of the run's files and fingerprints of its inputs; written last."""
        return self.root / "manifest.json"

    @property
    def intrusion(self) -> Path:
        """The folder of the keys of kits for coders, and of what coders answered."""
        return self.root / "intrusion"

    def intrusion_key(self, kit: str) -> Path:
        """Return the file that tells the intruders of one kit."""
        return self.intrusion / f"key_{kit}.json"

    @property
    def intrusion_keys(self) -> list[Path]:
        """The keys that exist."""
        return sorted(self.intrusion.glob("key_*.json"))

    @property
    def intrusion_scores(self) -> Path:
        """Scores of the coders' answers."""
        return self.intrusion / "scores.json"

    @property
    def intrusion_table(self) -> Path:
        """Scores of each topic for a spreadsheet."""
        return self.intrusion / "scores.csv"

    @property
    def intrusion_ledger(self) -> Path:
        """One row per answer: counted or not, and why."""
        return self.intrusion / "answers.csv"

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


@dataclass(frozen=True)
class TuningFiles:
    """The files of a search for settings."""

    root: Path

    @property
    def journal(self) -> Path:
        """Every trial as it happened, in the format of Optuna's journal; only appended to."""
        return self.root / "journal.jsonl"

    @property
    def trials(self) -> Path:
        """One row per training, for a spreadsheet."""
        return self.root / "trials.csv"

    @property
    def result(self) -> Path:
        """The recommended setting, its reasons, ranges and importance."""
        return self.root / "tuning.json"

    @property
    def report(self) -> Path:
        """The page of the search."""
        return self.root / "report.html"

    @property
    def log(self) -> Path:
        """The log of the program for this search."""
        return self.root / "tuning.log"

    @property
    def shared(self) -> Path:
        """Arrays that the trainings share; removed when the search is finished."""
        return self.root / "shared"

    def unfinished_training(self, trial: int, seed: int) -> Path:
        """Return the checkpoint of a training that is not finished."""
        return self.root / f".training-{trial}-{seed}.safetensors"

    def figure(self, chart: str, suffix: str = "png") -> Path:
        """Return the path of a chart."""
        return self.root / "figures" / f"{chart}.{suffix}"


@dataclass(frozen=True)
class PaperFiles:
    """The files for a paper."""

    root: Path

    @property
    def methods(self) -> Path:
        """The methods paragraph."""
        return self.root / "methods.md"

    @property
    def methods_latex(self) -> Path:
        """The methods paragraph for LaTeX."""
        return self.root / "methods.tex"

    @property
    def bibliography(self) -> Path:
        """BibTeX of the publications that are cited."""
        return self.root / "references.bib"

    @property
    def topics(self) -> Path:
        """The topics for a spreadsheet or Word."""
        return self.root / "topics.csv"

    @property
    def topics_latex(self) -> Path:
        """The topics as a table in LaTeX."""
        return self.root / "topics.tex"

    @property
    def metrics(self) -> Path:
        """The metrics for a spreadsheet or Word."""
        return self.root / "metrics.csv"

    @property
    def metrics_latex(self) -> Path:
        """The metrics as a table in LaTeX."""
        return self.root / "metrics.tex"

    @property
    def documents(self) -> Path:
        """Typical and exclusive documents of each topic."""
        return self.root / "representative_documents.csv"

    @property
    def figures(self) -> Path:
        """The folder of the charts."""
        return self.root / "figures"


@dataclass(frozen=True)
class KitFiles:
    """The files that coders get."""

    root: Path

    def page(self, coder: int) -> Path:
        """Return the page on which a coder answers."""
        return self.root / f"coder_{coder}.html"

    def sheet(self, coder: int, suffix: str) -> Path:
        """Return the spreadsheet in which a coder answers."""
        return self.root / f"coder_{coder}.{suffix}"

    def download(self, coder: int) -> Path:
        """Return the file that the page of a coder downloads."""
        return self.answers / f"answers_{coder}.csv"

    @property
    def instructions(self) -> Path:
        """The instructions for coders who use the spreadsheet."""
        return self.root / "instructions.txt"

    @property
    def answers(self) -> Path:
        """A folder for what comes back."""
        return self.root / "answers"

    def model_answers(self, model: str) -> Path:
        """Return the file of the answers of a language model."""
        return self.answers / f"{re.sub(r'[^A-Za-z0-9.]+', '-', model).strip('-.') or 'model'}.csv"


@dataclass(frozen=True)
class ComparisonFiles:
    """The files of a comparison of runs."""

    root: Path

    @property
    def table(self) -> Path:
        """The table for a spreadsheet."""
        return self.root / "comparison.csv"

    @property
    def figure(self) -> Path:
        """The table as a figure."""
        return self.root / "comparison.png"

    @property
    def seeds(self) -> Path:
        """Spread over seeds and the reference model's lead, for a spreadsheet."""
        return self.root / "seeds.csv"


def checked_name(name: str) -> str:
    """Return `name` if it is safe as the name of one folder.

    Raises
    ------
    InvalidOption
        If the name is empty, starts with a dot or holds a path separator.
    """
    if not _NAME.fullmatch(name) or ".." in name:
        raise InvalidOption(
            f"{name!r} cannot name a folder: use letters, digits, '_', '-', '.' and spaces, "
            "starting with a letter or digit"
        )
    return name
