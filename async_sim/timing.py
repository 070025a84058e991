"""Latencies of the controllers of a router, in integer picoseconds."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from configs import catalog

ROUTER = "ancoef_180nm_2024"
STAGES = ("input_unit", "switch_allocator", "output_unit", "source", "sink")


@dataclass(frozen=True, slots=True)
class StageTiming:
    """One handshake stage.

    Attributes:
        forward_ps: From a request that comes in to the request that goes out.
        backward_ps: From a token taken to its acknowledgement seen upstream.
    """

    forward_ps: int
    backward_ps: int

    def __post_init__(self) -> None:
        for name in ("forward_ps", "backward_ps"):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool):
                raise TypeError(f"{name} must be a whole number of picoseconds, got {value!r}")
            if not 1 <= value <= LONGEST_PS:
                raise ValueError(
                    f"{name} must lie between 1 and {LONGEST_PS} ps (a message that takes no time "
                    f"would make the result depend on the order of events), got {value}"
                )

    @property
    def cycle_ps(self) -> int:
        """Shortest time between two tokens."""
        return self.forward_ps + self.backward_ps


LONGEST_PS = 10**12


@dataclass(frozen=True, slots=True)
class RouterTiming:
    """The five kinds of controller of a node."""

    input_unit: StageTiming
    switch_allocator: StageTiming
    output_unit: StageTiming
    source: StageTiming
    sink: StageTiming

    @property
    def shortest_ps(self) -> int:
        """The shortest latency of any message."""
        stages = (getattr(self, name) for name in STAGES)
        return min(min(stage.forward_ps, stage.backward_ps) for stage in stages)


@cache
def load_timing(name: str = ROUTER) -> RouterTiming:
    """Read the latencies of a file of ``configs/router``.

    Raises:
        UnknownNameError: If there is no such file.
    """
    content = catalog.read("router", name)
    interface = _stage(content["network_interface"])
    units = {name: _stage(content[name]) for name in STAGES[:3]}
    return RouterTiming(**units, source=interface, sink=interface)


def _stage(figures: dict[str, Any]) -> StageTiming:
    return StageTiming(figures["forward_ps"], figures["backward_ps"])
