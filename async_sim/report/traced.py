"""A run whose fires are known: what all kinds of trace are written from."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from async_sim.engines import Tracer
from async_sim.events import Events
from async_sim.network import Network
from async_sim.passages import Passages, passages_of
from async_sim.steps import Run


@dataclass(frozen=True)
class Traced:
    """A run, the fires of each of its time steps, and which steps files of all fires show."""

    run: Run
    events: tuple[Events, ...]
    shown: range

    @property
    def network(self) -> Network:
        """What was simulated."""
        return self.run.network

    @property
    def starts_ps(self) -> list[int]:
        """When each step begins: where the one before ends."""
        return [0, *np.cumsum(self.run.step_ps).tolist()][:-1]

    def passages(self, step: int) -> Passages:
        """The fires of a step, and where their tokens came from."""
        return passages_of(self.network, self.run.packets[step], self.events[step])

    def shown_passages(self) -> Iterator[tuple[int, int, Passages]]:
        """Number, beginning in ps and fires of each step to be shown."""
        for step in self.shown:
            yield step, self.starts_ps[step], self.passages(step)


def traced(run: Run, tracer: Tracer, shown: range) -> Traced:
    """Simulate every step again and note its fires.

    Raises:
        RuntimeError: If that changes a result, which would be a fault of the engine.
    """
    found = []
    for step, (packets, result) in enumerate(zip(run.packets, run.results, strict=True)):
        again, events = tracer(run.network, packets)
        if again.digest != result.digest:
            raise RuntimeError(f"time step {step} has another result when it is traced")
        found.append(events)
    return Traced(run, tuple(found), shown)
