from pathlib import Path

import numpy as np
import pytest
import torch
from data_files import write_aedat4, write_gesture, write_nmnist

from configs import catalog
from envs.data import load
from snn.event_frames import Frames, Recordings
from snn.prepared import DataError

tonic = pytest.importorskip("tonic", reason="needs coexplore[data]")

FIELDS = np.dtype([("x", np.int16), ("y", np.int16), ("p", bool), ("t", np.int64)])
NMNIST = Recordings("nmnist", "NMNIST", None, 34, None, 10)


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COEXPLORE_CACHE", str(tmp_path / "cache"))


def events(*rows: tuple[int, int, int, int]) -> np.ndarray:
    return np.array([(x, y, p, t) for x, y, t, p in rows], FIELDS)


def test_events_are_counted_by_frame_polarity_row_and_column() -> None:
    recorded = events((1, 0, 0, 1), (1, 0, 9, 1), (2, 3, 10, 0), (2, 3, 19, 0), (0, 0, 20, 0))
    counted = Frames(2, "time", 4, is_binary=False).of(recorded, 4)
    assert counted.shape == (2, 2, 4, 4)
    assert counted.dtype == np.uint8
    assert [tuple(place) for place in np.argwhere(counted)] == [(0, 1, 0, 1), (1, 0, 3, 2)]
    assert counted[0, 1, 0, 1] == counted[1, 0, 3, 2] == 2


def test_binary_frames_tell_only_whether_there_was_an_event() -> None:
    recorded = events(*[(1, 1, t, 0) for t in range(10)])
    assert Frames(2, "time", 4, is_binary=True).of(recorded, 4).max() == 1
    assert Frames(2, "time", 4, is_binary=False).of(recorded, 4).max() > 1


def test_frames_of_equal_count_share_a_burst() -> None:
    times = [0, 1, 2, 3, 4, 5, 6, 1000]
    recorded = events(*[(1, 1, t, 0) for t in times])
    counted = Frames(2, "count", 4, is_binary=False).of(recorded, 4)
    assert counted.sum((1, 2, 3)).tolist() == [4, 4]
    timed = Frames(2, "time", 4, is_binary=False).of(recorded, 4)
    assert timed.sum((1, 2, 3))[0] == 7


def test_whole_pixels_are_summed_and_the_edges_cut_off() -> None:
    # a sensor of 10 in frames of 4: two pixels each, one is cut off on either side
    recorded = events(
        (1, 1, 0, 0), (2, 2, 1, 0), (3, 3, 2, 0), (8, 8, 3, 0), (0, 5, 4, 0), (9, 5, 5, 0),
        (8, 8, 6, 0),
    )  # fmt: skip
    counted = Frames(1, "count", 4, is_binary=False).of(recorded, 10)[0, 0]
    assert counted[0, 0] == 2
    assert counted[1, 1] == 1
    assert counted[3, 3] == 2
    assert counted.sum() == 5


def test_a_recording_without_events_is_empty_frames() -> None:
    assert Frames(3, "time", 4, is_binary=False).of(events(), 4).shape == (3, 2, 4, 4)


@pytest.fixture
def nmnist(tmp_path: Path) -> Path:
    """Two training recordings and one test recording per digit; digit k is a spot in column k."""
    for part, n in (("Train", 2), ("Test", 1)):
        for k in range(10):
            for i in range(n):
                recorded = [(k + 1, 1 + i, 1000 * j, 1) for j in range(11)]
                write_nmnist(tmp_path / "NMNIST" / part / str(k) / f"{i:05d}.bin", recorded)
    return tmp_path


def test_nmnist_files_become_frames(nmnist: Path) -> None:
    data = load(**catalog.read("dataset", "nmnist") | {"path": str(nmnist), "n_train": 20})
    assert data.train_images.shape == (20, 5, 2, 32, 32)
    assert data.test_labels.tolist() == list(range(10))
    places = data.test_images.nonzero()
    assert torch.equal(places[:, 0], places[:, 4])  # digit k lies in column k, row 0, polarity 1
    assert places[:, 2].unique().tolist() == [1]
    assert places[:, 3].unique().tolist() == [0]
    assert data.pixels(data.test_images).max() == 2.0


def test_gesture_files_become_frames_in_the_order_of_their_paths(tmp_path: Path) -> None:
    for part in ("Train", "Test"):
        for user in (2, 1):
            for k in range(11):
                recorded = [(8 * k, 4 * user, 5 * j, 0) for j in range(33)]
                folder = tmp_path / "DVSGesture" / f"ibmGesture{part}" / f"user{user:02d}_led"
                write_gesture(folder / f"{k}.npy", recorded)
    data = load(**catalog.read("dataset", "dvsgesture") | {"path": str(tmp_path)})
    assert data.train_images.shape == (22, 16, 2, 32, 32)
    assert data.train_labels.tolist() == [0, 1, 10, 2, 3, 4, 5, 6, 7, 8, 9] * 2
    places = data.train_images.nonzero()
    columns = 2 * data.train_labels[places[:, 0]]
    assert torch.equal(places[:, 4], columns)
    assert places[:, 3].unique().tolist() == [1, 2]  # users 1 and 2


def test_a_set_without_a_split_gives_the_last_of_each_class_for_testing(
    tmp_path: Path,
) -> None:
    for name in ("airplane", "truck"):
        for i in range(10):
            path = tmp_path / "CIFAR10DVS" / name / f"cifar10_{name}_{i}.aedat4"
            write_aedat4(path, [(4 * i, 0, t, 1) for t in range(30)])
    data = load(**catalog.read("dataset", "cifar10dvs") | {"path": str(tmp_path)})
    assert data.train_images.shape == (18, 10, 2, 32, 32)
    assert data.test_labels.tolist() == [0, 9]
    assert data.test_images.nonzero()[:, 4].unique().tolist() == [9]  # the tenth recordings


def test_a_folder_without_recordings_is_told_in_one_line(tmp_path: Path) -> None:
    source = Recordings("nmnist", "NMNIST", str(tmp_path), 34, None, 10)
    with pytest.raises(DataError, match=r"needs a folder DIR/NMNIST as tonic unpacks it"):
        source.tensors(Frames(5, "time", 32, is_binary=False))


def test_a_broken_recording_is_named(nmnist: Path) -> None:
    (nmnist / "NMNIST" / "Train" / "0" / "00000.bin").write_bytes(b"abcdefg")
    source = Recordings("nmnist", "NMNIST", str(nmnist), 34, None, 10)
    with pytest.raises(DataError, match=r"00000\.bin: cannot be read"):
        source.tensors(Frames(5, "time", 32, is_binary=False))


def test_without_the_internet_one_line_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(_: object) -> None:
        raise OSError("no route")

    monkeypatch.setattr("tonic.dataset.Dataset.download", lost)
    with pytest.raises(DataError, match=r"dataset=nmnist: cannot be downloaded \(OSError: no rou"):
        NMNIST.tensors(Frames(5, "time", 32, is_binary=False))


def test_nothing_here_imports_torchvision(nmnist: Path) -> None:
    import sys  # noqa: PLC0415

    load(**catalog.read("dataset", "nmnist") | {"path": str(nmnist), "n_test": None})
    assert "torchvision" not in sys.modules
