"""Simulates designs of asynchronous hardware, each on the recorded spikes of one application."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from async_sim.application import Application
from async_sim.execution import FEATURES, FIGURES, execute, figures
from async_sim.result import DeadlockError
from configs import catalog
from envs.ancoef_application import application_of, fingerprint
from envs.ancoef_design import hardware_of
from envs.evaluation import InfeasibleError, Metrics
from envs.evaluators import Constant, check_constraints
from envs.objectives import Constraint
from envs.space import Choices

VERSION = 2  # part of the store's key: raise it when any figure of any design changes
DATA = ("router", "element")  # groups of files that figures depend on


@dataclass(frozen=True)
class AncoefEvaluator:
    """Accuracy of the fixed network, and what one frame takes on a design.

    Attributes:
        source: A file of ``configs/workload``, or the path of recorded spikes.
        accuracy: Of the network, whatever hardware it runs on.
        n_threads: Time steps that are simulated at once; changes no result.
    """

    source: str
    accuracy: float
    n_threads: int = 1
    constraints: tuple[Constraint, ...] = ()
    is_cheap: bool = False
    is_quick: bool = True
    yields: ClassVar[tuple[str, ...]] = ("accuracy", *FIGURES, *FEATURES)

    @property
    def application(self) -> Application:
        """The application, which stays out of what is handed to other processes."""
        return application_of(self.source)

    @cached_property
    def context(self) -> dict[str, Any]:
        """The application's content, that of every data file, and the bounds."""
        return {
            "application": fingerprint(self.application),
            "version": VERSION,
            "data": {
                f"{group}/{name}": catalog.read(group, name)
                for group in DATA
                for name in catalog.names(group)
            },
            "accuracy": self.accuracy,
            "constraints": {one.metric: one.bound for one in self.constraints},
        }

    def __call__(self, choices: Choices, seed: int) -> Metrics:
        """Return all metrics of a design that is possible and within the bounds."""
        del seed
        metrics = self._measured(choices)
        check_constraints(self.constraints, metrics)
        return metrics

    def _measured(self, choices: Choices) -> Metrics:
        application = self.application
        try:
            hardware = hardware_of(choices, application)
            run = execute(application, hardware, n_threads=self.n_threads)
            found = figures(application, hardware, run)
        except (ValueError, DeadlockError) as error:
            raise InfeasibleError(str(error)) from error
        return {"accuracy": self.accuracy, **found}


def constant() -> Constant:
    """The same metrics for every design."""
    found = dict.fromkeys(AncoefEvaluator.yields, 1.0)
    return Constant({**found, **Constant().metrics, "edp_js": 1e-9})
