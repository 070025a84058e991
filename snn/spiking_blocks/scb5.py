"""Spiking convolution block with 5x5 kernels."""

from snn.spiking_blocks.scb3 import SpikingConvolutionBlock

BLOCK = SpikingConvolutionBlock("scb5", 5)
