"""Metrics for people: what they are called, their units, and prefixes that suit their sizes."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

UNITS = {  # by the end of a metric's name
    "_js": "J·s",
    "_ps": "ps",
    "_j": "J",
    "_s": "s",
    "_w": "W",
    "_m2": "m²",
    "_bits": "bit",
}
PREFIXES = (
    (1e-9, "G"), (1e-6, "M"), (1e-3, "k"), (1.0, ""), (1e3, "m"), (1e6, "µ"), (1e9, "n"),
    (1e12, "p"), (1e15, "f"), (1e18, "a"),
)  # fmt: skip
SQUARES = ((1.0, "m²"), (1e6, "mm²"), (1e12, "µm²"), (1e18, "nm²"))
FIXED = ("ps",)  # has its prefix already
DIGITS = 5  # significant, of numbers that are drawn


@dataclass(frozen=True, slots=True)
class Quantity:
    """How a metric is told.

    Attributes:
        scale: Units that are shown per SI unit.
    """

    title: str
    unit: str
    scale: float = 1.0

    @property
    def label(self) -> str:
        """Title and unit, as an axis has them."""
        return f"{self.title} ({self.unit})" if self.unit else self.title

    def shown(self, value: float) -> float:
        """A value in the unit, rounded; shares without the dust of floating point."""
        return round(value * self.scale, 4) if self.unit == "%" else rounded(value * self.scale)

    def told(self, value: float) -> str:
        """A value with its unit."""
        return f"{number(value * self.scale)} {self.unit}".strip()


def quantity(metric: str, values: Iterable[float]) -> Quantity:
    """How to tell a metric whose values are about as large as these."""
    if "accuracy" in metric:
        return Quantity(_title(metric, ""), "%", 100.0)
    end = next((end for end in UNITS if metric.endswith(end)), "")
    title, unit = _title(metric, end), UNITS.get(end, "")
    if not unit or unit in FIXED:
        return Quantity(title, unit)
    size = _size(values)
    if unit == "m²":
        scale, unit = next(
            (pair for pair in SQUARES if size * pair[0] >= 0.01),  # noqa: PLR2004 (0.01 mm² is told so)
            SQUARES[-1],
        )
        return Quantity(title, unit, scale)
    known = [pair for pair in PREFIXES if unit == "bit" or pair[0] >= 1]
    scale, prefix = next((pair for pair in known if size * pair[0] >= 1), known[-1])
    return Quantity(title, f"{prefix}{unit}", scale)


def number(value: float) -> str:
    """A number of four digits, without an exponent where that is short."""
    if value and not 1e-3 <= abs(value) < 1e6:  # noqa: PLR2004 (what people read at a glance)
        return f"{value:.4g}"
    digits = 0 if not value else max(0, 3 - math.floor(math.log10(abs(value))))
    text = f"{value:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def rounded(value: float) -> float:
    """A number with no more digits than a picture shows."""
    return float(f"{value:.{DIGITS}g}")


def percent(share: float) -> str:
    """A share of 1 in percent."""
    return f"{100 * share:.1f} %"


def duration(seconds: float) -> str:
    """A time as people say it."""
    minutes = seconds / 60
    if minutes < 2:  # noqa: PLR2004 (shorter times are told in seconds)
        return f"{number(rounded(seconds))} s"
    return f"{minutes:.0f} min" if minutes < 120 else f"{minutes / 60:.1f} h"  # noqa: PLR2004


def _title(metric: str, end: str) -> str:
    name = metric.removesuffix(end).removesuffix("_ratio").removeprefix("n_").replace("_", " ")
    return {"edp": "energy-delay product", "aer": "wait in AER FIFOs",
            "noc": "wait at switches"}.get(name, name)  # fmt: skip


def _size(values: Iterable[float]) -> float:
    sizes = [abs(value) for value in values if value and math.isfinite(value)]
    return median(sizes) if sizes else 1.0
