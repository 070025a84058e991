"""One 5x5 convolution without padding: ANAS's CIFAR10Net has it, as its FC(800) tells."""

from snn.spiking_blocks.conv3 import SpikingConvolution

BLOCK = SpikingConvolution("conv5_valid", 5, padding=0)
