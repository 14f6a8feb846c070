"""Parts of the user's files, each of which one worker reads by itself."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from theta.corpus.read.formats import FORMATS, SUPPORTED_TABLES, suffix_of
from theta.corpus.read.header import Wanted
from theta.corpus.read.source import Source
from theta.corpus.read.table import Table
from theta.errors import InvalidOption, MissingFile
from theta.storage import scratch_folder
from theta.storage.places import Entry, Place

_LOG = logging.getLogger(__name__)

SHARD_ROWS = 100_000
"""Rows of a shard of a Parquet file, or more if its row groups are larger."""

_PARQUET = ".parquet"


@dataclass(frozen=True)
class InputShard:
    """A file, or some row groups of a Parquet file.

    Attributes
    ----------
    file : Place
    name : str
        Different for each shard, and ends in the suffix of the file.
    groups : tuple of int, optional
        Numbers of the row groups.
    state : str
        Changes when the file changes.
    first_row : int
        Rows of the file before those of the shard.
    """

    file: Place
    name: str
    groups: tuple[int, ...] | None
    state: str
    first_row: int = 0

    @contextmanager
    def local(self) -> Iterator[Path]:
        """Yield a file on this machine that has the rows of the shard.

        Raises
        ------
        MissingFile, InvalidOption, ThetaError
            If the file is not there, is damaged or cannot be read, or has changed since its
            `state` was found.
        """
        with self._copied() as path:
            yield path
            (entry,) = self.file.files()
            if _state_of(entry) != self.state:
                raise InvalidOption(
                    f"{self.file} was changed while it was read: repeat the command once it no "
                    "longer changes"
                )

    @contextmanager
    def _copied(self) -> Iterator[Path]:
        if self.file.path is not None and self.groups is None:
            yield self.file.path
            return
        with scratch_folder() as folder:
            path = folder / self.name
            if self.groups is None:
                self.file.get(path)
            else:
                self._copy_groups(path, self.groups)
            yield path

    def _copy_groups(self, path: Path, groups: Sequence[int]) -> None:
        import pyarrow.parquet

        with (
            self.file.reading() as stream,
            pyarrow.parquet.ParquetFile(stream) as whole,
            pyarrow.parquet.ParquetWriter(path, whole.schema_arrow, compression="none") as part,
        ):
            for group in groups:
                part.write_table(whole.read_row_group(group))


def cut_shards(place: Place) -> list[InputShard]:
    """Return the shards of a file or of the files of a folder, in order.

    A file is one shard; Parquet files are cut into row groups of about 100,000 rows together.

    Raises
    ------
    MissingFile
        If the place does not exist, or has no table with rows.
    InvalidOption
        If a Parquet file is damaged, or the results of two files would have one name.
    """
    shards = [shard for entry in _tables(place) for shard in _shards_of(entry)]
    if not shards:
        raise MissingFile(f"{place}: none of its tables has a row")
    by_name: dict[str, InputShard] = {}
    for shard in shards:
        other = by_name.setdefault(table_name(shard), shard)
        if other is not shard:
            raise InvalidOption(
                f"{place}: the results of {other.file.name} and {shard.file.name} would have one "
                f"name, {table_name(shard)}: rename one of the files"
            )
    return shards


def table_name(shard: InputShard) -> str:
    """Return the name of a Parquet file with results of a shard."""
    return shard.name if shard.name.endswith(_PARQUET) else shard.name + _PARQUET


def remote_sources(place: Place) -> list[Source]:
    """Return the files at an address as sources that show when one has changed.

    They are read in shards only.
    """

    def refuse(wanted: Wanted) -> Table:
        del wanted
        raise InvalidOption(
            f"{place} is read in shards, which --preview and --drop_boilerplate cannot do: copy "
            "the files to this machine"
        )

    return [
        Source(
            entry.place.name,
            (),
            refuse,
            (("address", str(entry.place)), ("state", _state_of(entry))),
        )
        for entry in _tables(place)
    ]


def _tables(place: Place) -> list[Entry]:
    """Return the tables at a place, without empty files, as some programs write them."""
    tables = [entry for entry in place.files() if suffix_of(Path(entry.place.name)) in FORMATS]
    entries = [entry for entry in tables if entry.size]
    if empty := [entry.place.name for entry in tables if not entry.size]:
        _LOG.warning("%s: %d empty files are left out, such as %s", place, len(empty), empty[0])
    if not entries:
        raise MissingFile(
            f"{place} has no table ({SUPPORTED_TABLES}); files in folders inside it are not read"
        )
    return entries


def _state_of(entry: Entry) -> str:
    return f"{entry.size} bytes, changed {entry.changed}"


def _shards_of(entry: Entry) -> Iterator[InputShard]:
    name, state = entry.place.name, _state_of(entry)
    if not name.endswith(_PARQUET):
        yield InputShard(entry.place, name, None, state)
        return
    with entry.place.reading() as stream:
        sizes = _group_sizes(entry.place, stream)
    if not sum(sizes):
        return  # as Spark writes for an empty part
    if sum(sizes) <= SHARD_ROWS or len(sizes) == 1:
        yield InputShard(entry.place, name, None, state)
        return
    stem = name.removesuffix(_PARQUET)
    groups: list[int] = []
    first_row = 0
    for group in range(len(sizes)):
        groups.append(group)
        n_rows = sum(sizes[g] for g in groups)
        if n_rows >= SHARD_ROWS or group == len(sizes) - 1:
            part = f"{stem}-{groups[0]:05d}{_PARQUET}"
            yield InputShard(entry.place, part, tuple(groups), state, first_row)
            groups, first_row = [], first_row + n_rows


def _group_sizes(place: Place, stream: Any) -> list[int]:
    import pyarrow
    import pyarrow.parquet

    try:
        metadata = pyarrow.parquet.ParquetFile(stream).metadata
    except pyarrow.ArrowException as error:
        raise InvalidOption(f"{place} is not a valid Parquet file: {error}") from error
    return [metadata.row_group(number).num_rows for number in range(metadata.num_row_groups)]
