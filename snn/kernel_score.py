"""Log-determinant of a kernel of spike patterns: SNASNet, and the variants that followed.

Two images are alike where the same neurons fire. With r the share of neurons that fire for an
image, H the number in which two images differ and N the number of neurons,

    E_ij = r_i (1 - r_j) + (1 - r_i) r_j            what H / N would be by chance
    K_ij = sum over layers and time steps of  N - alpha_ij H_ij
    alpha_ij = 0.5 / (E_ij N + 0.001)  in SNASNet's code,  0.5 / (E_ij + 0.001)  in SpikeNAS-Bench's

and the score is log |det K|; both codes divide K by the number of layers times time steps first,
NeuroNAS and SpikeNAS print the sum. Sums are in float64. Scores of unlike batch sizes, time steps
or channels do not compare.
"""

from dataclasses import dataclass

import numpy as np

from snn.cell_network import CellNetwork
from snn.score import SINGULAR, Firing, Fitness, Kernel, Score, Tally, invalid

HALF, EPSILON = 0.5, 1e-3  # of alpha, in both public codes


@dataclass(frozen=True, slots=True)
class KernelScore(Score):
    """Attributes: which alpha, and whether K is divided by the number of terms."""

    is_relative: bool = True
    is_mean: bool = False

    def kernel(self, firing: Firing) -> Kernel:
        """Sum of N - alpha H over the time steps, (S, S)."""
        n, rates = firing.n_neurons, firing.counts / firing.n_neurons
        one, other = rates[:, :, None], rates[:, None, :]
        expected = one * (1 - other) + (1 - one) * other
        alpha = HALF / (expected * (1 if self.is_relative else n) + EPSILON)
        total: Kernel = (n - alpha * firing.hamming()).sum(0)
        return total

    def judge(self, network: CellNetwork, tally: Tally, n_images: int) -> Fitness:  # noqa: ARG002
        """Take the logarithm of the determinant's size."""
        return self.value_of(tally)

    def value_of(self, tally: Tally) -> Fitness:
        """The same, whatever kind of network has fired."""
        total = np.asarray(tally.kernel)
        if not np.isfinite(total).all():
            return invalid(SINGULAR)
        sign, logarithm = np.linalg.slogdet(total / tally.n_calls if self.is_mean else total)
        if not np.isfinite(logarithm):
            return invalid(SINGULAR)
        return Fitness(float(logarithm), None, float(sign))
