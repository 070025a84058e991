"""Hypothesis strategies of workloads and circuits for the compiled cost models."""

from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st

from configs import catalog
from hwmodels.batch import Batch, Prices, estimate_many
from hwmodels.chip import Circuit
from hwmodels.devices import load_device
from hwmodels.workload import Activity, LayerWork, Workload

DEVICES = [load_device(name) for name in catalog.names("device")]  # all three kinds of cell
CMOS = "cmos_32nm_lstp"
few = settings(max_examples=40, derandomize=True, deadline=None)

layers = st.builds(
    lambda side, kernel, n_in, n_out, is_pooled, stride, bits, density: LayerWork(
        "layer", side, side, n_in, kernel, kernel, n_out, is_pooled, stride, *bits,
        activity=Activity(density, 0.25),
    ),
    st.sampled_from([5, 8, 12, 16]),
    st.sampled_from([1, 3, 5]),
    st.integers(1, 200) | st.integers(1, 1024),
    st.integers(1, 260) | st.integers(1, 1024),
    st.booleans(),
    st.sampled_from([1, 2]),
    st.tuples(st.integers(1, 9), st.integers(1, 9)),
    st.sampled_from([0.0, 0.05, 0.25, 1.0]),
)  # fmt: skip
workloads = st.builds(
    lambda some, steps: Workload(tuple(some), steps),
    st.lists(layers, min_size=1, max_size=4),
    st.sampled_from([None, None, 5]),
)
circuits = st.builds(
    lambda size, bits, shared, kinds, flags: Circuit(size, bits, shared, *kinds, *flags),
    st.sampled_from([32, 64, 128]),
    st.integers(3, 6),
    st.sampled_from([1, 4, 8, 16]),
    st.tuples(
        st.sampled_from(["flash", "sar"]),
        st.sampled_from(["conventional", "novel"]),
        st.sampled_from(["h-tree", "bus"]),
    ),
    st.tuples(st.booleans(), st.booleans()),
)


def priced(model: str, circuit: Circuit, *some: Workload, n_detailed: int = 1) -> Prices:
    """Every workload on every device; the workload varies fastest."""
    return estimate_many(Batch.product([CMOS], DEVICES, [circuit], some), model, n_detailed)


def changed(workload: Workload, i: int, **changes: int) -> Workload:
    """The same with other numbers in one layer."""
    some = list(workload.layers)
    some[i] = replace(some[i], **changes)  # type: ignore[arg-type]
    return replace(workload, layers=tuple(some))
