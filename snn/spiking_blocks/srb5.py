"""Spiking residual block with 5x5 kernels."""

from snn.spiking_blocks.srb3 import SpikingResidualBlock

BLOCK = SpikingResidualBlock("srb5", 5)
