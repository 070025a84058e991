"""The only place where prefixed units become SI, by the suffix of a key."""

from collections.abc import Mapping
from typing import Any

SCALES = {
    "um2": ("m2", 1e-12),
    "mm2": ("m2", 1e-6),
    "nm": ("m", 1e-9),
    "ns": ("s", 1e-9),
    "ms": ("s", 1e-3),
    "pj": ("j", 1e-12),
    "uj": ("j", 1e-6),
    "mhz": ("hz", 1e6),
    "us": ("s", 1e-6),  # microseconds and microsiemens alike
    "kohm": ("ohm", 1e3),
    "ua": ("a", 1e-6),
    "uw": ("w", 1e-6),
    "ff": ("f", 1e-15),
}


def to_si(quantities: Mapping[str, Any]) -> dict[str, Any]:
    """Rename and scale each key with a prefixed unit (``area_um2`` -> ``area_m2``).

    Keys without such a suffix pass unchanged; nested mappings are converted too.
    """
    return dict(_convert(key, value) for key, value in quantities.items())


def _convert(key: str, value: object) -> tuple[str, object]:
    stem, _, suffix = key.rpartition("_")
    unit, scale = SCALES.get(suffix, (suffix, None)) if stem else ("", None)
    if isinstance(value, Mapping):
        return key, to_si(value)
    if scale is None or not isinstance(value, int | float):
        return key, value
    return f"{stem}_{unit}", value * scale
