"""The score as SpikeNAS-Bench's evaluation code has it."""

from snn.kernel_score import KernelScore

SCORE = KernelScore("bench", is_mean=True)
