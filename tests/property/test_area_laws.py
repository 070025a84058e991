"""More to compute never takes less area; where NeuroSim breaks that."""

from dataclasses import replace

import numpy as np
import pytest
from chips import CMOS, changed, circuits, few, layers, priced, workloads
from hypothesis import given
from hypothesis import strategies as st

from hwmodels.batch import Batch, estimate_many
from hwmodels.chip import Circuit
from hwmodels.devices import load_device
from hwmodels.rules import PHYSICAL, RULES
from hwmodels.workload import LayerWork, Workload

MODELS = pytest.mark.parametrize("model", RULES)
SIDES = ["tile_side", "pe_side", "split_pe_side", "n_split_pes"]
WIDE_BUS = 2**20  # hardly ever halved
PACKING = 0.02  # taller crossbars may stack a PE's registers in one column less
some_layer = st.integers(0, 3)


def area_never_falls(
    model: str, circuit: Circuit, less: Workload, more: Workload, slack: float = 0.0
) -> None:
    """`physical`: whatever the design. NeuroSim: where it happens to choose the same floorplan."""
    if model != "physical":
        circuit = replace(circuit, max_bus_bits=WIDE_BUS)
    found = priced(model, circuit, less, more)
    area, total = found.area_m2.reshape(-1, 2), found.totals.reshape(-1, 2)
    alike = np.isfinite(area).all(axis=1)
    for side in SIDES if model != "physical" else []:
        alike &= total[side][:, 0] == total[side][:, 1]
    slack = 0.0 if model == "physical" else slack
    assert (area[alike, 1] >= area[alike, 0] * (1 - slack - 1e-12)).all()


@MODELS
@given(workloads, circuits, some_layer, st.integers(1, 100))
@few
def test_more_rows_never_take_less_area(
    model: str, workload: Workload, circuit: Circuit, i: int, n: int
) -> None:
    i %= len(workload.layers)
    wider = changed(workload, i, in_channels=workload.layers[i].in_channels + n)
    area_never_falls(model, circuit, workload, wider)


@MODELS
@given(workloads, circuits, some_layer, st.integers(1, 100))
@few
def test_more_columns_never_take_less_area(
    model: str, workload: Workload, circuit: Circuit, i: int, n: int
) -> None:
    i %= len(workload.layers)
    wider = changed(workload, i, out_channels=workload.layers[i].out_channels + n)
    area_never_falls(model, circuit, workload, wider)


@MODELS
@given(workloads, circuits, layers)
@few
def test_more_layers_never_take_less_area(
    model: str, workload: Workload, circuit: Circuit, layer: LayerWork
) -> None:
    """Of no wider formats, which would change the crossbars too."""
    formats = {
        "weight_bits": min(one.weight_bits for one in workload.layers),
        "activation_bits": min(one.activation_bits for one in workload.layers),
    }
    longer = replace(workload, layers=(*workload.layers, replace(layer, **formats)))
    area_never_falls(model, circuit, workload, longer)


@MODELS
@given(workloads, circuits, some_layer, st.sampled_from(["weight_bits", "activation_bits"]))
@few
def test_more_bits_never_take_less_area(
    model: str, workload: Workload, circuit: Circuit, i: int, name: str
) -> None:
    i %= len(workload.layers)
    finer = changed(workload, i, **{name: getattr(workload.layers[i], name) + 1})
    area_never_falls(model, circuit, workload, finer, PACKING)


def layer(side: int, n_in: int, kernel: int, n_out: int, bits: tuple[int, int]) -> LayerWork:
    return LayerWork("layer", side, side, n_in, kernel, kernel, n_out, False, 1, *bits)  # noqa: FBT003


@pytest.mark.parametrize("is_pipelined", [False, True])
def test_a_row_that_fills_a_crossbar_does_not_shrink_a_chip(is_pipelined: bool) -> None:  # noqa: FBT001
    """27 rows, then 36 of 32: V1.4 splits a layer from there on, off the others' large tiles."""
    wide = layer(16, 1024, 1, 1024, (8, 8))
    networks = [Workload((wide, *[layer(16, channels, 3, 1, (8, 8))] * 10)) for channels in (3, 4)]
    circuit = Circuit(32, 5, 8, mapping="novel", is_pipelined=is_pipelined)
    device = load_device("rram_2b_neurosim_2019")
    before, after = estimate_many(Batch.product([CMOS], [device], [circuit], networks)).area_m2
    assert after >= before


WIDE, NARROW = layer(12, 115, 5, 99, (8, 2)), layer(16, 28, 1, 15, (6, 4))
PLAIN, FIVE, THREE = (
    layer(4, 128, 1, 128, (4, 4)),
    layer(8, 32, 5, 384, (4, 4)),
    layer(8, 128, 3, 32, (4, 4)),
)
BITS_3, BITS_4 = (layer(12, 31, 3, 252, (bits, 8)) for bits in (3, 4))
SMALLER_CHIPS = {  # device, circuit, layers before and after, area after / before
    # the search for sides looks for well-used cells, not for a small chip: 3 tiles of 1024 cells
    # a side become 49 of 256
    "one more layer, other tiles": (
        "sram_1b_neurosim_2019",
        Circuit(32, 4, 8, "sar", interconnect="bus"),
        [WIDE],
        [WIDE, NARROW],
        0.957,
    ),
    # the mapping splits the commonest kernel: with the second 3x3 layer, no longer the 5x5, whose
    # tiles of 25 PEs stood nearly empty
    "one more layer, another kernel split": (
        "rram_4b_zhao_iedm_2017",
        Circuit(64, 4, 8, mapping="novel"),
        [FIVE, THREE],
        [FIVE, THREE, THREE],
        0.168,
    ),
    # a bus of more than 2048 lanes is halved
    "one more layer, half the bus": (
        "sram_1b_neurosim_2019",
        Circuit(64, 4, 8, interconnect="bus"),
        [PLAIN] * 3,
        [PLAIN] * 4,
        0.990,
    ),
    # wider adders make crossbars taller, so that a PE's registers need one column less
    "one more bit, better packed": (
        "rram_1b_neurosim_2019",
        Circuit(128, 4, 16, "sar"),
        [BITS_3],
        [BITS_4],
        0.9987,
    ),
}


@pytest.mark.parametrize(
    ("device", "circuit", "less", "more", "ratio"), SMALLER_CHIPS.values(), ids=SMALLER_CHIPS
)
def test_more_to_compute_may_take_less_area_in_neurosim_only(
    device: str,
    circuit: Circuit,
    less: list[LayerWork],
    more: list[LayerWork],
    ratio: float,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The smallest examples found of each kind, under NeuroSim's way to lay a chip out alone."""
    layout = {"fills_cells": True, "halves_buses": True, "aligns_registers": True}
    monkeypatch.setitem(RULES, "laid out as NeuroSim's", replace(PHYSICAL, **layout))
    circuit = replace(circuit, split_kernel=5)  # of `physical`; the commonest kernel of NeuroSim
    batch = Batch.product(
        [CMOS], [load_device(device)], [circuit], [Workload(tuple(some)) for some in (less, more)]
    )
    before, after = estimate_many(batch, "laid out as NeuroSim's").area_m2
    assert after / before == pytest.approx(ratio, abs=5e-4)
    before, after = estimate_many(batch).area_m2
    assert after >= before
