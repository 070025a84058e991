"""Delay of one stage of logic (Horowitz, PhD thesis, Stanford 1984)."""

import math

from hwmodels.compiled import compiled

IDEAL_SLOPE = 1e20  # of an input edge, 1/s: a step
_LOG_HALF_SQUARED = math.log(0.5) ** 2


@compiled
def horowitz(time_constant_s: float, slope_per_s: float) -> tuple[float, float]:
    """Delay of a stage, s, and the slope of its output, 1/s."""
    delay = time_constant_s * math.sqrt(_LOG_HALF_SQUARED + 0.5 / (slope_per_s * time_constant_s))
    return delay, 0.5 / delay
