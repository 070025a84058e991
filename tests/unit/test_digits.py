import subprocess
import sys

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from snn.digits import digits, split


def test_digits_are_those_of_scikit_learn_split_as_it_does() -> None:
    images, labels = load_digits(return_X_y=True)
    images = (images / 16).reshape(-1, 1, 8, 8).astype(np.float32)
    parts = train_test_split(images, labels, test_size=0.25, stratify=labels, random_state=0)
    ours = digits()
    found = (ours.train_images, ours.test_images, ours.train_labels, ours.test_labels)
    for one, other in zip(found, parts, strict=True):
        assert torch.equal(one, torch.from_numpy(other))
        assert one.dtype == torch.from_numpy(other).dtype
    assert ours.n_classes == 10


@pytest.mark.parametrize("seed", range(20))
def test_a_split_is_that_of_scikit_learn(seed: int) -> None:
    labels = np.random.default_rng(seed).integers(0, 4, 50 + seed)
    parts = train_test_split(
        np.arange(len(labels)), test_size=0.3, stratify=labels, random_state=seed
    )
    for one, other in zip(split(labels, 0.3, seed), parts, strict=True):
        assert one.tolist() == other.tolist()


def test_digits_are_read_without_scikit_learn() -> None:
    code = "import sys; from snn.digits import digits; digits(); sys.exit('sklearn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
