"""The one entrance to the cost models: estimate(network, quantization, device, circuit).

`python -m hwmodels.estimate FILE.json` prices the design of a file; see ``--help``.
"""

from configs.interrupts import ended, quiet_until_begun

if __name__ == "__main__":
    quiet_until_begun()

import sys
from collections.abc import Sequence
from functools import cache

from configs import catalog
from configs.catalog import UnknownNameError
from hwmodels import ela
from hwmodels.batch import Batch, Prices, estimate_many
from hwmodels.chip import Circuit, Estimate, LayerCost
from hwmodels.chip_area import AREA_PARTS
from hwmodels.devices import Device
from hwmodels.layer import ENERGY_PARTS, LATENCY_PARTS
from hwmodels.price import AREA, ENERGY, LATENCY, LEAKAGE
from hwmodels.rules import RULES
from hwmodels.workload import Activity, Workload
from snn.network import Network
from snn.quantization import Quantization

VERSION = 7  # part of the store's key: raise it when any figure of any design changes
DEFAULT_MODEL = "physical"
CMOS = "cmos_32nm_lstp"
MODELS = {
    "physical": "NeuroSim's equations, its quirks mended",
    "neurosim-1.4": "as DNN+NeuroSim V1.4 computes it, quirks and all",
    "neurosim-1.1": "near DNN+NeuroSim V1.0 and V1.1",
    "spikesim-ela": "as SpikeSim computes it, whatever the device",
    "neuronas": "the same with NeuroNAS's precision factor",
    "ela": "SpikeSim's equations with every layer's own kernel and bits, for any device",
}


class InfeasibleChipError(ValueError):
    """A chip that cannot be built, or that a model refuses to price."""


def estimate(
    network: Network,
    quantization: Quantization,
    device: Device,
    circuit: Circuit,
    technology: str | None = None,
    model: str = DEFAULT_MODEL,
    activities: Sequence[Activity] | None = None,
    timesteps: int | None = None,
) -> Estimate:
    """Price one inference of a network on a chip, its inputs entering bit by bit.

    Args:
        technology: A file of ``configs/technology``; by default the model's own.
        activities: Statistics of each layer; by default `hwmodels.workload.load_activity`.
        timesteps: Times that a spiking network sees each image; None if it does not spike.

    Raises:
        UnknownNameError: If there is no such model or technology.
        InfeasibleChipError: If such a chip cannot be built.
        ValueError: If quantization or activities do not fit the network, or the technology does
            not fit the model.
    """
    workload = Workload.of(network, quantization, activities, timesteps)
    return estimate_workload(workload, device, circuit, technology, model)


def estimate_workload(
    workload: Workload,
    device: Device,
    circuit: Circuit,
    technology: str | None = None,
    model: str = DEFAULT_MODEL,
) -> Estimate:
    """The same for layers that need not be square, padded or a chain."""
    technology = check_technology(model, technology)
    if model in RULES:
        batch = Batch.product([technology], [device], [circuit], [workload])
        prices = estimate_many(batch, model)
        if not prices.is_feasible[0]:
            raise InfeasibleChipError(prices.reason(0))
        return unpack(prices, batch, 0, model)
    return ela.estimate(model, workload, device, circuit, technology)


def check_technology(model: str, technology: str | None) -> str:
    """Return the technology to be used, by default the model's own.

    Raises:
        UnknownNameError: If there is no such model, or the model has no such technology.
    """
    if model not in MODELS:
        raise UnknownNameError("cost model", model, MODELS)
    technology = technology or default_technology(model)
    if technology not in technologies(model):
        raise UnknownNameError(f"technology of model {model}", technology, technologies(model))
    return technology


def default_technology(model: str) -> str:
    """The technology of a model, unless another is given."""
    return CMOS if model in RULES else ela.TECHNOLOGY


@cache
def technologies(model: str) -> list[str]:
    """Technologies that have the figures of a model."""
    kind = default_technology(model).partition("_")[0]
    return [name for name in catalog.names("technology") if name.partition("_")[0] == kind]


def unpack(prices: Prices, batch: Batch, i: int, model: str) -> Estimate:
    """The full estimate of design i, one of those whose breakdown was kept."""
    total, workload = prices.totals[i], batch.workloads[batch.workload[i]]
    return Estimate(
        model=model,
        area_m2=float(total.area_m2),
        energy_j=float(prices.energy_j[i]),
        leakage_energy_j=float(total.leakage_energy_j),
        leakage_w=float(total.leakage_w),
        latency_s=float(total.latency_s),
        n_operations=float(workload.n_operations),
        n_tiles=int(total.n_tiles),
        area_parts_m2=dict(zip(AREA_PARTS, prices.area_parts_m2[i].tolist(), strict=True)),
        layers=tuple(_layer(prices, i, j, layer.name) for j, layer in enumerate(workload.layers)),
    )


def _layer(prices: Prices, i: int, j: int, name: str) -> LayerCost:
    sums, plan = prices.layer_sums[i, j], prices.plans[i, j]
    energies = dict(zip(ENERGY_PARTS, prices.energy_parts_j[i, j].tolist(), strict=True))
    return LayerCost(
        name=name,
        n_units=int(plan.n_tile_rows * plan.n_tile_columns),
        area_m2=float(sums[AREA]),
        energy_j=float(sums[ENERGY] + sums[LEAKAGE]),
        latency_s=float(sums[LATENCY]),
        area_parts_m2=dict(zip(AREA_PARTS, prices.layer_area_parts_m2[i, j].tolist(), strict=True)),
        energy_parts_j=energies | {"leakage": float(sums[LEAKAGE])},
        latency_parts_s=dict(
            zip(LATENCY_PARTS, prices.latency_parts_s[i, j].tolist(), strict=True)
        ),
    )


if __name__ == "__main__":
    from hwmodels.report.commands import estimate_command

    sys.exit(ended(lambda: estimate_command(sys.argv[1:])))
