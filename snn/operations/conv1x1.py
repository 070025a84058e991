"""Spiking neurons, a 1x1 convolution, BatchNorm."""

from snn.operation import SpikingConvolution

OPERATION = SpikingConvolution("conv1x1", kernel=1)
