"""A measured network on cores of crossbars, spread over the mesh in any way."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from async_sim.application import Application
from async_sim.core_figures import CoreFigures
from async_sim.execution import execute, figures
from async_sim.hardware import Hardware
from envs.joint_cores import CoreWork, CrossbarChip, NetworkWork
from envs.joint_shares import shares

N_KEPT = 32  # ways to spread a network of which the application is kept, the latest ones

Spread = tuple[tuple[int, ...], str]  # cores of each layer, and how neurons are dealt to them


class MappedNetwork:
    """What the simulator runs, with what the cores take: that depends on how neurons are spread.

    The fullest core of a layer goes by the layer, the number of its cores and the dealing alone,
    and is priced once for each; layers that a move leaves as they are cost nothing.

    Attributes:
        plain: The network without figures of its cores.
    """

    def __init__(self, plain: Application, work: NetworkWork, chip: CrossbarChip) -> None:
        self.plain = plain
        self._work = work
        self._chip = chip
        self._works: dict[tuple[int, int, str], CoreWork | None] = {}
        self._figures: dict[CoreWork, CoreFigures] = {}
        self._applications: dict[Spread, Application] = {}

    def works(self, cores: Sequence[int], dealing: str) -> tuple[CoreWork | None, ...]:
        """What the fullest core of each layer computes."""
        return tuple(self._layer(i, n, dealing) for i, n in enumerate(cores))

    def application_on(self, hardware: Hardware) -> Application:
        """The network with what its cores take on a design; the same for all of a spread.

        Raises:
            ValueError: If a core cannot be built, or the network does not fit.
        """
        hardware.check(self.plain)
        spread = hardware.cores, hardware.dealing
        if spread not in self._applications:
            works = self.works(*spread)
            cores = tuple(None if work is None else self._priced(work) for work in works)
            while len(self._applications) >= N_KEPT:
                del self._applications[next(iter(self._applications))]
            self._applications[spread] = replace(self.plain, cores=cores)
        return self._applications[spread]

    def metrics(self, hardware: Hardware) -> dict[str, float]:
        """Simulate the network: what a frame takes, who takes it, and the number of cores.

        Raises:
            ValueError: If a core cannot be built, or the network does not fit.
            DeadlockError: If tokens wait for each other for ever.
        """
        application = self.application_on(hardware)
        run = execute(application, hardware)
        found = figures(application, hardware, run) | shares(application, hardware, run)
        return {"n_cores": len(hardware.nodes), **found}

    def _layer(self, index: int, n_cores: int, dealing: str) -> CoreWork | None:
        key = index, n_cores, dealing
        if key not in self._works:
            self._works[key] = self._work.of(index, self.plain.dealt(index, n_cores, dealing)[0])
        return self._works[key]

    def _priced(self, work: CoreWork) -> CoreFigures:
        if work not in self._figures:
            self._figures[work] = work.figures(self._chip)
        return self._figures[work]


def rates_of(application: Application) -> list[float]:
    """Spikes per neuron and time step, of each layer."""
    spikes = np.split(application.n_spikes, application.trace.layer_starts[1:-1])
    return [float(one.mean()) / application.trace.n_timesteps for one in spikes]
