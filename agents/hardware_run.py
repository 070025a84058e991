"""A run of ``env=ancoef``, read back from its directory, and its designs simulated again."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.judged import Judged, best_of, judged_designs
from agents.settings import RunSettings
from agents.usage import UsageError, saved_config, validated
from async_sim.application import Application
from async_sim.design_costs import costs_of, design_energy
from async_sim.engines import load_engine
from async_sim.execution import execute, figures
from async_sim.hardware import Hardware
from async_sim.layer_figures import LayerFigures, layer_figures
from async_sim.steps import Run
from envs.ancoef_settings import AncoefSettings

EDP = "edp_js"


@dataclass(frozen=True)
class HardwareRun:
    """What a search for asynchronous hardware has left behind.

    Attributes:
        designs: All that were evaluated, in order.
        best: Of the highest reward.
    """

    path: Path
    settings: RunSettings
    designs: tuple[Judged, ...]
    best: Judged

    @property
    def application(self) -> str:
        """The network that hardware was searched for."""
        return self.env.application

    @property
    def env(self) -> AncoefSettings:
        """Settings of the environment."""
        assert isinstance(self.settings.env, AncoefSettings)  # noqa: S101 (see `read_run`)
        return self.settings.env

    @property
    def least_edp_js(self) -> NDArray[np.float64]:
        """The least energy-delay product so far, after each evaluation; inf before there is any."""
        edp_js = [
            one.evaluation.metrics[EDP] if one.is_feasible else np.inf for one in self.designs
        ]
        return np.asarray(np.minimum.accumulate(edp_js))


def read_run(run_dir: Path) -> HardwareRun:
    """Read a run back.

    Raises:
        UsageError: If there is none, it is of another environment, simulates nothing, or has
            found no feasible design, or is damaged.
    """
    settings = validated(saved_config(run_dir, "run_dir"))
    if not isinstance(settings.env, AncoefSettings):
        raise UsageError(f"{run_dir}: is a run of env={settings.env.name}, not of env=ancoef")
    if settings.env.evaluator != "real":
        raise UsageError(f"{run_dir}: env.evaluator={settings.env.evaluator} simulates nothing")
    designs = judged_designs(run_dir)
    for one in designs:
        if one.is_feasible and EDP not in one.evaluation.metrics:
            raise UsageError(f"{run_dir}: its evaluation {one.number} lacks {EDP}: it is damaged")
    best = best_of(designs)
    if best is None:
        raise UsageError(f"{run_dir}: none of its {len(designs)} designs is feasible")
    return HardwareRun(run_dir, settings, tuple(designs), best)


@dataclass(frozen=True)
class Simulated:
    """A design, simulated on the spikes of an application."""

    application: Application
    hardware: Hardware
    run: Run

    @cached_property
    def figures(self) -> dict[str, float]:
        """Of one frame, as the search saw them."""
        return figures(self.application, self.hardware, self.run)

    @cached_property
    def layers(self) -> tuple[LayerFigures, ...]:
        """What each layer takes for one frame."""
        return layer_figures(self.application, self.hardware, self.run)

    @cached_property
    def area_m2(self) -> dict[str, float]:
        """By part."""
        parts = costs_of(self.application, self.hardware).parts
        return {name: part.area_um2 / 1e12 for name, part in parts.items()}

    @cached_property
    def energy_j(self) -> dict[str, float]:
        """Of one frame, by cause."""
        parts = design_energy(self.application, self.hardware, self.run).parts_aj
        return {name: aj / 1e18 / self.application.n_samples for name, aj in parts.items()}

    @property
    def n_fires(self) -> int:
        """Handshakes of the run: what a simulation takes time for."""
        return int(self.run.total("fires").sum())

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "figures": self.figures,
            "layers": [asdict(one) | {EDP: one.edp_js} for one in self.layers],
            "area_m2": self.area_m2,
            "energy_j": self.energy_j,
        }


def simulated(application: Application, hardware: Hardware) -> Simulated:
    """Simulate a design with the compiled engine.

    Raises:
        ValueError: If the application does not fit.
        DeadlockError: If tokens wait for each other for ever.
    """
    return Simulated(application, hardware, execute(application, hardware))


def differences(one: Simulated, metrics: Mapping[str, float]) -> list[str]:
    """In which figures a simulation differs from what a search has noted."""
    return [
        f"{name} {value!r}, in the search {metrics.get(name)!r}"
        for name, value in one.figures.items()
        if value != metrics.get(name)
    ]


def simulated_by_actors(application: Application, hardware: Hardware) -> Simulated:
    """Simulate a design with the reference engine, which is slow."""
    run = execute(application, hardware, load_engine("actor"))
    return Simulated(application, hardware, run)
