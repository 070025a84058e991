"""How the neurons of a layer are dealt to its cores."""

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
DEALINGS = ("in-order", "by-load")


def core_sizes(n_neurons: int, n_cores: int) -> Integers:
    """Neurons of each core: as alike as can be, the larger ones first."""
    sizes = np.full(n_cores, n_neurons // n_cores)
    sizes[: n_neurons % n_cores] += 1
    return sizes


def dealt(n_spikes: Integers, n_cores: int, dealing: str) -> tuple[Integers, Integers]:
    """Core of each neuron of a layer, and its index there, (neurons,) each.

    Args:
        n_spikes: Of each neuron.
        dealing: `in-order`, or `by-load`: so that the cores send alike.
    """
    order, sizes = _order(n_spikes, n_cores, dealing), core_sizes(len(n_spikes), n_cores)
    core, local = np.empty_like(order), np.empty_like(order)
    core[order] = np.repeat(np.arange(n_cores), sizes)
    local[order] = np.arange(len(order)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return core, local


def _order(n_spikes: Integers, n_cores: int, dealing: str) -> Integers:
    """Neurons in the order in which cores are filled."""
    order = np.arange(len(n_spikes))
    if dealing == "in-order":
        return order
    # the n-th busiest goes to core n modulo their number, there and back again
    ranked = np.argsort(-n_spikes, kind="stable")
    turn = order % (2 * n_cores)
    core = np.where(turn < n_cores, turn, 2 * n_cores - 1 - turn)
    if len(order) % (2 * n_cores) > n_cores:  # it ends on a way back: the last cores are larger
        core = n_cores - 1 - core
    filled: Integers = ranked[np.argsort(core, kind="stable")]
    return filled
