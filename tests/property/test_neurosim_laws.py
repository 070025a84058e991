"""Laws of the NeuroSim-type models, on every device at once."""

from dataclasses import replace

import numpy as np
import pytest
from chips import CMOS, DEVICES, circuits, few, priced, workloads
from hypothesis import given
from hypothesis import strategies as st

from hwmodels import batch as stages
from hwmodels.batch import Batch, Prices, estimate_many
from hwmodels.chip import Circuit, Estimate
from hwmodels.estimate import InfeasibleChipError, estimate_workload
from hwmodels.layer import ENERGY_PARTS
from hwmodels.price import AREA, ENERGY, LATENCY, LEAKAGE
from hwmodels.rules import RULES
from hwmodels.workload import Workload

MODELS = pytest.mark.parametrize("model", RULES)


def close(found: np.ndarray, expected: np.ndarray) -> None:
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@MODELS
@given(workloads, circuits)
@few
def test_every_breakdown_adds_up(model: str, workload: Workload, circuit: Circuit) -> None:
    found = priced(model, circuit, workload, n_detailed=len(DEVICES))
    fits = found.is_feasible
    total, sums = found.totals[fits], found.layer_sums[fits]
    close(found.area_parts_m2[fits].sum(axis=1), total.area_m2)
    close(found.energy_parts_j[fits].sum(axis=2), sums[:, :, ENERGY])
    close(found.latency_parts_s[fits].sum(axis=2), sums[:, :, LATENCY])
    close(found.layer_area_parts_m2[fits].sum(axis=2), sums[:, :, AREA])
    rest = found.area_parts_m2[fits] - found.layer_area_parts_m2[fits].sum(axis=1)
    if model == "physical":  # V1.4 gives a single tile's H-tree less than no area
        assert (rest >= -1e-12 * found.area_parts_m2[fits]).all()  # what the layers share
    close(sums[:, :, ENERGY].sum(axis=1), total.dynamic_energy_j)
    close(sums[:, :, LEAKAGE].sum(axis=1), total.leakage_energy_j)
    close(total.dynamic_energy_j + total.leakage_energy_j, found.energy_j[fits])
    gather = np.max if circuit.is_pipelined else np.sum
    close(gather(sums[:, :, LATENCY], axis=1), total.latency_s)


@given(workloads, circuits)
@few
def test_nothing_on_a_physical_chip_costs_less_than_nothing(
    workload: Workload, circuit: Circuit
) -> None:
    """The early models and V1.4 give a single leaf of an H-tree a negative length (Q4)."""
    found = priced("physical", circuit, workload, n_detailed=len(DEVICES))
    assert found.is_feasible.all()
    for parts in (found.area_parts_m2, found.energy_parts_j, found.latency_parts_s):
        assert parts.min() >= 0
    assert found.leakage_w.min() > 0


def same(one: Prices, other: Prices, order: np.ndarray) -> None:
    """Bit for bit, with NaN equal to NaN."""
    assert one.totals[order].tobytes() == other.totals.tobytes()
    np.testing.assert_array_equal(one.energy_j[order], other.energy_j)


@MODELS
@given(st.lists(workloads, min_size=2, max_size=4), circuits, circuits, st.randoms())
@few
def test_neither_order_nor_company_nor_detail_changes_a_price(
    model: str, some: list[Workload], one: Circuit, other: Circuit, random: object
) -> None:
    whole = Batch.product([CMOS], DEVICES, [one, other], some)
    prices = estimate_many(whole, model)
    order = np.arange(len(whole))
    random.shuffle(order)  # type: ignore[attr-defined]
    for chosen, n_detailed in ((order, len(order)), (order[:1], 0), (order[:5], 3)):
        picked = Batch(
            whole.technologies, whole.devices, whole.circuits, whole.workloads,
            whole.technology[chosen], whole.device[chosen], whole.circuit[chosen],
            whole.workload[chosen],
        )  # fmt: skip
        same(prices, estimate_many(picked, model, n_detailed), chosen)


@MODELS
@given(workloads, workloads, circuits)
@few
def test_one_estimate_is_its_row_of_a_batch_bit_for_bit(
    model: str, workload: Workload, other: Workload, circuit: Circuit
) -> None:
    prices = priced(model, circuit, other, workload, n_detailed=2 * len(DEVICES))
    for i, device in enumerate(DEVICES):
        row = 2 * i + 1
        if not prices.is_feasible[row]:
            with pytest.raises(InfeasibleChipError) as caught:
                estimate_workload(workload, device, circuit, CMOS, model)
            assert str(caught.value) == prices.reason(row)
            continue
        cost = estimate_workload(workload, device, circuit, CMOS, model)
        assert cost.area_m2 == prices.area_m2[row]
        assert cost.energy_j == prices.energy_j[row]
        assert cost.latency_s == prices.latency_s[row]
        assert cost.leakage_w == prices.leakage_w[row]
        told(cost, prices, row)


def told(cost: Estimate, prices: Prices, row: int) -> None:
    assert list(cost.area_parts_m2.values()) == prices.area_parts_m2[row].tolist()
    for j, layer in enumerate(cost.layers):
        energies = [layer.energy_parts_j[name] for name in ENERGY_PARTS]
        assert energies == prices.energy_parts_j[row, j].tolist()
        assert list(layer.latency_parts_s.values()) == prices.latency_parts_s[row, j].tolist()
        assert layer.latency_s == prices.layer_sums[row, j, LATENCY]
        leakage = prices.layer_sums[row, j, LEAKAGE]
        assert layer.energy_parts_j["leakage"] == leakage
        assert layer.energy_j == prices.layer_sums[row, j, ENERGY] + leakage
        assert layer.area_m2 == prices.layer_sums[row, j, AREA]
        assert list(layer.area_parts_m2.values()) == prices.layer_area_parts_m2[row, j].tolist()


@MODELS
@given(workloads, circuits)
@few
def test_a_circuit_met_before_costs_what_it_cost_then(
    model: str, workload: Workload, circuit: Circuit
) -> None:
    cached = priced(model, circuit, workload)
    stages._stages.clear()
    same(priced(model, circuit, workload), cached, np.arange(len(DEVICES)))


@MODELS
@given(st.lists(workloads, min_size=3, max_size=3), circuits)
@few
def test_figures_are_missing_exactly_where_a_chip_cannot_be_built(
    model: str, some: list[Workload], circuit: Circuit
) -> None:
    found = priced(model, circuit, *some)
    for figure in ("area_m2", "energy_j", "latency_s", "leakage_energy_j", "leakage_w"):
        values = getattr(found, figure)
        np.testing.assert_array_equal(np.isfinite(values), found.is_feasible)
        np.testing.assert_array_equal(np.isnan(values), ~found.is_feasible)
    reasons = [found.reason(i) for i in range(len(values))]
    np.testing.assert_array_equal([reason == "" for reason in reasons], found.is_feasible)


@given(workloads, circuits, st.sampled_from([1e6, 1e8, 5e8, 1e9]), st.integers(2, 5))
@few
def test_a_clock_that_ticks_more_often_is_never_slower(
    workload: Workload, circuit: Circuit, clock_hz: float, n: int
) -> None:
    """Between multiples it may be: 1.1 ns take 2 cycles at 1 GHz, 2 ns, and 1 at 0.9 GHz, 1.1."""
    slow, fast = (
        priced("physical", replace(circuit, clock_hz=hz), workload).latency_s
        for hz in (clock_hz, n * clock_hz)
    )
    assert (fast <= slow * (1 + 1e-12)).all()


@given(workloads, circuits, st.sampled_from(["physical", "neurosim-1.4"]))
@few
def test_a_clock_faster_than_the_circuit_changes_nothing(
    workload: Workload, circuit: Circuit, model: str
) -> None:
    fast, faster = (priced(model, replace(circuit, clock_hz=hz), workload) for hz in (5e10, 1e11))
    same(fast, faster, np.arange(len(DEVICES)))


@MODELS
@given(workloads, circuits)
@few
def test_energy_and_latency_of_spikes_grow_with_timesteps_and_area_does_not(
    model: str, workload: Workload, circuit: Circuit
) -> None:
    """Registers and lanes are filled in whole words, which many timesteps smooth out."""
    found = priced(model, circuit, *(replace(workload, timesteps=n) for n in (200, 400)))
    energy, latency, area = (
        figure.reshape(-1, 2)
        for figure in (found.totals.dynamic_energy_j, found.latency_s, found.area_m2)
    )
    np.testing.assert_allclose(energy[:, 1], 2 * energy[:, 0], rtol=0.005)
    np.testing.assert_allclose(latency[:, 1], 2 * latency[:, 0], rtol=0.005)
    np.testing.assert_array_equal(area[:, 1], area[:, 0])


@MODELS
@given(workloads, circuits, st.tuples(st.floats(0, 1), st.floats(0, 1)))
@few
def test_busier_inputs_never_take_less_energy(
    model: str, workload: Workload, circuit: Circuit, densities: tuple[float, float]
) -> None:
    """But for the fits of flash power, which step down where one takes over from another."""
    some = [
        replace(
            workload,
            layers=tuple(
                replace(one, activity=replace(one.activity, density_ratio=density))
                for one in workload.layers
            ),
        )
        for density in sorted(densities)
    ]
    found = priced(model, circuit, *some)
    energy = found.totals.dynamic_energy_j.reshape(-1, 2)[found.is_feasible[::2]]
    assert (energy[:, 1] >= energy[:, 0] * 0.995).all()
