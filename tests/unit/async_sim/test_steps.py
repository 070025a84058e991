"""Many simulations at once: the same results whatever the number of threads."""

from dataclasses import replace

import pytest
from noc_random import any_case

from async_sim import compiled, tick
from async_sim.network import Network
from async_sim.steps import simulate_many, simulate_steps
from async_sim.workloads import built, workload_of


@pytest.mark.parametrize("n_threads", [1, 2, 3, 16])
def test_a_population_of_networks_gives_the_same_results_on_any_number_of_threads(
    n_threads: int,
) -> None:
    cases = [any_case(seed) for seed in range(60)]
    expected = [compiled.simulate(*case).digest for case in cases]
    found = simulate_many(cases, n_threads=n_threads)
    assert [result.digest for result in found] == expected


def test_time_steps_give_the_same_results_on_any_number_of_threads() -> None:
    workload = workload_of(*built("mlp_mnist"), 4)
    network = Network(workload.mesh, synapse_ps=500)
    one, four = (simulate_steps(network, workload, n_threads=n) for n in (1, 4))
    assert one.digests == four.digests
    assert one.step_ps.tolist() == four.step_ps.tolist()


def test_any_engine_may_run_a_population() -> None:
    cases = [any_case(seed) for seed in (0, 1, 2, 4)]

    def engine(*case: object) -> object:
        return tick.simulate(*case, tick_ps=1000)  # type: ignore[arg-type]

    one, two = (simulate_many(cases, engine, n) for n in (1, 2))  # type: ignore[arg-type]
    assert [result.digest for result in one] == [result.digest for result in two]


def test_a_case_that_does_not_fit_is_refused_from_any_thread() -> None:
    network, packets = any_case(3)
    packets = replace(packets, destination=packets.destination + 10_000)
    with pytest.raises(ValueError, match="is not in"):
        simulate_many([any_case(0), (network, packets)], n_threads=2)
    with pytest.raises(ValueError, match="needs at least 1 thread, got 0"):
        simulate_many([], n_threads=0)
