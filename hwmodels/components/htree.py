"""H-trees that feed the leaves of a square grid."""

from typing import NamedTuple

from hwmodels.compiled import compiled
from hwmodels.components.adder import n_stages
from hwmodels.components.wire import Wire, delay_per_m


class HTree(NamedTuple):
    """Delay from root to leaf, energy per bit moved, leakage and area of all lanes."""

    delay_s: float
    energy_j_per_bit: float
    leakage_w: float
    area_m2: float


@compiled
def _trunk(n_leaves: int, leaf_m: float, is_consistent: bool) -> float:  # noqa: FBT001
    if n_leaves == 1:
        return 0.0 if is_consistent else -0.5 * leaf_m
    half = n_leaves / 2
    return min(n_leaves - half, half) * leaf_m


@compiled
def htree(
    wire: Wire,
    n_side: int,
    leaf_m: float,
    n_lanes: float,
    n_folds: float,
    cell_height_m: float,
    is_consistent: bool,  # noqa: FBT001
) -> HTree:
    """A tree over ``n_side`` x ``n_side`` square leaves, rounded up to a power of two.

    ``is_consistent`` lets energy follow the same lengths as delay; DNN+NeuroSim halves them and
    gives a single leaf a trunk of negative length (quirk Q4).
    """
    depth = n_stages(n_side)
    n_leaves = 1 << depth
    trunk = _trunk(n_leaves, leaf_m, is_consistent)
    delay = length = inner = area = 0.0
    unit = delay_per_m(wire, leaf_m)
    for stage in range(1, depth + 1):
        segment = leaf_m * (n_leaves >> stage)
        unit = delay_per_m(wire, segment)
        delay += 2 * unit * segment
        length += 2 * segment
        if stage < depth:
            inner += 2 * segment
            strip = leaf_m * wire.lane_width_m + leaf_m * cell_height_m
            area += stage * (n_leaves / 2 ** (stage + 2)) * strip
    if depth > 0:
        delay += unit * trunk
    share = 1.0 if is_consistent else 0.5
    return HTree(
        delay,
        wire.energy_j_per_m * (share * length + trunk),
        n_lanes * wire.leakage_w_per_m * (trunk + share * inner),
        n_lanes / n_folds * (trunk * cell_height_m + area),
    )
