"""Laws of what is told of a design before it is simulated."""

from dataclasses import replace

import noc_applications
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from async_sim.application import Application
from async_sim.design_costs import costs_of
from async_sim.execution import FIGURES, execute, figures
from async_sim.forecast import forecast
from async_sim.hardware import Hardware, laid_out

FEW = settings(max_examples=30, deadline=None)
Case = tuple[Application, Hardware]


@FEW
@given(noc_applications.DESIGNS)
def test_area_is_forecast_exactly(case: Case) -> None:
    assert forecast(*case).area_m2 == costs_of(*case).area_m2


@FEW
@given(noc_applications.DESIGNS)
def test_all_figures_are_exact_once_the_latency_is_known(case: Case) -> None:
    run, told = execute(*case), forecast(*case)
    found = told.figures(correction=run.latency_ps / told.bound_ps)
    simulated = figures(*case, run)
    assert found == pytest.approx({name: simulated[name] for name in FIGURES}, rel=1e-9)


@FEW
@given(noc_applications.DESIGNS, st.sampled_from(["xy", "yx"]))
def test_no_run_is_shorter_than_its_bound(case: Case, routing: str) -> None:
    application, hardware = case
    hardware = replace(hardware, routing=routing)
    assert execute(application, hardware).latency_ps >= forecast(application, hardware).bound_ps


@FEW
@given(noc_applications.DESIGNS)
def test_more_slots_leave_less_to_wait_for_and_change_no_bound(case: Case) -> None:
    application, hardware = case
    one, more = (forecast(application, replace(hardware, depth=depth)) for depth in (2, 8))
    assert one.bound_ps == more.bound_ps
    assert one.crowding_ps == pytest.approx(2 * more.crowding_ps)


def test_forecasts_rank_designs_as_simulations_do() -> None:
    application, random = Application.of_workload("s256"), np.random.default_rng(0)
    designs = [
        replace(
            laid_out(application, int(room)),
            n_channels=int(random.choice([1, 2, 4])),
            depth=int(random.choice([2, 8, 32])),
        )
        for room in (256, 128, 64, 32, 16, 8)
        for _ in range(3)
    ]
    told = [forecast(application, one).figures(1.0)["edp_js"] for one in designs]
    runs = [figures(application, one, execute(application, one))["edp_js"] for one in designs]
    ranks = [np.argsort(np.argsort(one)) for one in (told, runs)]
    assert np.corrcoef(*ranks)[0, 1] > 0.95


def test_steps_without_spikes_take_nothing_where_updates_take_nothing() -> None:
    whole = noc_applications.dense(n_samples=2)
    kept = whole.trace.timestep > 1
    trace = replace(
        whole.trace, timestep=whole.trace.timestep[kept], neuron=whole.trace.neuron[kept]
    )
    application = replace(whole, trace=trace, update_ps=0)
    told = forecast(application, laid_out(application, 8))
    assert np.isfinite(told.crowding_ps)
    assert 0 < told.bound_ps <= execute(application, laid_out(application, 8)).latency_ps
