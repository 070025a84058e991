"""JSON files, read with a reason in one line where they cannot be."""

import json
from pathlib import Path
from typing import Any

from configs.arguments import one_line
from configs.mistakes import shown

DEEPEST = 32  # lists and objects within each other


class DesignFileError(ValueError):
    """A design file that cannot be used; the message is one line."""


def read_json(path: str | Path) -> dict[str, Any]:
    """Read a JSON object.

    Raises:
        DesignFileError: If the file is missing or holds something else.
    """
    try:
        content = json.loads(Path(path).read_bytes().decode("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise DesignFileError(one_line(f"{path}: {_unreadable(error)}")) from error
    if not isinstance(content, dict):
        raise DesignFileError(f"{path}: needs a JSON object, got {shown(content)}")
    if _is_deeper(content, DEEPEST):
        raise DesignFileError(f"{path}: {TOO_DEEP}")
    return content


TOO_DEEP = f"lists and objects are nested deeper than {DEEPEST} levels"


def _unreadable(error: OSError | ValueError | RecursionError) -> str:
    match error:
        case OSError():
            return (error.strerror or "cannot be read").lower()
        case RecursionError():
            return TOO_DEEP
        case UnicodeDecodeError():
            return "is not JSON: no text in UTF-8"
        case json.JSONDecodeError():
            return f"is not JSON: {error}"
    return "no such file" if "null" in str(error) else "is not JSON: a number has too many digits"


def _is_deeper(content: Any, n_levels: int) -> bool:  # noqa: ANN401 (raw input)
    level = [content]
    for _ in range(n_levels):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
    return any(isinstance(inner, dict | list) for inner in level)
