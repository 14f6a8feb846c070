"""What the options of prepare_data.py request: data, corpus, embeddings, fine-tuning."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from theta.corpus.builtin import dataset_sources
from theta.corpus.read import Source, file_source, find_sources
from theta.corpus.read.shards import InputShard, cut_shards, remote_sources
from theta.corpus.settings import CorpusSettings
from theta.embeddings.embed import stale_reason
from theta.embeddings.finetune import finetune_facts
from theta.embeddings.settings import EmbeddingSettings, FinetuneSettings, choose_batch_size
from theta.layout import EmbeddingFiles, ProjectPaths
from theta.options import PrepareOptions, values_of
from theta.options.prepare import AUTOMATIC_EPOCHS, CorpusOptions, EmbeddingOptions, FinetuneOptions
from theta.run.prepared import required_dataset
from theta.storage.places import Place

logger = logging.getLogger(__name__)


def find_data(options: PrepareOptions, project: ProjectPaths) -> list[Source]:
    """Return the sources of the documents."""
    wanted = corpus_settings(options).requested_columns.wanted
    if options.raw_input is None:
        return dataset_sources(project, required_dataset(options), wanted)
    place = Place.of(options.raw_input)
    if place.path is None:
        return remote_sources(place)
    return (
        find_sources(place.path, wanted)
        if place.path.is_dir()
        else [file_source(place.path, wanted)]
    )


def find_shards(options: PrepareOptions, sources: Sequence[Source]) -> list[InputShard] | None:
    """Return the shards in which workers read the sources; None if this process reads them."""
    if options.raw_input is not None and Place.of(options.raw_input).path is None:
        return cut_shards(Place.of(options.raw_input))
    if options.engine != "ray":
        return None
    if any(source.one_per_file or len(source.paths) != 1 for source in sources):
        logger.info("Only tables are counted on Ray; these documents are counted on this machine.")
        return None
    return [shard for source in sources for shard in cut_shards(Place.of(source.paths[0]))]


def wants_embeddings(options: PrepareOptions) -> bool:
    """Return whether the options request embeddings."""
    return options.model == "theta" and not options.bow_only


def corpus_settings(options: PrepareOptions) -> CorpusSettings:
    """Return the part of the options that the corpus depends on."""
    return CorpusSettings(**values_of(CorpusOptions, options))


@dataclass(frozen=True)
class WantedEmbeddings:
    """The embeddings that the options request.

    Attributes
    ----------
    files : EmbeddingFiles
    settings : EmbeddingSettings
        Without a device or an adapter, on neither of which it depends whether they are stale.
    tuning : FinetuneSettings, optional
        None without fine-tuning.
    finetune_facts : mapping, optional
        What the adapter depends on.
    """

    files: EmbeddingFiles
    settings: EmbeddingSettings
    tuning: FinetuneSettings | None
    finetune_facts: Mapping[str, Any] | None

    def stale_reason(self, corpus_fingerprint: str) -> str | None:
        """Return why stored embeddings of a corpus do not serve; None if they do."""
        return stale_reason(
            self.files,
            settings=self.settings,
            corpus_fingerprint=corpus_fingerprint,
            finetune=self.finetune_facts,
        )


def wanted_embeddings(options: PrepareOptions, project: ProjectPaths) -> WantedEmbeddings:
    """Return the embeddings that the options request."""
    files = project.embeddings(required_dataset(options), options.model_size, options.mode)
    settings, tuning = embedding_settings(options, project), finetune_settings(options)
    facts = None if tuning is None else finetune_facts(settings, tuning)
    return WantedEmbeddings(files, settings, tuning, facts)


def embedding_settings(
    options: PrepareOptions, project: ProjectPaths, device: str = "cpu"
) -> EmbeddingSettings:
    """Return the part of the options that the embeddings depend on.

    The vectors do not depend on the device, so existing ones can be checked without choosing one,
    which would import torch.
    """
    values = values_of(EmbeddingOptions, options)
    values["batch_size"] = choose_batch_size(options.batch_size, device, options.embedding_api_base)
    return EmbeddingSettings(
        **values,
        models_dir=project.models,
        device=device,
        progress=not options.quiet,
    )


def finetune_settings(options: PrepareOptions) -> FinetuneSettings | None:
    """Return the part of the options that the adapter depends on; None without fine-tuning."""
    if options.mode == "zero_shot":
        return None
    values = values_of(FinetuneOptions, options)
    if options.finetune_epochs == "auto":
        values["finetune_epochs"] = AUTOMATIC_EPOCHS[options.mode]
    return FinetuneSettings(**values, supervised=options.mode == "supervised", seed=options.seed)


def plan(
    options: PrepareOptions, project: ProjectPaths
) -> tuple[list[Path | Place], list[Path | Place]]:
    """Return the places that a preparation would read and those it would write."""
    dataset = required_dataset(options)
    reads: list[Path | Place] = []
    for source in find_data(options, project):
        reads += source.paths or [Place(dict(source.facts)["address"])]
    writes: list[Path | Place] = [project.corpus(dataset).root]
    if wants_embeddings(options):
        writes.append(project.embeddings(dataset, options.model_size, options.mode).root)
    return reads, writes
