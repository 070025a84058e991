"""Whatever lies in a folder of recordings, it is read or named in one line."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from data_files import write_aedat4, write_gesture, write_nmnist
from hypothesis import given
from mutations import damaged, some

from configs import catalog
from snn.event_frames import Frames, Recordings
from snn.prepared import DataError

pytest.importorskip("tonic", reason="needs coexplore[data]")
N = 60
EVENTS = [(3 * i, i, 1000 * i, i % 2) for i in range(1, 30)]
Sets = dict[str, tuple[Recordings, Frames, Path]]


@pytest.fixture(scope="module")
def sets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sets]:
    """A recording to train on and one to test on, of each set, and the file of the first."""
    root = tmp_path_factory.mktemp("recordings")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("COEXPLORE_CACHE", str(root / "cache"))
        yield {name: _made(root, name) for name in ("nmnist", "dvsgesture", "cifar10dvs")}


def _made(root: Path, name: str) -> tuple[Recordings, Frames, Path]:
    write, *files = FILES[name]
    for file in files:
        write(root / file, EVENTS)
    told = catalog.read("dataset", name)
    source = told["source"]
    recordings = Recordings(
        name, source["tonic"], str(root), source["side"], source["train_ratio"] and 0.5, 10
    )
    return recordings, Frames(**told["frames"]), root / files[0]


FILES: dict[str, tuple[Callable[[Path, list[tuple[int, int, int, int]]], None], str, str]] = {
    "nmnist": (write_nmnist, "NMNIST/Train/3/0.bin", "NMNIST/Test/3/0.bin"),
    "dvsgesture": (
        write_gesture,
        "DVSGesture/ibmGestureTrain/user01_led/0.npy",
        "DVSGesture/ibmGestureTest/user01_led/0.npy",
    ),
    "cifar10dvs": (write_aedat4, "CIFAR10DVS/frog/0.aedat4", "CIFAR10DVS/frog/1.aedat4"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_damaged_recording_is_read_or_named_in_one_line(
    name: str, sets: Sets, capfd: pytest.CaptureFixture[str]
) -> None:
    recordings, frames, file = sets[name]
    whole = file.read_bytes()
    assert recordings.tensors(frames)["train_images"].any()  # as it is

    @some(N)
    @given(damaged(whole))
    def holds(changed: bytes) -> None:
        file.write_bytes(changed)
        read_or_named(recordings, frames)

    try:
        holds()
    finally:
        file.write_bytes(whole)
    assert not capfd.readouterr().err.strip()


def read_or_named(recordings: Recordings, frames: Frames) -> None:
    told = ""
    try:
        recordings._read(frames)
    except DataError as error:
        told = str(error)
    assert not told or (told.startswith(str(recordings.path)) and told.isprintable())


def listed(array: np.ndarray) -> Callable[[Path], None]:
    return lambda file: np.save(file, array)


def aedat(header: bytes) -> Callable[[Path], object]:
    return lambda file: file.write_bytes(b"#!AER-DAT4.0\r\n" + header)


def beyond(file: Path) -> None:
    """Say of a header's field that it lies where the header is no more: the reader panics."""
    write_aedat4(file, EVENTS)
    content = bytearray(file.read_bytes())
    content[COMPRESSION : COMPRESSION + 2] = b"\xff\x7f"
    file.write_bytes(content)


COMPRESSION = 30  # where the header says where its first field is
OTHER = np.array([[1, 1, 1, 1]] * 20, np.int64)
ABSURD: list[tuple[str, Callable[[Path], object]]] = [
    *((name, lambda file: file.write_bytes(b"")) for name in FILES),
    *((name, Path.mkdir) for name in FILES),
    *((name, lambda file: file.symlink_to("nowhere")) for name in FILES),
    ("dvsgesture", listed(OTHER[:, :2])),
    ("dvsgesture", listed(np.array([None]))),
    ("dvsgesture", listed(np.full((20, 4), np.nan))),
    ("dvsgesture", listed(OTHER * 2**62)),
    ("cifar10dvs", beyond),
    ("cifar10dvs", aedat(bytes(4))),
    ("cifar10dvs", aedat(b"\x40\0\0\0" + b"\x7f" * 64)),
    ("cifar10dvs", aedat(b"\xff\xff\xff\xff" + bytes(64))),
]


@pytest.mark.parametrize(("name", "write"), ABSURD)
def test_what_is_no_recording_is_named_in_one_line(
    name: str, write: Callable[[Path], object], sets: Sets, capfd: pytest.CaptureFixture[str]
) -> None:
    recordings, frames, file = sets[name]
    whole = file.read_bytes()
    file.unlink()
    try:
        write(file)
        read_or_named(recordings, frames)
    finally:
        file.rmdir() if file.is_dir() and not file.is_symlink() else file.unlink()
        file.write_bytes(whole)
    assert not capfd.readouterr().err.strip()
