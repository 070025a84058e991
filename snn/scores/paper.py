"""The score as NeuroNAS (eq. 1) and SpikeNAS (eqs. 4 and 5) print it."""

from snn.kernel_score import KernelScore

SCORE = KernelScore("paper")
