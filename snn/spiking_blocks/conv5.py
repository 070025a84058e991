"""One 5x5 convolution, BatchNorm, neurons."""

from snn.spiking_blocks.conv3 import SpikingConvolution

BLOCK = SpikingConvolution("conv5", 5)
