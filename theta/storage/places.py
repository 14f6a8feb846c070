"""Files on this machine, or wherever pyarrow's file systems reach: S3, GCS, HDFS, Azure."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from theta.errors import InvalidOption, MissingFile, ThetaError
from theta.storage.folders import NO_ROOM, replacing_file

_PIECE = 1 << 20

_GCS = ("gs", "gcs")
_RETRY_LIMIT = "retry_limit_seconds"
_RETRY_SECONDS = 30

_KNOWN = "known are paths, s3://, gs://, hdfs:// and abfss://"
_HADOOP = "it needs Java and Hadoop on each machine: set JAVA_HOME, HADOOP_HOME and CLASSPATH"
_GOOGLE = (
    "check the name, the network and the credentials (GOOGLE_APPLICATION_CREDENTIALS, or "
    "gs://anonymous@BUCKET for a public bucket)"
)
_AZURE = "check the name, the network and the credentials (az login, or AZURE_CLIENT_ID, ...)"
_WAYS_OUT = {
    "s3": "check the name, the network and the credentials (AWS_PROFILE, AWS_REGION, "
    "AWS_ENDPOINT_URL, ...)",
    "gs": _GOOGLE,
    "gcs": _GOOGLE,
    "hdfs": _HADOOP,
    "viewfs": _HADOOP,
    "abfs": _AZURE,
    "abfss": _AZURE,
}
"""What to do about an error, by the scheme of the address."""


@dataclass(frozen=True)
class Place:
    """A file or folder.

    Attributes
    ----------
    address : str
        A path, or a URL such as ``s3://bucket/folder``. Credentials and endpoints are those of the
        environment, as for pyarrow.
    """

    address: str

    @classmethod
    def of(cls, address: str | Path) -> Place:
        """Return the place of a path, made absolute, or of a URL."""
        text = str(address)
        return cls(text.rstrip("/") if "://" in text else str(Path(text).expanduser().absolute()))

    def __str__(self) -> str:
        return self.address

    @property
    def path(self) -> Path | None:
        """The path on this machine; None for a URL."""
        return None if "://" in self.address else Path(self.address)

    @property
    def name(self) -> str:
        """The last part of the address."""
        return self._split()[0].rsplit("/", 1)[-1]

    def child(self, name: str) -> Place:
        """Return what is called `name` in this folder."""
        path, query = self._split()
        return Place(f"{path}/{name}{query}")

    def _split(self) -> tuple[str, str]:
        """Return the address without the query of a URL, and the query."""
        if self.path is not None:
            return self.address, ""
        path, mark, query = self.address.partition("?")
        return path, mark + query

    def files(self) -> list[Entry]:
        """Return the files of this folder, sorted by name; or this file.

        Hidden files and those that begin with an underscore are left out, as usual in folders of
        Parquet files.

        Raises
        ------
        MissingFile
            If it is not there.
        InvalidOption
            If no file system is known for the address.
        """
        from pyarrow.fs import FileSelector, FileType

        with self._opened() as (system, path):
            info = system.get_file_info(path)
            if info.type == FileType.NotFound:
                raise MissingFile(f"{self} is not there")
            if info.type == FileType.File:
                return [Entry(self, info.size, str(info.mtime_ns))]
            found = system.get_file_info(FileSelector(path))
        return [
            Entry(self.child(one.base_name), one.size, str(one.mtime_ns))
            for one in sorted(found, key=lambda one: str(one.base_name))
            if one.type == FileType.File and one.base_name[0] not in "._"
        ]

    def exists(self) -> bool:
        """Return whether there is such a file or folder."""
        from pyarrow.fs import FileType

        with self._opened() as (system, path):
            return bool(system.get_file_info(path).type != FileType.NotFound)

    @contextmanager
    def reading(self) -> Iterator[Any]:
        """Yield the file as a stream of bytes that can seek."""
        with self._opened() as (system, path), system.open_input_file(path) as stream:
            yield stream

    def get(self, target: Path) -> None:
        """Copy the file to a path on this machine."""
        with (
            self._opened() as (system, path),
            system.open_input_file(path) as read,
            target.open("wb") as write,
        ):
            shutil.copyfileobj(read, write, _PIECE)

    def put(self, source: Path) -> None:
        """Copy a local file here, whole or not at all."""
        if self.path is not None:
            with replacing_file(self.path) as new:
                shutil.copyfile(source, new)
            return
        with (
            self._opened() as (system, path),
            source.open("rb") as read,
            # An object of a store is there when the stream is closed, and not before.
            system.open_output_stream(path) as write,
        ):
            shutil.copyfileobj(read, write, _PIECE)

    @contextmanager
    def _opened(self) -> Iterator[tuple[Any, str]]:
        """Yield the file system and the path in it; name the address in its errors."""
        import pyarrow
        from pyarrow import fs

        try:
            if self.path is None:
                yield fs.FileSystem.from_uri(self._bounded())
            else:
                yield fs.LocalFileSystem(), self.address
        except FileNotFoundError as error:
            raise MissingFile(f"{self} is not there") from error
        except pyarrow.ArrowInvalid as error:
            raise InvalidOption(f"{self}: {_short(error)}; {self._way_out()}") from error
        except (OSError, pyarrow.ArrowException) as error:
            if getattr(error, "errno", None) in NO_ROOM:  # of the disk that is written to meanwhile
                raise
            problem = f"{self} cannot be read or written: {_short(error)}"
            raise ThetaError(f"{problem}; {self._way_out()}") from error

    def _bounded(self) -> str:
        """Return the URL with a limit for retries, which are many minutes by default on GCS."""
        if self.address.split("://")[0] not in _GCS or _RETRY_LIMIT in self.address:
            return self.address
        return f"{self.address}{'&' if '?' in self.address else '?'}{_RETRY_LIMIT}={_RETRY_SECONDS}"

    def _way_out(self) -> str:
        scheme = "" if self.path is not None else self.address.split("://")[0]
        return _WAYS_OUT.get(scheme, _KNOWN if scheme else "check the path and its permissions")


@dataclass(frozen=True)
class Entry:
    """A file in a listing.

    Attributes
    ----------
    place : Place
    size : int
        Bytes.
    changed : str
        Time of the last change, as the file system gives it.
    """

    place: Place
    size: int
    changed: str


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
