"""Spiking neurons, a 7x7 convolution, BatchNorm."""

from snn.operation import SpikingConvolution

OPERATION = SpikingConvolution("conv7x7", kernel=7)
