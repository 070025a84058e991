"""Recordings of event cameras, read through tonic, as frames of counted events."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray

from configs.arguments import one_line
from snn.aedat_file import check_description
from snn.prepared import (
    DataError,
    Tensors,
    cache_folder,
    checked_folder,
    listing,
    not_found,
    not_installed,
    prepared,
    with_progress,
)

AEDAT = "CIFAR10DVS"  # whose files have a reader in Rust
STDERR = 2  # of the process, whatever stands for it in Python
MOST_EVENTS = 255  # of one pixel in one frame; frames are kept in bytes


@dataclass(frozen=True, slots=True)
class Frames:
    """How a recording becomes frames (T, 2, side, side).

    Attributes:
        n_frames: T.
        binning: Frames of equal ``time``, or of equal ``count`` of events.
        side: Whole pixels of the sensor are summed; what is left over at the edges is cut off.
        is_binary: Whether a frame tells only if there was an event.
    """

    n_frames: int
    binning: Literal["time", "count"]
    side: int
    is_binary: bool

    def of(self, events: NDArray[np.void], sensor_side: int) -> NDArray[np.uint8]:
        """Count the events (fields x, y, t, p) of each frame, polarity and pixel."""
        from tonic.transforms import ToFrame  # noqa: PLC0415 (an optional extra)

        kept = self._shrunk(events, sensor_side)
        if len(kept) < self.n_frames:  # no time to be divided
            return np.zeros((self.n_frames, 2, self.side, self.side), np.uint8)
        name = "n_time_bins" if self.binning == "time" else "n_event_bins"
        to_frame = ToFrame((self.side, self.side, 2), **{name: self.n_frames})
        counted: NDArray[np.int16] = to_frame(kept)
        return np.minimum(counted, 1 if self.is_binary else MOST_EVENTS).astype(np.uint8)

    def _shrunk(self, events: NDArray[np.void], sensor_side: int) -> NDArray[np.void]:
        pooled = sensor_side // self.side
        margin = (sensor_side - pooled * self.side) // 2
        shrunk = events.copy()
        inside = np.ones(len(events), bool)
        for axis in ("x", "y"):
            place = (events[axis].astype(np.int64) - margin) // pooled
            inside &= (place >= 0) & (place < self.side)
            shrunk[axis] = place.clip(0, self.side - 1)
        return shrunk[inside]


@dataclass(frozen=True, slots=True)
class Recordings:
    """Where recordings are.

    Attributes:
        tonic: Name of a class of ``tonic.datasets``.
        path: A folder that holds what tonic unpacks; None to let it download.
        sensor_side: Height and width of the sensor.
        train_ratio: Share of each class, its first recordings, to train on, if there is no split.
    """

    name: str
    tonic: str
    path: str | None
    sensor_side: int
    train_ratio: float | None
    n_classes: int

    def tensors(self, frames: Frames) -> Tensors:
        """Frames in bytes (N, T, 2, H, W) and labels (N,), prepared if they have been read once.

        Raises:
            DataError: If they can neither be found nor downloaded, or cannot be read.
        """
        settings = asdict(self) | asdict(frames)
        if self.path is not None:
            settings["files"] = listing(checked_folder(self.path))
        return prepared(self.name, settings, lambda: self._read(frames))

    def _read(self, frames: Frames) -> Tensors:
        found: Tensors = {}
        for part, recordings, chosen in self._parts():
            if not chosen:
                raise DataError(f"{recordings.location_on_system}: no recordings to {part} on")
            images, labels = [], []
            for i in with_progress(chosen, f"{self.name}: {part}"):
                with _told(recordings.data[i]), _held_back():
                    if self.tonic == AEDAT:
                        check_description(Path(recordings.data[i]))
                    events, label = recordings[i]
                    images.append(frames.of(events, self.sensor_side))
                    labels.append(int(label))
            found[f"{part}_images"] = torch.from_numpy(np.stack(images))
            found[f"{part}_labels"] = torch.tensor(labels)
        return found

    def _parts(self) -> Iterator[tuple[str, Any, list[int]]]:
        """The recordings of both splits, and the numbers of those that belong to it."""
        if self.train_ratio is None:
            for part in ("train", "test"):
                recordings = self._opened(train=part == "train")
                yield part, recordings, _in_order(recordings)
            return
        recordings = self._opened()
        parts = _divided(recordings, self.train_ratio)
        for part, chosen in zip(("train", "test"), parts, strict=True):
            yield part, recordings, chosen

    def _opened(self, **arguments: bool) -> Any:  # noqa: ANN401 (of tonic)
        try:
            import tonic.datasets  # noqa: PLC0415 (an optional extra)
        except ImportError as error:
            raise not_installed(self.name) from error
        kind = getattr(tonic.datasets, self.tonic)
        try:
            if self.path is None:
                recordings = kind(os.fspath(cache_folder() / "tonic"), **arguments)
            else:  # tonic would look for its archive there, and download it
                local = type(self.tonic, (kind,), {"_check_exists": lambda _: True})
                recordings = local(os.fspath(Path(self.path).expanduser()), **arguments)
        except Exception as error:  # whatever a lost connection or strange file names raise
            if self.path is None:
                raise not_found(self.name, error) from error
            why = one_line(f"{type(error).__name__}: {error}")
            raise DataError(f"{self.path}: its recordings cannot be listed ({why})") from error
        if not recordings.data:
            raise DataError(
                f"{recordings.location_on_system}: no recordings here; dataset.path=DIR needs a "
                f"folder DIR/{self.tonic} as tonic unpacks it (docs/data.md)"
            )
        return recordings


@contextmanager
def _told(path: object) -> Iterator[None]:
    """Turn whatever a damaged recording makes its reader raise into one line.

    Raises:
        DataError: With the recording.
    """
    try:
        yield
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # a panic of a reader in Rust is no Exception
        why = one_line(f"{type(error).__name__}: {error}")
        raise DataError(f"{path}: cannot be read ({why})") from error


@contextmanager
def _held_back() -> Iterator[None]:
    """Hold back what goes to stderr, and drop it on an error: Rust prints a panic there itself."""
    with TemporaryFile() as held:
        sys.stderr.flush()
        stderr = os.dup(STDERR)
        os.dup2(held.fileno(), STDERR)
        try:
            yield
            sys.stderr.flush()
        finally:
            os.dup2(stderr, STDERR)
            os.close(stderr)
        held.seek(0)
        os.write(STDERR, held.read())


def _in_order(recordings: Any) -> list[int]:  # noqa: ANN401 (of tonic)
    """Numbers of all recordings by path: folders list their files in any order."""
    return sorted(range(len(recordings.data)), key=lambda i: str(recordings.data[i]))


def _divided(recordings: Any, train_ratio: float) -> tuple[list[int], list[int]]:  # noqa: ANN401
    by_class: dict[int, list[int]] = {}
    for i in _in_order(recordings):
        by_class.setdefault(int(recordings.targets[i]), []).append(i)
    train, test = [], []
    for _, members in sorted(by_class.items()):
        n_train = round(train_ratio * len(members))
        train += members[:n_train]
        test += members[n_train:]
    return train, test
