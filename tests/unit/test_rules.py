"""Each quirk alone: what it changes on a small chip, and which way."""

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from hwmodels import batch as stages
from hwmodels import tables
from hwmodels.batch import Batch, Prices, estimate_many
from hwmodels.chip import Circuit
from hwmodels.devices import Device, load_device
from hwmodels.price import LATENCY, LEAKAGE
from hwmodels.rules import EARLY_NEUROSIM, NEUROSIM, PHYSICAL, RULES, Rules
from hwmodels.workload import Activity, LayerWork, Workload

ZHAO, SRAM = load_device("rram_4b_zhao_iedm_2017"), load_device("sram_1b_neurosim_2019")
BINARY = load_device("rram_1b_neurosim_2019")
CIRCUIT = Circuit(64, 4, 8)


def layer(side: int, n_in: int, kernel: int, n_out: int, bits: int = 8) -> LayerWork:
    return LayerWork("layer", side, side, n_in, kernel, kernel, n_out, False, 1, bits, 6)  # noqa: FBT003


NETWORK = Workload((layer(16, 16, 3, 128), layer(8, 300, 1, 40)))


@pytest.fixture
def price(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Price a workload under rules of one's own."""

    def priced(
        rules: Rules,
        device: Device = ZHAO,
        circuit: Circuit = CIRCUIT,
        workload: Workload = NETWORK,
        technology: str = "cmos_32nm_lstp",
    ) -> Prices:
        monkeypatch.setitem(RULES, "mine", rules)
        tables.rules_record.cache_clear()
        stages._stages.clear()
        return estimate_many(Batch.product([technology], [device], [circuit], [workload]), "mine")

    yield priced
    tables.rules_record.cache_clear()
    stages._stages.clear()


def with_and_without(price: Any, name: str, base: Rules = PHYSICAL, **design: Any) -> list[Prices]:
    return [price(replace(base, **{name: keeps}), **design) for keeps in (True, False)]


def test_models_keep_all_quirks_or_none() -> None:
    names = [field.name for field in fields(Rules)]
    assert [getattr(PHYSICAL, name) for name in names] == [False] * len(names)
    assert [getattr(EARLY_NEUROSIM, name) for name in names] == [True] * len(names)
    assert replace(NEUROSIM, is_early=True) == EARLY_NEUROSIM != NEUROSIM
    assert RULES == {
        "neurosim-1.4": NEUROSIM, "neurosim-1.1": EARLY_NEUROSIM, "physical": PHYSICAL
    }  # fmt: skip


def test_q1_unpadded_convolutions_see_fewer_positions(price: Any) -> None:
    one, other = with_and_without(price, "shrinks_feature_maps")
    assert one.plans[0].n_vectors.tolist() == [14 * 14, 64]
    assert other.plans[0].n_vectors.tolist() == [16 * 16, 64]


def test_q2_empty_pes_cost_what_the_last_one_did(price: Any) -> None:
    """300 rows take one tile of 256 and 44 rows of another, whose second row of PEs is empty."""
    sparse = Workload((layer(8, 300, 1, 128),))
    one, other = with_and_without(price, "recounts_empty_pes", workload=sparse)
    assert one.totals[0].dynamic_energy_j > other.totals[0].dynamic_energy_j
    assert one.area_m2[0] == other.area_m2[0]
    assert one.latency_s[0] == other.latency_s[0]


def test_q4_h_tree_energy_follows_half_the_wire(price: Any) -> None:
    one, other = with_and_without(price, "halves_tree_lengths")
    assert 0.5 < parts(one, "interconnect") / parts(other, "interconnect") < 1
    assert one.latency_s[0] == other.latency_s[0]


def parts(prices: Prices, name: str) -> float:
    return float(prices.energy_parts_j[0, :, stages.ENERGY_PARTS.index(name)].sum())


def test_q6_uncalibrated_register_files_store_for_free(price: Any) -> None:
    one, other = with_and_without(price, "forgets_buffer_registers")
    assert parts(one, "buffer") < 0.6 * parts(other, "buffer")
    calibrated = replace(CIRCUIT, is_calibrated=True)
    one, other = with_and_without(price, "forgets_buffer_registers", circuit=calibrated)
    assert parts(one, "buffer") == parts(other, "buffer")


def test_q7_sums_grow_by_a_bit_for_each_input(price: Any) -> None:
    wide = Workload((layer(8, 600, 1, 256),))  # PEs of four crossbars and more
    filled = replace(PHYSICAL, fills_cells=True)  # the smallest chip has PEs of two
    one, other = with_and_without(price, "widens_sums_linearly", filled, workload=wide)
    assert one.totals[0].pe_side >= 256
    assert one.area_m2[0] > other.area_m2[0]
    narrow = Workload((layer(8, 60, 1, 16),))  # of two: two inputs would add 2 bits, not 1
    one, other = with_and_without(price, "widens_sums_linearly", workload=narrow)
    assert one.area_m2[0] > other.area_m2[0]


def test_q8_trees_leak_what_the_last_layer_used_of_them(price: Any) -> None:
    one, other = with_and_without(price, "leaks_last_tree")
    assert one.leakage_w[0] < other.leakage_w[0]
    assert one.totals[0].dynamic_energy_j == other.totals[0].dynamic_energy_j


def test_q9_every_line_has_level_shifters_of_its_own(price: Any) -> None:
    one, other = with_and_without(price, "shifts_every_line")
    assert one.area_m2[0] > 1.5 * other.area_m2[0]
    alone = price(PHYSICAL, circuit=replace(CIRCUIT, lines_per_level_shifter=1))
    assert alone.area_m2[0] == one.area_m2[0]
    none = price(PHYSICAL, circuit=replace(CIRCUIT, lines_per_level_shifter=0))
    assert none.area_m2[0] < other.area_m2[0]
    low = replace(ZHAO, write_voltage_v=1.5)
    assert price(PHYSICAL, device=low).area_m2[0] == none.area_m2[0]
    one, other = with_and_without(price, "shifts_every_line", device=SRAM)
    assert one.area_m2[0] == other.area_m2[0]


def test_q9_calibrated_level_shifters_are_ten_times_as_wide(price: Any) -> None:
    calibrated = replace(CIRCUIT, is_calibrated=True)
    one, other = with_and_without(price, "shifts_every_line", circuit=calibrated)
    plain = price(replace(PHYSICAL, shifts_every_line=True))
    assert one.area_m2[0] > 3 * plain.area_m2[0]
    assert other.area_m2[0] == pytest.approx(price(PHYSICAL).area_m2[0], rel=1e-9)


def test_q10_latency_follows_the_period_where_the_clock_is_slower(price: Any) -> None:
    slow = replace(CIRCUIT, clock_hz=1e6)
    one, other = with_and_without(price, "times_by_period", circuit=slow)
    period_s = one.totals[0].period_s
    assert one.latency_s[0] == pytest.approx(other.latency_s[0] * period_s * 1e6)
    fast = with_and_without(price, "times_by_period", circuit=replace(CIRCUIT, clock_hz=1e11))
    assert fast[0].latency_s[0] == pytest.approx(fast[1].latency_s[0])


@pytest.mark.parametrize("is_pipelined", [False, True])
def test_q11_busy_tiles_do_not_leak(price: Any, is_pipelined: bool) -> None:  # noqa: FBT001
    circuit = replace(CIRCUIT, is_pipelined=is_pipelined)
    one, other = with_and_without(price, "excuses_busy_tiles", circuit=circuit)
    assert one.totals[0].leakage_energy_j < other.totals[0].leakage_energy_j
    assert other.totals[0].leakage_energy_j == other.leakage_w[0] * other.latency_s[0]


def test_q11_one_layer_on_one_tile_is_always_busy(price: Any) -> None:
    alone = Workload((layer(8, 16, 1, 16),))
    rules = replace(PHYSICAL, excuses_busy_tiles=True)
    assert price(rules, workload=alone).totals[0].leakage_energy_j == 0
    sram = price(rules, device=SRAM, workload=alone)
    assert sram.totals[0].leakage_energy_j > 0  # its idle cells


def test_q12_cells_draw_v_squared_g_while_they_are_sensed(price: Any) -> None:
    one, other = with_and_without(price, "ignores_cell_current")
    assert parts(one, "cell") == 0 < parts(other, "cell")
    assert parts(one, "converter") == parts(other, "converter")
    added = other.totals[0].dynamic_energy_j - one.totals[0].dynamic_energy_j
    assert added == pytest.approx(parts(other, "cell"))


def test_current_of_cells_is_proportional_to_active_rows(price: Any) -> None:
    """40 rows, the rest of one crossbar, and 300: four full ones and a rest."""
    for n_in in (40, 300):
        one, other = (
            price(
                PHYSICAL,
                workload=Workload(
                    (replace(layer(8, n_in, 1, 40), activity=Activity(ratio, 0.25)),)
                ),
            )
            for ratio in (0.2, 0.6)
        )
        assert parts(other, "cell") == pytest.approx(3 * parts(one, "cell"))


def test_q13_weights_of_more_cells_than_columns_share_a_converter_shift_for_free(
    price: Any,
) -> None:
    few = replace(CIRCUIT, columns_per_converter=4)
    one, other = with_and_without(price, "floors_shifts", device=BINARY, circuit=few)
    assert parts(one, "accumulation") < 0.5 * parts(other, "accumulation")
    one, other = with_and_without(price, "floors_shifts", circuit=few)  # two cells, four columns
    assert parts(one, "accumulation") == parts(other, "accumulation")


def test_q16_a_cell_grows_for_its_access_transistor_or_is_refused(price: Any) -> None:
    narrow = replace(BINARY, cell_width_f_ratio=4.0)
    one, other = with_and_without(price, "refuses_wide_access", device=narrow)
    assert "access transistor" in one.reason(0)
    assert other.reason(0) == ""
    wide = price(PHYSICAL, device=BINARY)
    assert other.area_m2[0] == wide.area_m2[0]  # 82.9 kohm * 0.2 / 1.5 kohm = 11.1: 12 F


def test_a_small_network_is_refused_or_leaves_room(price: Any) -> None:
    small = Workload((layer(8, 16, 1, 16),))
    one, other = with_and_without(price, "refuses_small_layers", workload=small)
    assert "too large for the network" in one.reason(0)
    assert np.isfinite(other.area_m2[0])


def test_the_early_tool_counts_components_alone_and_waits_for_no_clock(price: Any) -> None:
    one, other = with_and_without(price, "is_early")
    assert one.area_parts_m2[0, stages.AREA_PARTS.index("empty")] == 0
    assert other.area_parts_m2[0, stages.AREA_PARTS.index("empty")] > 0
    assert one.totals[0].period_s == 2e-9  # two cycles of the clock asked for
    assert one.leakage_w[0] < other.leakage_w[0]


@pytest.mark.parametrize("is_pipelined", [False, True])
@pytest.mark.parametrize("model", [PHYSICAL, NEUROSIM])
def test_leakage_is_shared_by_time(price: Any, model: Rules, is_pipelined: bool) -> None:  # noqa: FBT001
    found = price(model, device=SRAM, circuit=replace(CIRCUIT, is_pipelined=is_pipelined))
    leakage, latency = found.layer_sums[0, :, LEAKAGE], found.layer_sums[0, :, LATENCY]
    assert leakage.sum() == pytest.approx(found.totals[0].leakage_energy_j)
    if model is PHYSICAL:
        assert leakage / leakage.sum() == pytest.approx(latency / latency.sum())


def test_a_bus_too_wide_is_halved_or_as_wide_as_may_be(price: Any) -> None:
    """Two tiles of 256 columns, eight to a converter: 576 wires, or 288."""
    wires = {"interconnect": "bus"}
    free, as_wide = (
        price(PHYSICAL, circuit=replace(CIRCUIT, max_bus_bits=most, **wires)) for most in (576, 500)
    )
    halved = price(
        replace(PHYSICAL, halves_buses=True), circuit=replace(CIRCUIT, max_bus_bits=500, **wires)
    )
    assert free.totals[0].tile_side == 256
    lanes = [one.area_m2[0] for one in (free, as_wide, halved)]
    assert (lanes[1] - lanes[2]) / (lanes[0] - lanes[2]) == pytest.approx((500 - 288) / (576 - 288))


def test_registers_take_their_own_area_or_whole_columns_and_rows(price: Any) -> None:
    one, other = with_and_without(price, "aligns_registers")
    assert one.area_m2[0] > other.area_m2[0] > 0.95 * one.area_m2[0]
