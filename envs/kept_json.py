"""What a search keeps of a design beside its store: a JSON object."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from configs.whole_file import replace_text


def keep(path: Path, content: Mapping[str, Any]) -> None:
    """Write it, whole or not at all.

    Raises:
        OSError: If it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_text(path, json.dumps(content, indent=2) + "\n")


def kept(path: Path, part: str) -> dict[str, Any]:
    """What was kept, in which a part is an object.

    Raises:
        OSError: If nothing was kept.
        ValueError: If what was kept cannot be read.
    """
    try:
        found: dict[str, Any] = json.loads(path.read_text("utf-8"))
        if not isinstance(found[part], dict):
            raise TypeError("no object")
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise ValueError(f"{path}: no {part} that can be read") from error
    return found
