"""The score as SNASNet's code has it (arXiv 2201.10355)."""

from snn.kernel_score import KernelScore

SCORE = KernelScore("snasnet", is_relative=False, is_mean=True)
