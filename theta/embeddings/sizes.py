"""The sizes of the embedding model.

Nothing heavy is imported here: the choices of ``--model_size`` come from this table.
"""

from __future__ import annotations

from dataclasses import dataclass

from theta.errors import InvalidOption


@dataclass(frozen=True)
class Size:
    """One choice of ``--model_size``.

    Attributes
    ----------
    name : str
        As typed.
    model_id : str
        The model on the Hugging Face hub; the part after the slash is its folder's name.
    dim : int
        Dimensions of a vector.
    max_length : int
        Tokens that the model takes at most.
    pooling : str
        Where the model's own files do not say: ``mean`` or ``last``.
    parameters : int
        Number of weights; twice that is the memory in bytes in bfloat16.
    languages : str
    """

    name: str
    model_id: str
    dim: int
    max_length: int
    pooling: str
    parameters: int
    languages: str

    def reads(self, language: str) -> bool:
        """Return whether it was trained on texts of a language, named as in the corpus."""
        return self.languages != "English" or language == "english"

    @property
    def folder(self) -> str:
        """Name of the model's folder inside THETA_MODELS_DIR."""
        return self.model_id.split("/")[-1]


SIZES: dict[str, Size] = {
    size.name: size
    for size in (
        Size(
            "mini",
            "sentence-transformers/all-MiniLM-L6-v2",
            dim=384,
            max_length=256,
            pooling="mean",
            parameters=22_713_216,
            languages="English",
        ),
        Size(
            "0.6B",
            "Qwen/Qwen3-Embedding-0.6B",
            dim=1024,
            max_length=32_768,
            pooling="last",
            parameters=595_776_512,
            languages="100+ languages",
        ),
        Size(
            "4B",
            "Qwen/Qwen3-Embedding-4B",
            dim=2560,
            max_length=32_768,
            pooling="last",
            parameters=4_021_774_336,
            languages="100+ languages",
        ),
        Size(
            "8B",
            "Qwen/Qwen3-Embedding-8B",
            dim=4096,
            max_length=32_768,
            pooling="last",
            parameters=7_567_295_488,
            languages="100+ languages",
        ),
    )
}


def known_size(name: str) -> Size:
    """Return the row of the table, or raise `InvalidOption` with the names there are."""
    if name not in SIZES:
        raise InvalidOption(f"--model_size {name}: choose one of {', '.join(SIZES)}")
    return SIZES[name]


def sizes_reading(language: str) -> tuple[str, ...]:
    """Return the names of the sizes that were trained on a language, the smallest first."""
    return tuple(size.name for size in SIZES.values() if size.reads(language))
