"""What an estimator keeps of its run, and what the run needs to know of new texts."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from theta.devices.threads import embedding_threads
from theta.errors import InvalidOption
from theta.estimator.texts import checked_covariates, checked_times, covariate_values
from theta.layout import ProjectPaths
from theta.models.base import TopicModel
from theta.pipeline.keep import adapter_of
from theta.pipeline.precomputed import check_vectors
from theta.run import Run
from theta.run.preprocessing import PRECOMPUTED, start_encoder

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from theta.embeddings.apply import TextEncoder

logger = logging.getLogger(__name__)


def checked_vectors(
    embeddings: Any, n_texts: int, model: type[TopicModel], name: str
) -> NDArray[np.float16]:
    """Return vectors of texts as `theta.pipeline.precomputed.check_vectors` does.

    Raises
    ------
    InvalidOption
        If the model uses none, or they are not one vector per text.
    """
    if "embeddings" not in model.needs:
        raise InvalidOption(f"{name} does not use embeddings: leave them out")
    return check_vectors(embeddings, n_texts)


class FittedModel:
    """A run in memory, which needs neither its folder nor its corpus any more.

    Parameters
    ----------
    run : Run
    name : str
        Name of the estimator, for messages.

    Attributes
    ----------
    run : Run
    """

    def __init__(self, run: Run, name: str) -> None:
        self._name = name
        self._adapter: Mapping[str, bytes] = {}
        self._encoder: tuple[Any, TextEncoder] | None = None
        adapter = adapter_of(run)
        if adapter is not None:
            files = [path for path in adapter.rglob("*") if path.is_file()]
            self._adapter = {str(path.relative_to(adapter)): path.read_bytes() for path in files}
        run.detach()
        self.run = run

    def __getstate__(self) -> dict[str, Any]:
        # The encoder is hundreds of megabytes that are on disk anyway.
        return {**vars(self), "_encoder": None}

    def vectors(
        self, embeddings: Any, n_texts: int, device: str, threads: int | str
    ) -> TextEncoder | NDArray[np.float16] | None:
        """Return the vectors of texts, or the encoder that makes them; None if none are needed."""
        facts = self.run.preprocessing.embedding
        if embeddings is not None:
            vectors = checked_vectors(embeddings, n_texts, type(self.run.model), self._name)
            if facts is not None and vectors.shape[1] != facts["dim"]:
                raise InvalidOption(
                    f"embeddings have {vectors.shape[1]} dimensions, but those of fit have "
                    f"{facts['dim']}"
                )
            return vectors
        if facts is None:
            return None
        if facts["model"] == PRECOMPUTED:
            raise InvalidOption("fit was called with embeddings: pass those of these texts too")
        computed_by = (device, embedding_threads(threads))
        if self._encoder is None or self._encoder[0] != computed_by:
            with self.unpacked_adapter() as adapter:
                project = ProjectPaths.from_environment()
                encoder = start_encoder(facts, adapter or Path(), project, *computed_by)
            self._encoder = (computed_by, encoder)
        return self._encoder[1]

    def times(self, times: Any, n_texts: int) -> list[str | None] | None:
        """Return the dates of texts; None if the model needs none."""
        if "times" not in self.run.model.needs:
            return None
        if times is None:
            raise InvalidOption(f"{self._name} needs dates: transform(texts, times=...)")
        return checked_times(times, n_texts)

    def covariates(self, covariates: Any, n_texts: int) -> dict[str, NDArray[Any]]:
        """Return the covariates of texts that the model needs; warn of missing numbers."""
        design = self.run.design
        if design is None:
            return {}
        columns = {} if covariates is None else checked_covariates(covariates, n_texts)
        values = covariate_values(columns, design.are_numbers, design.may_miss)
        for name in sorted(design.may_miss):
            if missing := int(np.isnan(values[name]).sum()):
                logger.warning(
                    "%d of %d texts have no number in %s: the mean of the training texts is used.",
                    missing,
                    n_texts,
                    name,
                )
        return values

    @contextmanager
    def unpacked_adapter(self) -> Iterator[Path | None]:
        """Write the fine-tuned adapter, if there is one, into a temporary folder."""
        if not self._adapter:
            yield None
            return
        with tempfile.TemporaryDirectory(prefix="theta-") as scratch:
            for name, content in self._adapter.items():
                path = Path(scratch) / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            yield Path(scratch)
