"""Files of tensors, written whole or not at all."""

from io import BytesIO
from pathlib import Path

import torch

from configs.whole_file import replace_bytes


def save_whole(path: Path, content: object) -> None:
    """Write tensors and plain data; what was there stays if that fails.

    Raises:
        OSError: If the file cannot be written, such as on a full disk.
    """
    whole = BytesIO()
    torch.save(content, whole)  # into a file it tells a full disk as a RuntimeError
    replace_bytes(path, whole.getbuffer())
