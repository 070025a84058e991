"""Memory, energy, latency and area of NeuroNAS (sec. V-B), from its networks' convolutions.

The paper prints the extremes over its networks, and not which network has which: how many 3x3
convolutions the two cells have is inferred from twelve printed numbers that fit together. It
truncates what it prints, so ours may exceed the published figure by a last digit.
"""

from agents.reproduction import Figure, Reproduction
from envs.savings import published_costs
from snn.cell_network import CellNetwork
from snn.cells import EDGES, Cell
from snn.macro import Macro

PRINTED = 0.01  # three printed digits, truncated
COARSE = 0.06  # two printed digits, and an inferred network

# (3x3 of cell A, of cell B, 1x1 of each, bits): what is printed of it
NETWORKS: dict[str, tuple[tuple[int, int, int, int], dict[str, float]]] = {
    "SNASNet, CIFAR, FxP32": ((4, 4, 0, 32), {"energy": 1425, "latency": 468, "area": 634}),
    "SNASNet, TinyImageNet, FxP32": ((5, 5, 0, 32), {"energy": 1696, "latency": 545, "area": 755}),
    "NeuroNAS CIFAR-10, least energy, FxP4": (
        (2, 3, 0, 4), {"energy": 127, "latency": 340, "area": 26}
    ),
    "NeuroNAS CIFAR-100, least energy, FxP4": (
        (2, 2, 0, 4), {"energy": 110, "latency": 315, "area": 25}
    ),
    "NeuroNAS CIFAR-10, most energy, FxP16": ((2, 4, 0, 16), {"energy": 576, "area": 187}),
    "NeuroNAS CIFAR-100, most energy, FxP16": ((4, 4, 0, 16), {"energy": 712, "area": 209}),
    "NeuroNAS TinyImageNet, most energy, FxP16": ((3, 4, 0, 16), {"energy": 644}),
    "NeuroNAS, most latency": ((4, 5, 0, 16), {"latency": 494}),
    "SNASNet CIFAR-10": ((1, 1, 3, 32), {"memory": 1.28}),
    "SNASNet CIFAR-100, TinyImageNet": ((2, 2, 2, 32), {"memory": 1.93}),
    "NeuroNAS CIFAR-10, least memory": ((0, 1, 0, 4), {"memory": 0.888}),
    "NeuroNAS CIFAR-100, TinyImageNet, least memory": ((2, 2, 0, 4), {"memory": 1.77}),
    "NeuroNAS TinyImageNet, most memory": ((4, 5, 0, 16), {"memory": 3.83}),
    "NeuroNAS CIFAR, most memory": ((6, 6, 0, 16), {"memory": 4.72}),
}  # fmt: skip
UNITS = {"energy": "uJ", "latency": "ms", "area": "mm2", "memory": "M parameters"}


def figures() -> list[Figure]:
    """Compute every figure."""
    found = []
    for name, ((n_a, n_b, n_small, bits), printed) in NETWORKS.items():
        network = CellNetwork((_cell(n_a, n_small), _cell(n_b, n_small)), Macro.preset("cifar10"))
        ours = _costs(network, bits)
        note = f"{n_a}+{n_b} conv3x3" + (f", {n_small} conv1x1 a cell" if n_small else "")
        for what, published in printed.items():
            tolerance = COARSE if what == "area" and bits == 4 else PRINTED  # noqa: PLR2004
            found.append(
                Figure(f"{name}: {what}", UNITS[what], published, ours[what], tolerance, note)
            )
    return found


def _cell(n_large: int, n_small: int) -> Cell:
    """A cell with so many convolutions, wherever they are."""
    names = ("conv3x3",) * n_large + ("conv1x1",) * n_small
    return Cell(names + ("skip",) * (len(EDGES) - len(names)))


def _costs(network: CellNetwork, bits: int) -> dict[str, float]:
    cost = published_costs(network, bits)
    return {
        "energy": cost["energy_j"] * 1e6,
        "latency": cost["latency_s"] * 1e3,
        "area": cost["area_m2"] * 1e6,
        "memory": network.n_parameters("conv") / 1e6,
    }


NEURONAS = Reproduction("neuronas", "NeuroNAS, sec. V-B", figures)
