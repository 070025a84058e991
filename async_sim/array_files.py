"""Files of arrays (``.npz``) with facts in JSON beside them: read, and checked before use."""

import json
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.npyio import NpzFile
from numpy.typing import NDArray

from configs.arguments import one_line
from configs.mistakes import shown

Integers = NDArray[np.int64]
Arrays = Mapping[str, NDArray[Any]]
LARGEST_PS = 1 << 60


@contextmanager
def told_of(path: Path, kind: type[ValueError]) -> Iterator[None]:
    """Turn whatever a damaged file causes into one kind of error, of one line with its path.

    Raises:
        ValueError: Of this kind.
    """
    try:
        yield
    except OSError as error:
        raise kind(f"{path}: {(error.strerror or 'cannot be read').lower()}") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, MemoryError) as error:
        # a RuntimeError: encrypted, packed otherwise, or nested without end
        raise kind(f"{path}: is not an .npz file, or a damaged one") from error
    except KeyError as error:
        raise kind(f"{path}: '{error.args[0]}' is missing") from error
    except (ValueError, TypeError) as error:
        raise kind(f"{path}: {one_line(str(error))}") from error


def read_arrays(path: Path) -> Arrays:
    """All arrays of a file.

    Raises:
        BadZipFile: If it is none, or damaged; NumPy and zlib raise others.
    """
    with path.open("rb") as file:  # NumPy leaves one of its own open where that is damaged
        if not zipfile.is_zipfile(file):
            raise zipfile.BadZipFile
        file.seek(0)
        with np.load(file, allow_pickle=False) as archive:
            if not isinstance(archive, NpzFile):
                raise zipfile.BadZipFile
            return {name: np.asarray(archive[name]) for name in archive.files}


def facts_of(text: NDArray[Any]) -> dict[str, Any]:
    """The JSON object of ``meta``.

    Raises:
        ValueError: If it is no JSON ...
        TypeError: ... or another kind of it.
    """
    try:
        meta = json.loads(str(text))
    except json.JSONDecodeError:
        raise ValueError("'meta' needs a JSON object") from None
    if not isinstance(meta, dict):
        raise TypeError("'meta' needs a JSON object")
    return meta


def whole(values: Mapping[str, Any], name: str) -> int:
    """A whole number of ``meta``.

    Raises:
        TypeError: If it is none.
    """
    value = values[name]
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"meta: '{name}' needs a whole number, got {shown(value)}")
    return value


def whole_within(values: Mapping[str, Any], name: str, least: int, most: int) -> int:
    """The same within bounds.

    Raises:
        ValueError: If it is outside.
    """
    value = whole(values, name)
    if not least <= value <= most:
        raise ValueError(f"meta: '{name}' must lie in [{least}, {most}], got {shown(value)}")
    return value


def integers(arrays: Arrays, name: str, n_axes: int) -> Integers:
    """An array of whole numbers, with so many axes.

    Raises:
        ValueError: If it is none, or holds more than ``LARGEST_PS``.
    """
    values = arrays[name]
    if values.dtype.kind not in "iu":
        raise ValueError(f"'{name}' needs whole numbers, got {values.dtype}")
    if values.ndim != n_axes:
        raise ValueError(f"'{name}' needs {n_axes} axes, got shape {values.shape}")
    if values.size and int(values.max()) > LARGEST_PS:
        raise ValueError(f"'{name}' holds {values.max()}, more than {LARGEST_PS}")
    return values.astype(np.int64)


def integers_within(arrays: Arrays, name: str, most: int, what: str) -> Integers:
    """A row of whole numbers from 0 on.

    Args:
        what: One of them, for people.

    Raises:
        ValueError: With the first that is outside, or if there is none.
    """
    values = integers(arrays, name, 1)
    if not len(values):
        raise ValueError(f"'{name}' is empty")
    outside = np.flatnonzero((values < 0) | (values > most))
    if len(outside):
        i = outside[0]
        raise ValueError(f"{what} {i}: '{name}' must lie in [0, {most}], got {values[i]}")
    return values
