"""Batches: combinations, reasons, what is refused at the border."""

from dataclasses import replace

import numpy as np
import pytest

from configs import catalog
from hwmodels import batch as stages
from hwmodels.batch import REASONS, Batch, estimate_many
from hwmodels.chip import Circuit
from hwmodels.devices import load_device
from hwmodels.estimate import InfeasibleChipError, estimate_workload
from hwmodels.rules import RULES
from hwmodels.workload import Activity, LayerWork, Workload

ZHAO, BINARY = (load_device(name) for name in ("rram_4b_zhao_iedm_2017", "rram_1b_neurosim_2019"))
CMOS = "cmos_32nm_lstp"
WIDE = LayerWork("wide", 8, 8, 64, 3, 3, 128, False, 1, 8, 6)  # noqa: FBT003
NARROW = replace(WIDE, out_channels=16)


def test_the_last_argument_of_a_product_varies_fastest() -> None:
    some = [Workload((WIDE,)), Workload((WIDE, NARROW))]
    batch = Batch.product([CMOS, "cmos_22nm_hp"], [ZHAO], [Circuit(64, 4, 8)] * 3, some)
    assert len(batch) == 12
    assert batch.workload.tolist() == [0, 1] * 6
    assert batch.circuit.tolist() == [0, 0, 1, 1, 2, 2] * 2
    assert batch.technology.tolist() == [0] * 6 + [1] * 6
    prices = estimate_many(batch)
    assert len(set(prices.area_m2.tolist())) == 4
    np.testing.assert_array_equal(prices.area_m2[:2], prices.area_m2[2:4])


@pytest.mark.parametrize(
    ("layer", "device", "size", "reason"),
    [
        (WIDE, ZHAO, 32, ""),
        (NARROW, ZHAO, 64, "should fill four of them"),
        (WIDE, replace(BINARY, cell_width_f_ratio=4.0), 64, "take a wider cell"),
    ],
)
def test_every_reason_has_its_design(
    layer: LayerWork, device: object, size: int, reason: str
) -> None:
    circuit, workload = Circuit(size, 4, 8), Workload((layer,))
    prices = estimate_many(Batch.product([CMOS], [device], [circuit], [workload]), "neurosim-1.4")  # type: ignore[list-item]
    assert reason in prices.reason(0)
    assert prices.reason(0) in REASONS
    assert bool(prices.is_feasible[0]) is (reason == "") is bool(np.isfinite(prices.energy_j[0]))
    if reason:
        with pytest.raises(InfeasibleChipError, match=reason):
            estimate_workload(workload, device, circuit, model="neurosim-1.4")  # type: ignore[arg-type]


def test_split_layers_need_only_fill_two_crossbars() -> None:
    """Two columns of crossbars for a kernel-split PE, four for a tile (cim.md, 2.2)."""
    fits, not_quite = replace(WIDE, out_channels=33), replace(WIDE, out_channels=32)
    circuit = Circuit(64, 4, 8, mapping="novel")
    some = [Workload((layer,)) for layer in (fits, not_quite)]
    prices = estimate_many(Batch.product([CMOS], [ZHAO], [circuit], some), "neurosim-1.4")
    assert prices.is_feasible.tolist() == [True, False]


def test_breakdowns_are_kept_for_the_first_designs_alone() -> None:
    some = [Workload((WIDE,)), Workload((WIDE, NARROW)), Workload((NARROW,))]
    batch = Batch.product([CMOS], [ZHAO], [Circuit(32, 4, 8)], some)
    assert estimate_many(batch, n_detailed=2).energy_parts_j.shape == (2, 2, 7)
    assert estimate_many(batch, n_detailed=9).latency_parts_s.shape == (3, 2, 6)
    assert estimate_many(batch, n_detailed=0).area_parts_m2.shape == (1, 8)


@pytest.mark.parametrize("bits", ["weight_bits", "activation_bits"])
def test_a_circuit_is_known_by_the_widest_formats_it_was_made_for(bits: str) -> None:
    circuit = Circuit(32, 4, 8)
    some = [Workload((replace(WIDE, **{bits: n}),)) for n in (1, 5, 9)]  # type: ignore[arg-type]
    alone = []
    for workload in some:
        stages._stages.clear()
        alone.append(estimate_workload(workload, ZHAO, circuit).area_m2)
    stages._stages.clear()
    together = estimate_many(Batch.product([CMOS], [ZHAO], [circuit], some)).area_m2.tolist()
    assert together == alone == sorted(set(alone))
    assert [estimate_workload(workload, ZHAO, circuit).area_m2 for workload in some] == alone


def test_nodes_without_converters_and_unknown_ones_are_refused() -> None:
    for name, message in (("cmos_90nm_hp", "no converter figures"), ("cmos_7nm", "no technology")):
        batch = Batch.product([name], [ZHAO], [Circuit(64, 4, 8)], [Workload((WIDE,))])
        with pytest.raises(ValueError, match=message):
            estimate_many(batch)


def test_sizes_and_statistics_out_of_range_are_refused() -> None:
    with pytest.raises(ValueError, match="wide: every size must be at least 1"):
        replace(WIDE, stride=0)
    with pytest.raises(ValueError, match="at most 16 bits"):
        replace(WIDE, weight_bits=17)
    with pytest.raises(ValueError, match="density_ratio must lie in"):
        Activity(1.01, 0.25)
    with pytest.raises(ValueError, match="weight_sigma_ratio must exceed 0"):
        Activity(0.5, 0.0)
    with pytest.raises(ValueError, match="at least one layer"):
        Workload(())
    with pytest.raises(ValueError, match="timesteps must be at least 1"):
        Workload((WIDE,), 0)


def test_an_unknown_model_is_answered_with_the_nearest() -> None:
    with pytest.raises(catalog.UnknownNameError, match="did you mean 'physical'"):
        estimate_workload(Workload((WIDE,)), ZHAO, Circuit(64, 4, 8), model="fysical")


@pytest.mark.parametrize("model", RULES)
def test_what_no_layout_or_fit_covers_has_no_price(model: str) -> None:
    tiny = Circuit(2, 4, 2)
    weak = replace(ZHAO, on_resistance_ohm=1e9, off_resistance_ohm=1e11)
    for device, circuit in ((ZHAO, tiny), (weak, Circuit(64, 4, 8))):
        prices = estimate_many(
            Batch.product([CMOS], [device], [circuit], [Workload((WIDE,))]), model
        )
        assert "beyond what layouts and fits" in prices.reason(0)
        assert np.isnan(prices.latency_s[0])
