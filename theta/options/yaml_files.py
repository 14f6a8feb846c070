"""YAML files of users."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from theta.errors import InvalidOption, MissingFile

BACKSLASH = (
    "in double quotes YAML reads a backslash as the start of a special character (\\n: line break, "
    "\\t: tab); write single quotes, 'C:\\new\\table.csv', or slashes, C:/new/table.csv"
)


def read_yaml(path: Path, flag: str = "", *, as_text: bool = False) -> Any:
    """Return the content of a YAML file; None if it is empty.

    Parameters
    ----------
    path : Path
    flag : str
        The flag that names the file, for messages.
    as_text : bool
        Return numbers, `no` and dates as the text that was written.

    Raises
    ------
    MissingFile
        If the file cannot be read.
    InvalidOption
        If it is not plain YAML, or a key is there twice: YAML itself would drop the first one.
    """
    import yaml

    name = f"{flag} {path}".strip()
    try:
        text = path.read_text(encoding="utf-8-sig")
        loader = yaml.BaseLoader(text) if as_text else yaml.SafeLoader(text)
        root = loader.get_single_node()
        if root is None:
            return None
        _refuse_repeated_keys(root, name)
        return loader.construct_document(root)
    except OSError as error:
        raise MissingFile(f"{name}: {error.strerror}") from error
    except (UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
        reason = " ".join(str(error).split())
        hint = f"; {BACKSLASH}" if "escape" in reason else ""
        raise InvalidOption(f"{name} is not plain YAML: {reason}{hint}") from error


def _refuse_repeated_keys(root: Any, name: str) -> None:
    from yaml import MappingNode, ScalarNode

    nodes, seen = [root], set()
    while nodes:
        node = nodes.pop()
        if isinstance(node, ScalarNode) or id(node) in seen:  # an alias may lead back
            continue
        seen.add(id(node))
        if not isinstance(node, MappingNode):
            nodes += node.value
            continue
        keys: set[str] = set()
        for key, value in node.value:
            if isinstance(key, ScalarNode):
                if key.value in keys:
                    line = key.start_mark.line + 1
                    raise InvalidOption(f"{name}, line {line}: {key.value} occurs twice")
                keys.add(key.value)
            nodes.append(value)
