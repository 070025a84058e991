"""What the cores of a layer take where a model of their own says so, not that of digital ones."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from async_sim.silicon import Silicon


@dataclass(frozen=True)
class CoreFigures:
    """Of the fullest core of a layer; all cores of the layer count as such.

    It stands for memories and logic of `async_sim.elements`. What packets come through stays: AER
    FIFOs, decoder, and the destinations of the core's own spikes. Spikes are gathered, so that a
    synapse takes neither time nor energy when its spike arrives: the sweep of the next time step
    pays for all of them.

    Attributes:
        sweep_ps: Time to update all of its neurons, in each time step; they fire evenly over it.
        sweep_aj: Energy of a sweep, by part, in attojoules.
        silicon: Area and leakage, by part.
    """

    sweep_ps: int = 0
    sweep_aj: Mapping[str, int] = field(default_factory=dict)
    silicon: Mapping[str, Silicon] = field(default_factory=dict)

    def __post_init__(self) -> None:
        parts = self.silicon.values()
        least = [self.sweep_ps, *self.sweep_aj.values()]
        least += [least for one in parts for least in (one.area_um2, one.leakage_pw)]
        if min(least) < 0:
            raise ValueError(f"a core takes no time, energy, area or leakage below 0: {self}")


FREE = CoreFigures()
