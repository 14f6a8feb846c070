"""The options of prepare_data.py."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from theta.layout import MODES
from theta.options.declare import Scope, option
from theta.options.model_names import AUTO, DEFAULT_SIZE, check_size, resolve_model_size

DATE_ORDERS = ("dmy", "mdy", "ymd")
PRECISIONS = ("auto", "float32", "bfloat16")
"""Number formats that an embedding model can compute in."""

AUTOMATIC_EPOCHS = {"supervised": 6, "unsupervised": 1}
"""How often fine-tuning goes through the texts if nobody says. Once without labels, as Gao et al.
2021, appendix A; with labels twice as often as their 3 times, since an epoch reads one window of a
text of several."""


@dataclass(frozen=True)
class DataOptions:
    """What is prepared, and for what."""

    dataset: str | None = option(
        None,
        "Name of the data set: the folder data/NAME, or a built-in one (lee, 20newsgroups).",
        scope=Scope.RESULT,
    )
    model: str = option(
        "theta",
        "What the corpus is prepared for: theta (with embeddings), baseline (counts only) or dtm "
        "(counts with dates).",
        choices=("theta", "baseline", "dtm"),
        scope=Scope.RESULT,
    )
    mode: str = option(
        "zero_shot", "How the embedding model is used: as it is, or fine-tuned.", choices=MODES
    )
    raw_input: str | None = option(
        None,
        "Take the documents from this file, folder or address (s3://bucket/folder) instead of the "
        "folder data/DATASET.",
        metavar="FILE",
        scope=Scope.RESULT,
    )


@dataclass(frozen=True)
class CorpusOptions:
    """How documents become a corpus."""

    vocab_size: int | str = option(
        "auto",
        "Words in the vocabulary; auto depends on the size of the corpus.",
        valid=(2, None),
        usual=(1000, 20000),
        choices=("auto",),
    )
    language: str = option(
        "auto",
        "Language of the texts (english, chinese, german, ...), several with commas "
        "(english,chinese), und for no stop words, or auto to detect it.",
    )
    clean: bool = option(
        False, "Remove HTML, URLs, e-mail addresses and control characters; repair broken encoding."
    )
    sheet: str | None = option(
        None,
        "Sheet of an Excel workbook, by name or number from 1. Default: the first with a text "
        "column.",
        scope=Scope.RESULT,
    )
    text_column: str | None = option(
        None,
        "Column that contains the text, by name, or by number from 1 if there is no header.",
        scope=Scope.RESULT,
    )
    label_column: str | None = option(
        None, "Column that contains the label, by name or number.", scope=Scope.RESULT
    )
    time_column: str | None = option(
        None, "Column that contains the date or year, by name or number.", scope=Scope.RESULT
    )
    date_order: str = option(
        "auto",
        "Order of day, month and year in dates such as 05/01/2021; auto infers it from the "
        "whole column.",
        choices=("auto", *DATE_ORDERS),
        scope=Scope.RESULT,
    )
    stopwords: Path | None = option(None, "File of additional stop words, one per line.")
    min_df: int | str = option(
        "auto",
        "Fewest training documents that must contain a word; auto: 5, fewer for a small corpus.",
        valid=(1, None),
        usual=(1, 100),
        choices=("auto",),
    )
    max_df: float = option(
        0.7,
        "Largest share of the training documents that may contain a word.",
        valid=(0.0, 1.0),
        usual=(0.1, 1.0),
    )
    ngram_max: int = option(
        1, "Longest sequence of words that is counted as one word.", valid=(1, 5), usual=(1, 3)
    )
    phrases: bool = option(
        False,
        "Join neighbouring words that occur together far more often than by chance: new_york.",
    )
    lemmatize: bool = option(
        False,
        "Count words in their dictionary form (talossa, taloissa: talo), with simplemma's tables; "
        "for inflected languages such as Finnish, Polish, Russian and Turkish.",
    )
    min_tokens: int = option(
        1, "Fewest vocabulary words that a document needs to be kept.", valid=(0, None)
    )
    lowercase: bool = option(True, "Count words in lower case.")
    keep_numbers: bool = option(False, "Count numbers as words.")
    drop_duplicates: bool = option(
        False, "Keep only the first of several documents with the same text."
    )
    drop_near_duplicates: float | None = option(
        None,
        "Keep only the first of several documents whose texts are at least this similar "
        "(Jaccard similarity of their sets of three words in a row, estimated by MinHash).",
        valid=(0.5, 1.0),
        usual=(0.7, 1.0),
    )
    drop_boilerplate: bool = option(
        False,
        "Remove lines and sentences that at least 10 documents, and 1 in 1,000, share (signatures, "
        "footers).",
    )
    test_share: float = option(
        0.1,
        "Share of the documents held out for perplexity; 0 holds out none.",
        valid=(0.0, 0.9),
        usual=(0.0, 0.3),
    )
    seed: int = option(
        0,
        "Seed of the split into training, validation and test documents, and of the fine-tuning.",
        valid=(0, 2**32 - 1),
    )


@dataclass(frozen=True)
class EmbeddingOptions:
    """How texts become vectors."""

    model_size: str = option(
        AUTO,
        "Embedding model: mini (small, English), mini_multilingual (small, 200 languages), or "
        f"0.6B, 4B, 8B (Qwen3-Embedding); auto: {DEFAULT_SIZE}, or the name of the model of "
        "--embedding_model. Beside --embedding_model it is any name that vectors and runs are to "
        "be stored under.",
    )
    batch_size: int | str = option(
        "auto",
        "Most documents per embedding batch; auto: 32, and on a GPU as many as its memory allows.",
        valid=(1, None),
        usual=(1, 1024),
        choices=("auto",),
        scope=Scope.MANNER,
    )
    max_length: int = option(
        512,
        "Tokens of a document that the embedding model reads; capped by the model's own limit.",
        valid=(2, None),
        usual=(16, 32768),
    )
    long_docs: str = option(
        "truncate",
        "Documents longer than --max_length: read only their beginning, or embed windows and take "
        "their mean.",
        choices=("truncate", "mean"),
    )
    embedding_model: str | None = option(
        None,
        "Folder or Hugging Face id of a model in the layout of sentence-transformers, to use "
        "instead of those of --model_size; an id that is not on this machine is downloaded. With "
        "--embedding_api_base: the model's name on the server.",
        metavar="FOLDER_OR_ID",
    )
    embedding_prompt: str | None = option(
        None,
        "Text put before every document, as models such as E5 expect; '' puts none. Not given: the "
        "document prompt that the model's own configuration declares.",
        metavar="TEXT",
        empty_allowed=True,
    )
    trust_remote_code: bool = option(
        False,
        "Run the Python code that comes with the model of --embedding_model, and fetch it from the "
        "hub if it is not on this machine. Read it first: it can do anything that you can.",
    )
    embedding_dim: int | None = option(
        None, "Keep only the first N dimensions of the vectors (Matryoshka).", valid=(2, None)
    )
    embedding_api_base: str | None = option(
        None, "Embed through a server that speaks the OpenAI protocol at this URL. Texts go there."
    )
    embedding_api_key_env: str | None = option(
        None, "Environment variable that holds the server's key.", metavar="NAME"
    )
    precision: str = option(
        "auto",
        "Number format that the embedding model computes in; auto: that of the vectors that are "
        "there already, else bfloat16 on a GPU and on a CPU that is measured to be faster in it.",
        choices=PRECISIONS,
    )
    engine: str = option(
        "local",
        "Count words and embed on this machine, or on the workers of a Ray cluster that all see "
        "the workspace.",
        choices=("local", "ray"),
        scope=Scope.PLACE | Scope.ESTIMATOR,
    )
    ray_address: str | None = option(
        None,
        "Address of the Ray cluster; auto joins the one that runs here.",
        scope=Scope.PLACE | Scope.ESTIMATOR,
    )


@dataclass(frozen=True)
class FinetuneOptions:
    """How the embedding model is fine-tuned; without effect in the mode zero_shot."""

    finetune_epochs: int | str = option(
        "auto",
        "With --mode supervised or unsupervised: how often to go through the training texts; auto: "
        f"{AUTOMATIC_EPOCHS['supervised']} times with labels, {AUTOMATIC_EPOCHS['unsupervised']} "
        "without.",
        valid=(1, None),
        usual=(1, 10),
        choices=("auto",),
    )
    finetune_lr: float = option(
        1e-3,
        "Highest learning rate of the fine-tuning; it rises over the first tenth of the steps "
        "and then falls to zero.",
        valid=(1e-8, 1.0),
        usual=(1e-5, 2e-3),
    )
    finetune_batch_size: int = option(
        64,
        "Training texts that are contrasted in one step of the fine-tuning.",
        valid=(4, None),
        usual=(16, 512),
    )
    lora_r: int = option(
        8,
        "Rank of the fine-tuned adapter (LoRA): higher can learn more.",
        valid=(1, 512),
        usual=(4, 64),
    )
    lora_alpha: int = option(
        16,
        "Strength of the adapter; its effect is multiplied by lora_alpha / lora_r.",
        valid=(1, None),
        usual=(4, 128),
    )


@dataclass(frozen=True)
class PrepareOptions(FinetuneOptions, EmbeddingOptions, CorpusOptions, DataOptions):
    """All options of prepare_data.py."""

    gpu: int | None = option(
        None,
        "Number of the GPU among those in CUDA_VISIBLE_DEVICES, or -1 for the CPU. Default: the "
        "first GPU, or else the CPU.",
        valid=(-1, None),
        scope=Scope.PLACE | Scope.ESTIMATOR,
    )
    threads: int | str = option(
        "auto",
        "CPU threads. auto: one for training on fewer than 50,000 documents and for applying such "
        "a run, where a second one saves little and is slowed down by other programs; all cores, "
        "or OMP_NUM_THREADS, for more documents and for embedding. The same number gives the same "
        "bits; the record of a run, of embeddings and of an inference has it.",
        valid=(1, 1024),
        choices=("auto",),
        scope=Scope.PLACE | Scope.ESTIMATOR,
    )
    bow_only: bool = option(False, "Prepare the corpus without embeddings.", scope=Scope.RESULT)
    check_only: bool = option(
        False, "Report what is prepared and what is missing; write nothing.", scope=Scope.MANNER
    )
    list_datasets: bool = option(
        False, "List the built-in data sets and those in data/.", scope=Scope.MANNER
    )
    preview: int = option(
        0,
        "Show how this many documents are prepared: the text that is embedded, the words that are "
        "counted, and the words that are removed and why; write nothing.",
        valid=(0, None),
        usual=(0, 100),
        scope=Scope.MANNER,
    )
    force: bool = option(False, "Prepare again even if nothing has changed.", scope=Scope.MANNER)
    dry_run: bool = option(
        False,
        "Show the resolved options and what would be read and written; do nothing.",
        scope=Scope.MANNER,
    )
    json: bool = option(False, "Print the result as one JSON object on stdout.", scope=Scope.MANNER)
    quiet: bool = option(False, "Print only warnings and errors.", scope=Scope.MANNER)
    verbose: bool = option(False, "Print more details.", scope=Scope.MANNER)
    config: Path | None = option(
        None, "YAML file of options; typed options take precedence.", metavar="FILE", scope=Scope(0)
    )

    def __post_init__(self) -> None:
        size = resolve_model_size(self.model_size, self.embedding_model)
        if self.embedding_model is None:
            check_size(size)
        object.__setattr__(self, "model_size", size)
