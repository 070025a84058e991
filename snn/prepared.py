"""Keeps a data set that has been read once in one file, which all processes then share."""

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import torch
from rich.console import Console
from rich.progress import track

VERSION = 1
Item = TypeVar("Item")
Tensors = dict[str, torch.Tensor]
PARTS = ("train_images", "train_labels", "test_images", "test_labels")


class DataError(ValueError):
    """Data that is not there, or is not what it should be; the message says what to do."""


def cache_folder() -> Path:
    """Where prepared data lies: ``COEXPLORE_CACHE``, or below the user's own cache."""
    own = os.environ.get("COEXPLORE_CACHE")
    if own:
        return Path(own)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "coexplore"


def prepared(name: str, settings: Mapping[str, Any], read: Callable[[], Tensors]) -> Tensors:
    """The tensors of a data set, mapped from the file that the first use wrote.

    Args:
        settings: All that the tensors depend on.
        read: Reads the data set anew: images in bytes, labels.

    Raises:
        DataError: If it cannot be read, or the file not be written.
    """
    told = json.dumps([VERSION, settings], sort_keys=True)
    digest = hashlib.sha256(told.encode()).hexdigest()[:16]
    path = cache_folder() / f"{name}-{digest}.pt"
    found = _mapped(path)
    if found is None:
        _write(path, read())
        found = _mapped(path)
    assert found is not None  # noqa: S101 (it has just been written)
    return found


def _mapped(path: Path) -> Tensors | None:
    """The tensors of a file, without executing code from it; None if it cannot be read."""
    try:
        content = torch.load(path, weights_only=True, mmap=True)
    except Exception:  # noqa: BLE001 (whatever a missing or broken file makes torch raise)
        return None
    is_whole = isinstance(content, dict) and all(
        isinstance(content.get(part), torch.Tensor) for part in PARTS
    )
    return content if is_whole else None


def _write(path: Path, tensors: Tensors) -> None:
    """Write the file whole or not at all, whoever else does so at the same time."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        torch.save(tensors, temporary)
        temporary.replace(path)
    except (OSError, RuntimeError) as error:
        with suppress(OSError):
            temporary.unlink()
        raise DataError(
            f"{path.parent}: prepared data cannot be kept here ({str(error).splitlines()[0]}); set "
            "COEXPLORE_CACHE to a folder with room"
        ) from error


def listing(folder: Path) -> str:
    """Digest of the names, sizes and times of all files below a folder."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            name, state = path.relative_to(folder), path.stat()
            digest.update(f"{name} {state.st_size} {state.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def checked_folder(path: str) -> Path:
    """A user's folder of data.

    Raises:
        DataError: If there is no such folder.
    """
    folder = Path(path).expanduser()
    if not folder.is_dir():
        raise DataError(f"dataset.path={path}: no such folder")
    return folder


def with_progress(items: Iterable[Item], what: str, total: int | None = None) -> Iterable[Item]:
    """Show on stderr how far a loop has come."""
    return track(items, what, total=total, console=Console(stderr=True), transient=True)


def not_installed(name: str) -> DataError:
    """What to say where the extra is missing."""
    return DataError(
        f"dataset={name}: needs packages that are not installed: pip install 'coexplore[data]'; "
        "digits and synthetic need none"
    )


def not_found(name: str, error: Exception) -> DataError:
    """What to say where a download failed."""
    lines = str(error).splitlines()
    why = f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
    return DataError(
        f"dataset={name}: cannot be downloaded ({why}); connect to the Internet once, or give a "
        "folder that holds it: dataset.path=DIR (docs/data.md)"
    )
