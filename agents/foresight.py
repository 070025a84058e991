"""Tells what designs would be worth that nobody has simulated; every simulation teaches it."""

from dataclasses import dataclass
from typing import Any

from agents.places import Place
from async_sim.forecast import Forecast, forecast
from async_sim.hardware import Hardware
from envs.ancoef_evaluator import AncoefEvaluator
from envs.ancoef_problem import AncoefProblem

FIRST_WAITING = 1.0  # as on s256, until runs tell
ITS_WEIGHT = 0.02  # of a run whose waiting would be a seventh of its bound


class Foresight:
    """Forecasts of the simulator's figures, from the loads of cores and links.

    How long packets wait for each other, in units of a design's crowding, is fitted to all designs
    simulated so far (least squares); what is left at the design that a walker is at corrects the
    forecasts of its neighbours.
    """

    def __init__(self, problem: AncoefProblem) -> None:
        self._problem = problem
        self._application = problem.neighbourhood.application
        self._waited, self._crowded = FIRST_WAITING * ITS_WEIGHT, ITS_WEIGHT

    @property
    def waiting(self) -> float:
        """Of packets, in units of the crowding."""
        return max(self._waited / self._crowded, 0.0)

    def learn(self, place: Place) -> None:
        """Take in what a simulation told."""
        if not self.is_of(place):
            return
        one = self._forecast(place.hardware)
        crowding = one.crowding_ps / one.bound_ps
        self._waited += crowding * (place.latency_s / one.figures()["latency_s"] - 1.0)
        self._crowded += crowding**2

    def is_of(self, place: Place) -> bool:
        """Whether there is anything to tell: the simulator's figures of a design that can be."""
        is_simulated = isinstance(self._problem.evaluator, AncoefEvaluator)
        return is_simulated and place.features is not None and place.latency_s > 0

    def around(self, here: Place) -> "View":
        """What can be told of designs near one that has been simulated."""
        told = self._forecast(here.hardware).figures(self.waiting)
        return View(self, self._problem, here, here.latency_s / told["latency_s"])

    def figures(self, hardware: Hardware, correction: float) -> dict[str, float]:
        """What a design takes."""
        return self._forecast(hardware).figures(self.waiting, correction)

    def _forecast(self, hardware: Hardware) -> Forecast:
        return forecast(self._application, hardware)

    def state_dict(self) -> dict[str, Any]:
        """Return what was fitted."""
        return {"waited": self._waited, "crowded": self._crowded}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take up what was fitted."""
        self._waited, self._crowded = state["waited"], state["crowded"]


@dataclass(frozen=True)
class View:
    """Forecasts from one design that has been simulated.

    Attributes:
        correction: What its own latency is over its forecast.
    """

    foresight: Foresight
    problem: AncoefProblem
    here: Place
    correction: float

    def place(self, hardware: Hardware) -> Place:
        """A design as it would be judged; its features are taken to be those from here."""
        assert isinstance(self.problem.evaluator, AncoefEvaluator)  # noqa: S101 (by `is_of`)
        assert self.here.features is not None  # noqa: S101 (likewise)
        figures = self.foresight.figures(hardware, self.correction)
        metrics = {**self.here.features, "accuracy": self.problem.evaluator.accuracy, **figures}
        excess = sum(one.excess(metrics) for one in self.problem.evaluator.constraints)
        reward = self.problem.reward(metrics)
        return Place(hardware, reward, self.here.features, excess, figures["latency_s"])
