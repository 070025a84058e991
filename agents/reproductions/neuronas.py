"""Memory, energy, latency and area of NeuroNAS (sec. V-B), from its networks' convolutions.

The printed figures, and what is inferred of them, are in ``configs/anchor/neuronas.yaml``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from agents.reproduction import Figure, Reproduction
from configs import catalog
from envs.cell_costs import CellCosts
from envs.default_settings import settings_of
from envs.neuronas import cell_costs
from envs.neuronas_settings import NeuronasSettings
from envs.savings import neuronas_costs
from snn.cell_network import CellNetwork
from snn.cells import EDGES, Cell

ANCHOR = catalog.read("anchor", "neuronas")


def figures() -> list[Figure]:
    """Compute every figure."""
    costs = _costs()
    return [
        one for name, printed in ANCHOR["networks"].items() for one in _of(name, printed, costs)
    ]


def _costs() -> CellCosts:
    """The costs of ``env=neuronas`` as it is, in the frame of the printed figures."""
    settings = settings_of("neuronas", {"macro": ANCHOR["macro"]})
    assert isinstance(settings.env, NeuronasSettings)  # noqa: S101 (what was asked for)
    return cell_costs(settings.env, settings.hardware)


def _of(name: str, printed: Mapping[str, Any], costs: CellCosts) -> Iterator[Figure]:
    """The figures that are printed of one network."""
    (n_a, n_b), n_small = printed["conv3x3"], printed.get("conv1x1", 0)
    network = CellNetwork((_cell(n_a, n_small), _cell(n_b, n_small)), costs.cells.macro)
    ours = _measured(replace(costs, weight_bits=printed["weight_bits"]), network)
    note = f"{n_a}+{n_b} conv3x3" + (f", {n_small} conv1x1 a cell" if n_small else "")
    tolerances = printed.get("tolerances", {})
    for what, published in printed["printed"].items():
        tolerance = tolerances.get(what, ANCHOR["tolerance"])
        unit = ANCHOR["units"][what]
        yield Figure(f"{name}: {what}", unit, published, ours[what], tolerance, note)


def _cell(n_large: int, n_small: int) -> Cell:
    """A cell with so many convolutions, wherever they are."""
    names = ("conv3x3",) * n_large + ("conv1x1",) * n_small
    return Cell(names + ("skip",) * (len(EDGES) - len(names)))


def _measured(costs: CellCosts, network: CellNetwork) -> dict[str, float]:
    """What it costs, in the units of the print."""
    cost = neuronas_costs(costs, network)
    return {
        "energy": cost["energy_j"] * 1e6,
        "latency": cost["latency_s"] * 1e3,
        "area": cost["area_m2"] * 1e6,
        "memory": costs.sizes(network)["n_parameters"] / 1e6,
    }


NEURONAS = Reproduction("neuronas", ANCHOR["source"], figures)
