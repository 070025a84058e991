"""Tiny files in the formats of the public data sets."""

import struct
from pathlib import Path
from typing import Any

import numpy as np

INFO = """<dv version="2.0"><node name="outInfo" path="/mainloop/Recorder/outInfo/">
<node name="0" path="/mainloop/Recorder/outInfo/0/">
<attr key="typeIdentifier" type="string">EVTS</attr>
<attr key="compression" type="string">NONE</attr>
<node name="info" path="/mainloop/Recorder/outInfo/0/info/">
<attr key="sizeX" type="int">128</attr><attr key="sizeY" type="int">128</attr>
</node></node></node></dv>
"""


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


def write_aedat4(path: Path, events: list[tuple[int, int, int, int]]) -> None:
    """Write (x, y, t in microseconds, p) as one packet without compression, as CIFAR10-DVS has it.

    Both parts are FlatBuffers: where the table lies, its identifier, where its fields lie, fields.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    node = INFO.encode() + b"\0"
    header = struct.pack("<I4s5H6xi", 24, b"IOHE", 10, 20, 16, 8, 4, 16)
    header += struct.pack("<IqiI", 16, -1, 0, len(node) - 1) + node
    packet = struct.pack("<I4s3H2xiII", 16, b"EVTS", 6, 8, 4, 8, 4, len(events))
    packet += b"".join(struct.pack("<qhh?3x", t, x, y, bool(p)) for x, y, t, p in events)
    sized = [struct.pack("<I", len(one)) + one for one in (header, packet)]
    path.write_bytes(
        b"#!AER-DAT4.0\r\n" + sized[0] + struct.pack("<ii", 0, len(sized[1])) + sized[1]
    )
