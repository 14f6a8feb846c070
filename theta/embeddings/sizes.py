"""The sizes of the embedding model: what each can do. Nothing heavy is imported here."""

from __future__ import annotations

from dataclasses import dataclass

from theta.options.model_names import MODEL_IDS, check_size


@dataclass(frozen=True)
class Size:
    """One choice of ``--model_size``.

    Attributes
    ----------
    name : str
        As typed.
    dim : int
        Dimensions of a vector.
    max_length : int
        Tokens that the model takes at most.
    pooling : str
        Where the model's own files do not say: ``mean``, ``last`` or ``cls``.
    parameters : int
        Number of weights; twice that is the memory in bytes in bfloat16.
    languages : tuple of str, optional
        Names of the languages that it was trained on, as in `theta.corpus.languages`; None: all
        that matter here, one hundred or more.
    """

    name: str
    dim: int
    max_length: int
    pooling: str
    parameters: int
    languages: tuple[str, ...] | None = None

    @property
    def model_id(self) -> str:
        """The model on the Hugging Face hub; the part after the slash is its folder's name."""
        return MODEL_IDS[self.name]

    def reads(self, language: str) -> bool:
        """Return whether it was trained on texts of a language, named as in the corpus."""
        return self.languages is None or language in self.languages

    @property
    def folder(self) -> str:
        """Name of the model's folder inside THETA_MODELS_DIR."""
        return self.model_id.split("/")[-1]


SIZES: dict[str, Size] = {
    size.name: size
    for size in (
        Size(
            "mini",
            dim=384,
            max_length=256,
            pooling="mean",
            parameters=22_713_216,
            languages=("english",),
        ),
        # Apache-2.0, 195 MB, 2026: the best retrieval of the open multilingual models below 100 M
        # parameters (arXiv 2605.13521), without a prompt. Twelve layers of ModernBERT.
        Size(
            "mini_multilingual",
            dim=384,
            max_length=32_768,
            pooling="cls",
            parameters=97_000_000,
        ),
        Size(
            "0.6B",
            dim=1024,
            max_length=32_768,
            pooling="last",
            parameters=595_776_512,
        ),
        Size(
            "4B",
            dim=2560,
            max_length=32_768,
            pooling="last",
            parameters=4_021_774_336,
        ),
        Size(
            "8B",
            dim=4096,
            max_length=32_768,
            pooling="last",
            parameters=7_567_295_488,
        ),
    )
}


def known_size(name: str) -> Size:
    """Return the row of the table, or raise `InvalidOption` with the names there are."""
    check_size(name)
    return SIZES[name]


def sizes_reading(language: str) -> tuple[str, ...]:
    """Return the names of the sizes that were trained on a language, the smallest first."""
    return tuple(size.name for size in SIZES.values() if size.reads(language))
