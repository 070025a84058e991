"""Files of tensors: written whole or not at all, and read only if they are what was written."""

from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

import torch

from configs.whole_file import replace_bytes


def save_whole(path: Path, content: object) -> None:
    """Write tensors and plain data; what was there stays if that fails.

    Raises:
        OSError: If the file cannot be written, such as on a full disk.
    """
    whole = BytesIO()
    torch.save(content, whole)  # into a file it tells a full disk as a RuntimeError
    replace_bytes(path, whole.getvalue())


def load_sound(path: Path, map_location: str | None = None) -> Any:  # noqa: ANN401 (what was saved)
    """Read tensors and plain data without executing code from the file.

    torch writes checksums and does not look at them: a bit that the disk changed would be a weight.

    Raises:
        Exception: Whatever a missing or damaged file makes torch raise.
        BadZipFile: If a checksum is another.
    """
    with ZipFile(path) as file:
        if (name := file.testzip()) is not None:
            raise BadZipFile(f"{name} is not what was written")
    return torch.load(path, weights_only=True, map_location=map_location)
