"""The best circuit for a network, its bits and a device: every candidate is priced.

`python -m hwmodels.optimize FILE.json` does it for the design of a file; see ``--help``.
"""

from configs.interrupts import ended, quiet_until_begun

if __name__ == "__main__":
    quiet_until_begun()

import itertools
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from configs.catalog import UnknownNameError
from hwmodels.batch import Batch, Prices, estimate_many
from hwmodels.chip import CIRCUIT_FIELDS, Circuit
from hwmodels.devices import Device
from hwmodels.estimate import DEFAULT_MODEL, InfeasibleChipError, check_technology
from hwmodels.rules import RULES
from hwmodels.workload import Workload

METRICS = ("area_m2", "energy_j", "latency_s", "leakage_w")
EVENLY = {"area_m2": 1.0, "energy_j": 1.0, "latency_s": 1.0}
GRID: dict[str, Sequence[Any]] = {
    "crossbar_size": (32, 64, 128, 256),
    "converter_bits": (3, 4, 5, 6),
    "columns_per_converter": (4, 8, 16, 32),
    "converter": ("flash", "sar"),
    "mapping": ("conventional", "novel"),
    "interconnect": ("h-tree", "bus"),
    "is_pipelined": (False, True),
}


@dataclass(frozen=True)
class Ranking:
    """Circuits, the best first; those that cannot be built or break a bound are left out.

    Attributes:
        score: Product of the metrics, each to the power of its weight, (n,).
        prices: Metrics of ``all_circuits``, in their order.
        rank: Indices into them, (n,).
    """

    all_circuits: Sequence[Circuit]
    prices: Prices
    rank: NDArray[np.int64]
    score: NDArray[np.float64]

    @property
    def best(self) -> Circuit:
        """The circuit of the lowest score."""
        return self.all_circuits[self.rank[0]]


def circuit_grid(start: Circuit, choices: Mapping[str, Sequence[Any]] = GRID) -> list[Circuit]:
    """Every combination of choices that makes a circuit; ``start`` gives the other fields.

    Raises:
        UnknownNameError: If a circuit has no such field.
        ValueError: If no combination is possible, with the reason of the last.
    """
    for name in choices:
        if name not in CIRCUIT_FIELDS:
            raise UnknownNameError("field of a circuit", name, CIRCUIT_FIELDS)
    found, reason = [], "no choices"
    for values in itertools.product(*choices.values()):
        try:
            found.append(replace(start, **dict(zip(choices, values, strict=True))))
        except ValueError as error:
            reason = str(error)
    if not found:
        raise ValueError(reason)
    return found


def optimize_circuit(
    workload: Workload,
    device: Device,
    circuits: Sequence[Circuit],
    technology: str | None = None,
    model: str = DEFAULT_MODEL,
    *,
    weights: Mapping[str, float] = EVENLY,
    at_most: Mapping[str, float] | None = None,
) -> Ranking:
    """Price every circuit (NACIM, sec. IV: circuit optimization) and rank them.

    Args:
        model: One of `hwmodels.rules.RULES`.
        weights: Exponent of each metric in the product that is to be small.
        at_most: Bounds by metric.

    Raises:
        UnknownNameError: If a model, technology or metric does not exist.
        InfeasibleChipError: If no circuit can be built within the bounds.
    """
    if model not in RULES:
        raise UnknownNameError("cost model with circuits", model, RULES)
    for name in (*weights, *(at_most or {})):
        if name not in METRICS:
            raise UnknownNameError("metric", name, METRICS)
    technology = check_technology(model, technology)
    prices = estimate_many(Batch.product([technology], [device], circuits, [workload]), model)
    fits = prices.is_feasible.copy()
    for name, bound in (at_most or {}).items():
        fits &= getattr(prices, name) <= bound
    if not fits.any():
        raise InfeasibleChipError(_reason(prices))
    score = np.prod([getattr(prices, name) ** power for name, power in weights.items()], axis=0)
    rank = np.flatnonzero(fits)
    rank = rank[np.argsort(score[rank], kind="stable")]
    return Ranking(circuits, prices, rank, score[rank])


def _reason(prices: Prices) -> str:
    if prices.is_feasible.any():
        return "no circuit stays within the bounds"
    reasons = [prices.reason(i) for i in range(len(prices.status))]
    return f"no circuit can be built: {max(reasons, key=reasons.count)}"


if __name__ == "__main__":
    from hwmodels.report.commands import optimize_command

    sys.exit(ended(lambda: optimize_command(sys.argv[1:])))
