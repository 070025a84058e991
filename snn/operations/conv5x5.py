"""Spiking neurons, a 5x5 convolution, BatchNorm."""

from snn.operation import SpikingConvolution

OPERATION = SpikingConvolution("conv5x5", kernel=5)
