"""Tiny files in the formats of the public data sets."""

from pathlib import Path
from typing import Any

import numpy as np


def image_rows(n: int, shape: tuple[int, ...], n_classes: int, columns: tuple[str, str]) -> Any:
    """A Hugging Face data set of random images; label i is i modulo the classes."""
    import datasets  # noqa: PLC0415 (an optional extra)
    from PIL import Image  # noqa: PLC0415

    random = np.random.default_rng(0)
    image, label = columns
    pixels = [random.integers(0, 256, shape, np.uint8) for _ in range(n)]
    pictures = [Image.fromarray(one) for one in pixels]
    features = datasets.Features(
        {image: datasets.Image(), label: datasets.ClassLabel(num_classes=n_classes)}
    )
    labels = [i % n_classes for i in range(n)]
    return datasets.Dataset.from_dict({image: pictures, label: labels}, features=features)


def write_nmnist(path: Path, events: list[tuple[int, int, int, int]]) -> None:
    """Write (x, y, t in microseconds, p) in the 40 bits per event of N-MNIST."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = bytearray()
    for x, y, t, p in events:
        content += bytes([x, y]) + ((p << 23) | t).to_bytes(3, "big")
    path.write_bytes(bytes(content))


def write_gesture(path: Path, events: list[tuple[int, int, int, int]]) -> None:
    """Write (x, y, t in milliseconds, p) as tonic's version of DVS128 Gesture has them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, np.array([(x, y, p, t) for x, y, t, p in events], np.int64))
