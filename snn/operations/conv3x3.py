"""Spiking neurons, a 3x3 convolution, BatchNorm."""

from snn.operation import SpikingConvolution

OPERATION = SpikingConvolution("conv3x3", kernel=3)
