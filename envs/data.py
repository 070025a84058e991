"""Settings of the group ``dataset`` -> images; needs torch."""

import json
from collections.abc import Callable
from functools import cache
from typing import Any

from snn import datasets
from snn.augmentation import Augmentation, Normalization
from snn.digits import digits
from snn.event_frames import Frames, Recordings
from snn.hub_images import HubImages


def load(name: str, **arguments: Any) -> datasets.Dataset:  # noqa: ANN401 (checked by settings)
    """Load a dataset once per process.

    Raises:
        DataError: If it can neither be found nor downloaded; the message says what to do.
    """
    return _load(name, json.dumps(arguments, sort_keys=True))


def load_on(device: str, name: str, **arguments: Any) -> datasets.Dataset:  # noqa: ANN401 (likewise)
    """Load a dataset into the memory of a device, once per process.

    Raises:
        DataError: If it can neither be found nor downloaded.
    """
    if device == "cpu":
        return load(name, **arguments)
    return _load_on(device, name, json.dumps(arguments, sort_keys=True))


@cache
def _load_on(device: str, name: str, arguments: str) -> datasets.Dataset:
    return _load(name, arguments).to(device)


@cache
def _load(name: str, arguments: str) -> datasets.Dataset:
    settings: dict[str, Any] = json.loads(arguments)
    if name in BUILT_IN:
        return BUILT_IN[name](**settings)
    if "frames" in settings:
        return _recordings(name, settings)
    return _images(name, settings)


BUILT_IN: dict[str, Callable[..., datasets.Dataset]] = {
    "digits": digits,
    "synthetic": datasets.synthetic,
}


def _images(name: str, settings: dict[str, Any]) -> datasets.Dataset:
    source = HubImages(
        name=name,
        path=settings["path"],
        shape=tuple(settings["shape"]),
        n_classes=settings["n_classes"],
        **settings["source"],
    )
    scale = settings["normalization"]
    return datasets.Dataset(
        **_parts(source.tensors(), settings),
        n_classes=settings["n_classes"],
        normalization=Normalization(tuple(scale["mean"]), tuple(scale["deviation"])),
        augmentation=Augmentation(**settings["augmentation"]),
    )


def _recordings(name: str, settings: dict[str, Any]) -> datasets.Dataset:
    source = settings["source"]
    recordings = Recordings(
        name=name,
        tonic=source["tonic"],
        path=settings["path"],
        sensor_side=source["side"],
        train_ratio=source["train_ratio"],
        n_classes=settings["n_classes"],
    )
    return datasets.Dataset(
        **_parts(recordings.tensors(Frames(**settings["frames"])), settings),
        n_classes=settings["n_classes"],
        full_scale=1,
        augmentation=Augmentation(**settings["augmentation"]),
    )


def _parts(tensors: dict[str, Any], settings: dict[str, Any]) -> dict[str, Any]:
    """The tensors, no more of them than the settings ask for."""
    found: dict[str, Any] = {}
    for part in ("train", "test"):
        images, labels = f"{part}_images", f"{part}_labels"
        kept = datasets.subset(tensors[images], tensors[labels], settings[f"n_{part}"])
        found |= dict(zip((images, labels), kept, strict=True))
    return found
