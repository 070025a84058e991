"""Spiking neurons of SpikingJelly with the settings of the papers, stepping over (T, B, ...)."""

import logging

from spikingjelly.activation_based import functional, neuron, surrogate
from torch import nn

from snn.macro import Neuron


def _is_news(record: logging.LogRecord) -> bool:
    """SpikingJelly's first step makes torch warn that Triton is missing, which nobody asked for."""
    return "Triton not available" not in record.getMessage()


logging.getLogger("torch._library.triton").addFilter(_is_news)

SpikingNeuron = neuron.BaseNode
"""What every neuron here is an instance of; its output is (T, B, ...) of 0 and 1."""


def spiking_neuron(settings: Neuron, threshold: float) -> nn.Module:
    """Make neurons with the ATan surrogate gradient, cut off from their own reset (NeuroNAS).

    All arguments are given: SpikingJelly's own defaults are others.
    """
    arguments = {
        "v_threshold": threshold,
        "v_reset": 0.0 if settings.reset == "hard" else None,
        "surrogate_function": surrogate.ATan(),
        "detach_reset": True,
        "step_mode": "m",
    }
    made: nn.Module
    if settings.kind == "if":
        made = neuron.IFNode(**arguments)
    else:
        made = neuron.LIFNode(tau=settings.tau, decay_input=settings.decays_input, **arguments)
    return made


def reset(network: nn.Module) -> None:
    """Forget all potentials; due before every image, as SpikingJelly does not notice a new one."""
    functional.reset_net(network)


def is_neuron(module: nn.Module) -> bool:
    """Whether a module is a layer of spiking neurons."""
    return isinstance(module, SpikingNeuron)
