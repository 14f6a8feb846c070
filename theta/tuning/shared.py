"""Arrays that the trainings of a search share, in files that all processes map into memory."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from theta.models.base import Arrays
from theta.storage import cannot_write, fingerprint, locked, read_array


@dataclass(frozen=True)
class SharedArrays:
    """A `theta.models.base.Reuse` over processes: one computes, all read the same pages.

    Attributes
    ----------
    folder : Path
    """

    folder: Path

    def __call__(
        self, name: str, inputs: Sequence[Any], compute: Callable[[], Arrays], /
    ) -> Arrays:
        """Return the arrays of `compute`, computed by the first process that asks for them.

        Raises
        ------
        ThetaError
            If they cannot be written.
        """
        target = self.folder / f"{name}-{fingerprint(list(inputs))}"
        if not target.is_dir():
            # It is another worker of this search that it may wait for.
            with locked(target, told=False):
                if not target.is_dir():
                    _write(target, compute())
        # A view without the file handle of np.memmap, so that slices are plain arrays.
        return {
            path.stem.removeprefix("a_"): np.asarray(read_array(path, mapped=True))
            for path in sorted(target.glob("*.npy"))
        }


def _write(target: Path, arrays: Arrays) -> None:
    try:
        # Renamed when it is complete: a folder that is there can be read.
        new = Path(tempfile.mkdtemp(prefix=f".{target.name}.new-", dir=target.parent))
        try:
            for name, array in arrays.items():
                np.save(new / f"a_{name}.npy", array)
            new.rename(target)
        finally:
            shutil.rmtree(new, ignore_errors=True)
    except OSError as error:
        raise cannot_write(target, error) from error
