"""Files of tensors, written whole or not at all."""

from io import BytesIO
from pathlib import Path

import torch


def save_whole(path: Path, content: object) -> None:
    """Write tensors and plain data; what was there stays if that fails.

    Raises:
        OSError: If the file cannot be written, such as on a full disk.
    """
    temporary = path.with_name(path.name + ".new")
    whole = BytesIO()
    torch.save(content, whole)  # into a file it tells a full disk as a RuntimeError
    try:
        temporary.write_bytes(whole.getbuffer())
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise OSError(error.errno, error.strerror, str(path)) from error
