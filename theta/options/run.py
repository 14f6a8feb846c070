"""The options of run_pipeline.py that do not depend on the model."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from theta.errors import InvalidOption
from theta.options.declare import Scope, option, redeclare
from theta.options.model_names import AUTO, DEFAULT_SIZE, resolve_model_size
from theta.options.prepare import PrepareOptions

PERIODS = ("day", "week", "month", "quarter", "year", "decade")
"""Periods of time, the finest first."""


@dataclass(frozen=True)
class RunOptions:
    """Options of training, evaluating and drawing topic models."""

    dataset: str | None = redeclare(PrepareOptions, "dataset", None)
    models: tuple[str, ...] = option(
        ("theta",), "Topic models, separated by commas.", scope=Scope.PLACE
    )
    model_size: str = option(
        AUTO,
        "Name of the embeddings: a size, or the name that a model of --embedding_model was "
        f"prepared under; auto: {DEFAULT_SIZE}, or the name of --embedding_model.",
    )
    embedding_model: str | None = option(
        None,
        "Model of your own that the embeddings were prepared with, in place of its name as "
        "--model_size; --prepare uses it.",
        metavar="FOLDER_OR_ID",
        # The name that it resolves to is recorded as model_size.
        scope=Scope.MANNER,
    )
    mode: str = redeclare(PrepareOptions, "mode", "zero_shot")
    gpu: int | None = redeclare(PrepareOptions, "gpu", None)
    threads: int | str = redeclare(PrepareOptions, "threads", "auto")
    max_memory: float | None = option(
        None,
        "GiB of memory for the documents (embeddings and counts) in training; if they need more, "
        "each batch is read from disk, with the same result. Default: half of the memory.",
        valid=(0.0, None),
        scope=Scope.MANNER,
    )
    seed: int = option(
        0,
        "Seed of all random numbers: the same seed on the same machine gives the same bits.",
        valid=(0, 2**32 - 1),
    )
    train_documents: int | None = option(
        None,
        "Train on this many of the training documents, drawn by the content of their texts; all "
        "documents get topics. Default: all.",
        valid=(2, None),
        metavar="N",
        scope=Scope.RESULT,
    )
    update: Path | None = option(
        None,
        "Continue from the topics of this finished run: train on --dataset, which holds old and "
        "new documents, and report how far each topic has moved.",
        metavar="RUN_DIR",
        scope=Scope.RESULT,
    )
    new_topics: int = option(
        0,
        "With --update: topics to add to those of the run, for documents unlike the earlier ones.",
        valid=(0, None),
        usual=(0, 20),
        scope=Scope.RESULT,
    )
    rank_words: bool = option(
        False,
        "Rank the top words of every model as THETA does by default: by relevance, co-occurrence "
        "and, in models that use embeddings, meaning. No effect on theta, which has its own "
        "options for this.",
        scope=Scope.RESULT,
    )
    fold_forms: bool = option(
        False,
        "List only the best of the forms of an English word, such as gun and guns, in a topic, "
        "written gun(s). The metrics are computed for this list, and those that depend on the "
        "words for the list without folding too.",
        scope=Scope.RESULT,
        formerly=False,
    )
    seeds: tuple[int, ...] | None = option(
        None,
        "Train once per seed (0,1,2), keep the run with the best validation ELBO and report how "
        "far the topics agree; with several models, whether THETA's lead exceeds chance.",
        valid=(0, 2**32 - 1),
        scope=Scope.RESULT,
    )
    language: str = option(
        "en",
        "Language of the charts and the report page.",
        choices=("en", "zh"),
        aliases={"english": "en", "chinese": "zh"},
        scope=Scope.PLACE,
    )
    checkpoint_every: int = option(
        10,
        "Epochs between checkpoints of an unfinished training; 0 saves none.",
        valid=(0, None),
        usual=(0, 100),
        scope=Scope.MANNER,
    )
    resume: bool = option(
        False,
        "Continue an interrupted training, with the same bits as without interruption.",
        scope=Scope.MANNER,
    )
    prepare: bool = option(
        False,
        "Prepare the data first, with the defaults of prepare_data.py and the `prepare:` part of "
        "the YAML file.",
        scope=Scope.MANNER,
    )
    skip_train: bool = option(
        False, "Evaluate and draw the existing run; train nothing.", scope=Scope.MANNER
    )
    skip_eval: bool = option(False, "Skip the metrics.", scope=Scope.MANNER)
    skip_viz: bool = option(False, "Skip the charts and the report page.", scope=Scope.MANNER)
    reference_corpus: Path | None = option(
        None,
        "Text file, one document per line, in which coherence is counted instead of the corpus.",
        metavar="FILE",
        scope=Scope.RESULT,
    )
    effects: str | None = option(
        None,
        "Regress the share of each topic on covariates by this formula, as in "
        "'~ party * year + spline(age, 4)'; with --skip_train, in a finished run.",
        metavar="FORMULA",
        scope=Scope.PLACE,
    )
    response: str = option(
        "share",
        "With --effects: least squares on the share or on its log odds (logit), or a fractional "
        "logistic regression.",
        choices=("share", "logit", "fractional"),
        scope=Scope.PLACE,
    )
    period: str = option(
        AUTO,
        "With dates: period whose mean topic shares are shown over time; auto: the finest with at "
        "most 40 periods that has enough documents in each.",
        choices=(AUTO, *PERIODS),
        scope=Scope.PLACE,
    )
    draws: int = option(
        25,
        "With dates or --effects: draws of the topic shares from their posterior, which put their "
        "uncertainty into the errors; 0 takes the shares as known.",
        valid=(0, 1000),
        usual=(10, 200),
        scope=Scope.PLACE,
    )
    shares: str = option(
        "calibrated",
        "With dates or --effects: topic shares re-estimated from the words of the documents, with "
        "a prior that is learned (calibrated), or those of the model, as in theta.npy.",
        choices=("calibrated", "model"),
        scope=Scope.PLACE,
    )
    prevalence: str | None = option(
        None,
        "With --shares calibrated: formula of the prior mean of the shares; '~ 1' is a common "
        "mean. Default: the formula of the effects.",
        metavar="FORMULA",
        scope=Scope.PLACE,
    )
    permutation_test: str | None = option(
        None,
        "With --effects: column with two levels whose effects are compared with those of its "
        "shuffled values; the shares are calibrated again for each permutation, and a model with "
        "covariates is trained again.",
        metavar="COLUMN",
        scope=Scope.PLACE,
    )
    permutations: int = option(
        99,
        "Permutations of --permutation_test.",
        valid=(1, 9999),
        usual=(99, 999),
        scope=Scope.PLACE,
    )
    cluster: str | None = option(
        None,
        "With --effects: column of dependent documents, such as their author, for clustered "
        "errors.",
        metavar="COLUMN",
        scope=Scope.PLACE,
    )
    pool_below: int = option(
        5,
        "With --effects: levels with fewer documents are pooled into one.",
        valid=(1, None),
        usual=(1, 100),
        scope=Scope.PLACE,
    )
    levels: tuple[int, ...] = option(
        (),
        "Write the topics at these smaller numbers of topics too (5,20), by merging those that are "
        "alike: shares add up.",
        valid=(1, None),
        scope=Scope.PLACE,
    )
    label_api_base: str | None = option(
        None,
        "Let a language model name the topics, on a server that speaks the OpenAI protocol at this "
        "URL. Top words and beginnings of documents go there.",
        scope=Scope.PLACE,
    )
    label_model: str | None = option(
        None, "Name of the language model on the server of --label_api_base.", scope=Scope.PLACE
    )
    label_api_key_env: str | None = option(
        None,
        "Environment variable that holds the key of the server of --label_api_base.",
        metavar="NAME",
        scope=Scope.PLACE,
    )
    compare: tuple[Path, ...] = option(
        (),
        "Compare finished runs in one table; train nothing.",
        variadic=True,
        metavar="RESULT_DIR",
        scope=Scope.MANNER,
    )
    verify: Path | None = option(
        None,
        "Train a finished run again from its record and report differences.",
        metavar="RUN_DIR",
        scope=Scope.MANNER,
    )
    infer: str | None = option(
        None,
        "Apply the finished run to the new documents in this file or folder, or at this address "
        "(s3://bucket/folder); train nothing.",
        metavar="FILE",
        scope=Scope.MANNER,
    )
    run: Path | None = option(
        None,
        "With --infer: folder of the finished run to apply, in place of --dataset, --models and "
        "the other options that a run is found by.",
        metavar="RUN_DIR",
        scope=Scope.MANNER,
    )
    edit: Path | None = option(
        None,
        "Edit the topics of the finished run by this YAML file; train nothing.",
        metavar="FILE",
        scope=Scope.MANNER,
    )
    infer_output: str | None = option(
        None,
        "Table that --infer writes, .csv or .parquet; or a folder or address for a Parquet file "
        "per shard of the documents. Default: FILE_topics.csv beside the file; FILE_topics, a "
        "folder, with --engine ray or for an address.",
        metavar="FILE",
        scope=Scope.MANNER,
    )
    engine: str = option(
        "local",
        "With --infer or --tune: work on this machine, or on the workers of a Ray cluster that "
        "all see the folders of the project.",
        choices=("local", "ray"),
        scope=Scope.MANNER,
    )
    ray_address: str | None = option(
        None,
        "With --engine ray: address of the Ray cluster; auto joins the one that runs here.",
        scope=Scope.MANNER,
    )
    workers: int | None = option(
        None,
        "With --infer or --tune: processes that work at the same time; in a search, several GPUs "
        "are shared among them. Default: this process alone; with --engine ray: one per GPU of "
        "the cluster, or per core.",
        valid=(1, None),
        usual=(1, 64),
        scope=Scope.MANNER,
    )
    text_column: str | None = option(
        None,
        "With --infer: column that contains the text, by name, or by number from 1 if there is no "
        "header. Default: the column of the corpus.",
        scope=Scope.MANNER,
    )
    sheet: str | None = option(
        None,
        "With --infer: sheet of an Excel workbook, by name or number from 1. Default: the first "
        "with a text column.",
        scope=Scope.MANNER,
    )
    sort_by: str = option("NPMI", "Column that --compare sorts by.", scope=Scope.MANNER)
    check_only: bool = option(
        False,
        "Report what is ready, stale or missing and the commands that make it; write nothing.",
        scope=Scope.MANNER,
    )
    output_dir: Path | None = option(
        None, "Write the run into this folder instead of result/.", metavar="DIR", scope=Scope.PLACE
    )
    dry_run: bool = redeclare(PrepareOptions, "dry_run", False)
    json: bool = redeclare(PrepareOptions, "json", False)
    quiet: bool = redeclare(PrepareOptions, "quiet", False)
    verbose: bool = redeclare(PrepareOptions, "verbose", False)
    config: Path | None = redeclare(PrepareOptions, "config", None)

    def __post_init__(self) -> None:
        size = resolve_model_size(self.model_size, self.embedding_model)
        object.__setattr__(self, "model_size", size)
        check_draws(self.draws)
        check_shares(self.shares, self.prevalence, self.permutation_test)
        check_label_server(self.label_api_base, self.label_model)
        if self.label_api_base is not None and self.skip_train:
            raise InvalidOption(
                "--skip_train names no topics: leave out --label_api_base, and name those of the "
                "finished run with theta label --run RUN --label_api_base URL --label_model NAME"
            )


def check_draws(draws: int) -> None:
    """Raise `InvalidOption` for a single draw, which tells nothing of its variance."""
    if draws == 1:
        raise InvalidOption("--draws 1: one draw has no variance; use 2 or more, or 0 for none")


def check_shares(shares: str, prevalence: str | None, permutation_test: str | None) -> None:
    """Raise `InvalidOption` if an option of calibrated shares is set for those of the model."""
    typed = {"--prevalence": prevalence, "--permutation_test": permutation_test}
    for flag, value in typed.items():
        if value is not None and shares == "model":
            raise InvalidOption(
                f"{flag} {value!r} has no effect with --shares model, whose shares are not "
                "estimated again; leave out one of them"
            )


def check_label_server(url: str | None, model: str | None) -> None:
    """Raise `InvalidOption` if only one of a server and its model is named."""
    if (url is None) != (model is None):
        raise InvalidOption("--label_api_base and --label_model are needed together")
