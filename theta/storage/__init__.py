"""Reading and writing such that a crash, a full disk or a second process never harms a result.

Folders are written to a temporary sibling and swapped in as a whole; the manifest is written last
and holds the sha256 of every file. Pickles are never read.
"""

from theta.storage.damage import Damaged, belonging_together, with_fix_hint
from theta.storage.folders import (
    cannot_write,
    locked,
    read_manifest,
    refuse_link,
    remove_unfinished,
    renewing_files,
    replacing,
    replacing_file,
    scratch_folder,
)
from theta.storage.formats import (
    checksum,
    fingerprint,
    read_array,
    read_checked,
    read_json,
    read_npz,
    sha256,
    write_arrays,
    write_checked,
    write_json,
    write_npz,
)
from theta.storage.manifests import FORMAT, check_file, copy_listed

__all__ = [
    "FORMAT",
    "Damaged",
    "belonging_together",
    "cannot_write",
    "check_file",
    "checksum",
    "copy_listed",
    "fingerprint",
    "locked",
    "with_fix_hint",
    "read_array",
    "read_checked",
    "read_json",
    "read_manifest",
    "read_npz",
    "refuse_link",
    "remove_unfinished",
    "renewing_files",
    "replacing",
    "replacing_file",
    "scratch_folder",
    "sha256",
    "write_arrays",
    "write_checked",
    "write_json",
    "write_npz",
]
