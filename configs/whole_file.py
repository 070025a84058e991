"""Files that are written whole or not at all."""

from pathlib import Path


def replace_text(path: Path, text: str) -> None:
    """Write a text; what was there stays if that fails.

    Raises:
        OSError: If the file cannot be written, such as on a full disk.
    """
    replace_bytes(path, text.encode())


def replace_bytes(path: Path, content: bytes) -> None:
    """Write bytes; what was there stays if that fails.

    Raises:
        OSError: If the file cannot be written, such as on a full disk.
    """
    temporary = path.with_name(path.name + ".new")
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise OSError(error.errno, error.strerror, str(path)) from error
