"""Name the topics of a finished run anew."""

from __future__ import annotations

from pathlib import Path

from theta.embeddings.api_client import ApiServer
from theta.layout import ProjectPaths
from theta.pipeline.draw import draw
from theta.pipeline.effect_tables import write_effect_tables
from theta.pipeline.keep import write_document_table, write_names, write_topics
from theta.pipeline.make import log_to
from theta.pipeline.naming import name_by_model, read_answers, write_answers
from theta.run import Run
from theta.run.naming import name_fresh_topics


def label(folder: Path, server: ApiServer | None, project: ProjectPaths, *, skip_viz: bool) -> Run:
    """Name the topics of a finished run anew, and renew everything that shows the names.

    Parameters
    ----------
    folder : Path
        Folder of the run.
    server : ApiServer, optional
        A language model that names the topics. Without it names are found in the texts.
    project : ProjectPaths
    skip_viz : bool
        Leave the charts and the page as they are.

    Raises
    ------
    MissingFile
        If the finished run is missing, or its corpus has changed.
    ThetaError
        If the server does not answer; the run is untouched.
    """
    run = Run.open(folder, project)
    run.require_current()
    record = None
    if server is None:
        run.take_names(name_fresh_topics(run))
    else:
        record = name_by_model(run, server, read_answers(run.files))
    with run.renewing() as new, log_to(new.log):
        write_answers(new, record)
        write_names(new, run)
        write_topics(new.topics_table, run)
        write_document_table(new.doc_topics_table, run, run.prepared.document_rows())
        if run.effects is not None:
            write_effect_tables(new, run.effects, run.labels)
        if not skip_viz:
            draw(run, new, run.options.language)
    return run.reopened()
