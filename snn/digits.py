"""The handwritten digits that come with scikit-learn, read without a second of its imports."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from snn.datasets import Dataset

MAXIMUM = 16.0  # grey levels run from 0 to 16
TEST_RATIO = 0.25
SPLIT_SEED = 0
FILE = Path("datasets", "data", "digits.csv.gz")  # of scikit-learn

Indices = NDArray[np.int64]


def digits() -> Dataset:
    """Load the 1,797 handwritten 8x8 digits of scikit-learn (UCI), split 75:25 by class.

    The split is that of its `train_test_split`.
    """
    found = find_spec("sklearn")
    places = found.submodule_search_locations if found else None
    if not places:
        raise ModuleNotFoundError("the digits come with scikit-learn, which is not installed")
    table = np.loadtxt(Path(places[0]) / FILE, delimiter=",")
    labels = table[:, -1].astype(np.int64)
    images = (table[:, :-1] / MAXIMUM).reshape(-1, 1, 8, 8).astype(np.float32)
    train, test = split(labels, TEST_RATIO, SPLIT_SEED)
    return Dataset(
        torch.from_numpy(images[train]),
        torch.from_numpy(labels[train]),
        torch.from_numpy(images[test]),
        torch.from_numpy(labels[test]),
        10,
    )


def split(labels: Indices, test_ratio: float, seed: int) -> tuple[Indices, Indices]:
    """Train and test images, shuffled, with as many of each class as their shares give."""
    random = np.random.RandomState(seed)
    counts = np.bincount(labels)
    n_train = len(labels) - int(np.ceil(len(labels) * test_ratio))
    n_trained = _shares(counts, n_train, random)
    train: list[int] = []
    test: list[int] = []
    for label, (count, n) in enumerate(zip(counts, n_trained, strict=True)):
        shuffled = np.flatnonzero(labels == label)[random.permutation(count)].tolist()
        train += shuffled[:n]
        test += shuffled[n:]
    return random.permutation(train), random.permutation(test)


def _shares(counts: Indices, n: int, random: np.random.RandomState) -> Indices:
    """How many of each class make ``n``; those left over go to the largest remainders."""
    exact = counts / counts.sum() * n
    shares: Indices = np.floor(exact).astype(np.int64)
    remainders = exact - shares
    for remainder in np.unique(remainders)[::-1]:
        (tied,) = np.nonzero(remainders == remainder)
        n_left = min(len(tied), n - int(shares.sum()))
        shares[random.choice(tied, n_left, replace=False)] += 1
        if shares.sum() == n:
            break
    return shares
