"""The floorplan of the smallest chip."""

from dataclasses import replace

import pytest
from chips import CMOS, DEVICES, circuits, few, workloads
from hypothesis import given

from hwmodels import batch as stages
from hwmodels import floorplan
from hwmodels.batch import Batch, Prices, estimate_many
from hwmodels.chip import Circuit
from hwmodels.devices import load_device
from hwmodels.price import AREA
from hwmodels.rules import PHYSICAL, RULES
from hwmodels.workload import LayerWork, Workload

FILLED = "as well filled as NeuroSim's"
ZHAO = load_device("rram_4b_zhao_iedm_2017")


def layer(n_in: int, kernel: int, n_out: int) -> LayerWork:
    return LayerWork("layer", 8, 8, n_in, kernel, kernel, n_out, False, 1, 4, 4)  # noqa: FBT003


def planned(circuit: Circuit, *layers: LayerWork) -> Prices:
    return estimate_many(Batch.product([CMOS], [ZHAO], [circuit], [Workload(layers)]))


@given(workloads, circuits)
@few
def test_no_well_filled_chip_is_smaller(workload: Workload, circuit: Circuit) -> None:
    """NeuroSim's sides, where they are among the candidates."""
    whole = replace(circuit, mapping="conventional")
    batch = Batch.product([CMOS], DEVICES, [whole], [workload])
    RULES[FILLED] = replace(PHYSICAL, fills_cells=True)
    filled, least = estimate_many(batch, FILLED), estimate_many(batch)
    del RULES[FILLED]
    largest = 4 * circuit.crossbar_size << (floorplan.N_SIDES - 1)
    among = filled.is_feasible & (filled.totals.tile_side <= largest)
    assert (least.area_m2[among] <= filled.area_m2[among] * (1 + 1e-12)).all()


def test_small_layers_share_no_large_tile() -> None:
    """Two layers of 128 x 128 cells: NeuroSim's tile of 128 is the least that there is."""
    found = planned(Circuit(32, 4, 8), layer(128, 1, 128), layer(128, 1, 128)).totals[0]
    assert (found.tile_side, found.pe_side, found.n_tiles) == (128, 64, 2)


def test_kernels_of_the_side_asked_for_are_split() -> None:
    layers = layer(64, 3, 64), layer(64, 5, 64), layer(64, 5, 64)
    for side, split in [(3, [1, 0, 0]), (5, [0, 1, 1]), (7, [0, 0, 0])]:
        circuit = Circuit(32, 4, 8, mapping="novel", split_kernel=side)
        found = planned(circuit, *layers)
        assert found.plans[0].is_split.tolist() == split
        assert found.totals[0].n_split_pes == (side**2 if any(split) else 0)


def test_a_stage_notes_the_tile_that_the_chip_is_built_of() -> None:
    stages._stages.clear()
    found = planned(Circuit(32, 4, 8), layer(128, 1, 128))
    noted = next(iter(stages._stages.values())).tiles_m2
    assert noted[0, 0] == pytest.approx(found.layer_sums[0, 0, AREA], rel=1e-12)
    assert (noted[1, :2] > 3 * noted[0, 0]).all()  # of twice the side
