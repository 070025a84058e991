"""Fire times of a pipeline without choices, by recurrence: no events, no queues, no engine."""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from async_sim.timing import StageTiming

Integers = NDArray[np.int64]


def fire_times(
    release_ps: Integers, stages: Sequence[StageTiming], depths: Sequence[int], busy_ps: Integers
) -> Integers:
    """When each stage passes each token on, (stages, tokens).

    Stage i fires for token n at the latest of: the token's arrival, the end of its own handshake
    for token n - 1, and the return of the credit of token n - D_i. These are sums and maxima alone,
    hence linear in max-plus algebra.

    Args:
        release_ps: When each token may enter the first stage, never falling, (tokens,).
        stages: Latencies of messages; that of a wire is part of them, but not of ``busy_ps``.
        depths: Tokens that each stage may send ahead to the next; the last one's is not used.
        busy_ps: Time that each stage is busy with each token, (stages, tokens).
    """
    never = np.iinfo(np.int64).min // 2
    f = np.full((len(stages), len(release_ps)), never)
    for n, release in enumerate(release_ps):
        for i in range(len(stages)):
            came = release if i == 0 else f[i - 1, n] + stages[i - 1].forward_ps
            again = f[i, n - 1] + busy_ps[i, n - 1] if n else never
            is_free = i + 1 == len(stages) or n < depths[i]
            credit = never if is_free else f[i + 1, n - depths[i]] + stages[i + 1].backward_ps
            f[i, n] = max(came, again, credit)
    return f


def steady_interval(
    stages: Sequence[StageTiming], depths: Sequence[int], busy_ps: Sequence[int]
) -> Fraction:
    """Time in ps between two tokens of a saturated pipeline.

    It is the largest mean of a circle in the graph of the recurrence: of a stage with itself, or of
    a stage and the next, whose credits go round.
    """
    loops = [
        Fraction(stages[i].forward_ps + stages[i + 1].backward_ps, depths[i])
        for i in range(len(stages) - 1)
    ]
    return max(*loops, *(Fraction(busy) for busy in busy_ps))
