"""Runs an application on a design of hardware, and tells what it takes."""

import numpy as np

from async_sim import compiled
from async_sim.application import Application
from async_sim.congestion import congestion
from async_sim.core_traffic import traffic_of
from async_sim.design_costs import costs_of, design_energy
from async_sim.hardware import Hardware
from async_sim.steps import Engine, Run, simulate_steps
from async_sim.workloads import Workload

FIGURES = ("latency_s", "energy_j", "area_m2", "edp_js")
FEATURES = ("aer_ps", "noc_ps", "busiest_link_ratio", "mean_hops", "imbalance_ratio")


def execute(
    application: Application,
    hardware: Hardware,
    engine: Engine = compiled.simulate,
    n_threads: int = 1,
) -> Run:
    """Simulate all time steps.

    Raises:
        ValueError: If the application does not fit the hardware.
        DeadlockError: If tokens wait for each other for ever.
    """
    workload = workload_on(application, hardware)
    return simulate_steps(hardware.network(application), workload, engine, n_threads)


def workload_on(application: Application, hardware: Hardware) -> Workload:
    """What the cores of a design send, in each time step.

    Raises:
        ValueError: If the application does not fit the hardware.
    """
    traffic = traffic_of(application, hardware)
    nodes, neurons = np.array(hardware.nodes, np.int64), np.zeros(hardware.mesh.n_nodes, np.int64)
    neurons[nodes] = np.where(traffic.is_digital, traffic.neurons, 0)
    return Workload(
        application.name,
        hardware.mesh,
        traffic.steps(nodes, hardware.n_channels),
        application.update_ps,
        neurons,
        nodes,
        int(traffic.sweep_ps[~traffic.is_digital].max(initial=0)),
    )


def figures(application: Application, hardware: Hardware, run: Run) -> dict[str, float]:
    """What a frame takes, and features of the congestion: `FIGURES` and `FEATURES`.

    Raises:
        ValueError: If the run is of another design.
    """
    seen = congestion(run)
    latency_s = run.latency_ps / 1e12 / application.n_samples
    energy_j = design_energy(application, hardware, run).energy_j / application.n_samples
    found = {
        "latency_s": latency_s,
        "energy_j": energy_j,
        "area_m2": costs_of(application, hardware).area_m2,
        "edp_js": latency_s * energy_j,
    }
    return found | {name: getattr(seen, name) for name in FEATURES}
