"""What a chain of torch and SpikingJelly layers of a user's own fires, as plain data."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from spikingjelly.activation_based import functional, layer
from torch import nn

from snn.neurons import SpikingNeuron
from snn.spike_graph import IMAGE, Feed, Shape, SpikeGraph, SpikeLayer, SpikeRecord
from snn.spikes import SpikeTrace

FORMS = (1, 3)  # axes behind (T, B): features, or channel, row and column
SUMS = "sums"  # the layer behind a last layer of weights that no neurons follow
SILENT = (  # change no wiring
    nn.BatchNorm1d, nn.BatchNorm2d, nn.Dropout, layer.Dropout, layer.Dropout2d, nn.Flatten,
    nn.Identity,
)  # fmt: skip
OF_IMAGES = (nn.Conv2d, nn.MaxPool2d)  # whose output is (T, B, C, H, W)


class ChainError(ValueError):
    """A network that is no chain of layers which the hardware has."""


@dataclass(frozen=True)
class _Ran:
    """One module that ran: its output is (T, B, ...), what entered it of any shape."""

    name: str
    module: nn.Module
    entered: torch.Tensor
    output: torch.Tensor

    @property
    def shape(self) -> Shape:
        """Height, width and channels of its output."""
        rest = self.output.shape[2:]
        if len(rest) not in FORMS:
            raise ChainError(f"{self.name}: gives {tuple(rest)} for an image; flatten it")
        return (rest[1], rest[2], rest[0]) if len(rest) > 1 else (1, 1, rest[0])

    @property
    def spikes(self) -> NDArray[np.bool_]:
        """(B * T, neurons), one image behind the other, neurons in row, column, channel order."""
        fired = self.output
        last = fired.movedim(2, -1) if fired.ndim > 3 else fired  # noqa: PLR2004 (T, B, C, H, W)
        by_image = last.transpose(0, 1).flatten(0, 1).flatten(1)
        return np.asarray((by_image > 0).cpu().numpy())


@torch.no_grad()
def record_chain(network: nn.Module, inputs: torch.Tensor) -> SpikeRecord:
    """Run a chain of layers once, at rest and from an empty state, and keep all of its spikes.

    Layers are `Conv2d`, `Linear`, 2x2 `MaxPool2d` of spikes, and SpikingJelly's neurons, one behind
    the other; normalization, dropout and flattening may stand between them. The first layer of the
    record is that of the first neurons: pixels are no spikes. A last layer of weights without
    neurons becomes one that sums up and never fires.

    Args:
        network: In multi-step mode (``functional.set_step_mode(network, "m")``).
        inputs: Of each time step and image, shape ``(T, B, ...)``.

    Raises:
        ChainError: In one line, if it is no such chain, with the name of the module.
    """
    if inputs.ndim < 3 or not inputs.numel():  # noqa: PLR2004 (T, B, features)
        raise ChainError(f"inputs need the shape (T, B, ...), got {tuple(inputs.shape)}")
    shape = inputs.shape[2:]
    if len(shape) not in FORMS:
        raise ChainError(f"inputs need features, or channels of images, got {tuple(inputs.shape)}")
    image: Shape = (shape[1], shape[2], shape[0]) if len(shape) > 1 else (1, 1, shape[0])
    layers, spikes = _layers(_run(network, inputs), image)
    trace = SpikeTrace.from_dense(spikes)
    return SpikeRecord(SpikeGraph(image, tuple(layers)), trace, inputs.shape[1])


def _run(network: nn.Module, inputs: torch.Tensor) -> list[_Ran]:
    """The modules without parts, in the order in which they ran."""
    ran: list[_Ran] = []

    def keep(name: str, module: nn.Module, entered: object, output: object) -> None:
        if not isinstance(entered, torch.Tensor) or not isinstance(output, torch.Tensor):
            raise ChainError(f"{name}: the hardware has no {type(module).__name__}")
        ran.append(_Ran(name, module, entered, output))

    hooks = [
        module.register_forward_hook(lambda m, i, output, name=name: keep(name, m, i[0], output))
        for name, module in _leaves(network)
    ]
    was_training = network.training
    functional.reset_net(network)
    try:
        network.eval()(inputs)
    except ChainError:
        raise
    except (IndexError, RuntimeError, TypeError, ValueError) as error:  # of torch, SpikingJelly
        what = str(error).splitlines()[0]
        raise ChainError(f"the network does not run on {tuple(inputs.shape)}: {what}") from error
    finally:
        for hook in hooks:
            hook.remove()
        functional.reset_net(network)
        network.train(was_training)
    _check_steps(ran)
    _check_chain(ran)
    return [replace(one, output=_with_time(one, inputs.shape[:2])) for one in ran]


def _check_steps(ran: list[_Ran]) -> None:
    """Refuse a network that goes through time itself, or takes time for images."""
    for name, n in Counter(one.name for one in ran).items():
        if n > 1:
            raise ChainError(f"{name}: ran {n} times; a chain runs once, in multi-step mode")
    for one in ran:
        if isinstance(one.module, SpikingNeuron) and one.module.step_mode != "m":
            raise ChainError(f'{one.name}: is in single-step mode; set_step_mode(network, "m")')


def _check_chain(ran: list[_Ran]) -> None:
    """Refuse sums, shortcuts and functions between modules, which no hook hears of."""
    for before, one in pairwise(ran):
        if not torch.equal(one.entered.flatten(), before.output.flatten()):
            raise ChainError(
                f"{one.name}: is not given what {before.name} gives; a chain has nothing else "
                "between its modules"
            )


def _with_time(one: _Ran, n_first: torch.Size) -> torch.Tensor:
    """(T, B, ...), also of a container of steps, which sees (T * B, ...)."""
    output = one.output
    least = 5 if isinstance(one.module, OF_IMAGES) else 3  # one image of one channel looks alike
    is_whole = output.shape[:2] == n_first and output.ndim >= least
    return output if is_whole else output.reshape(*n_first, *output.shape[1:])


def _leaves(network: nn.Module, name: str = "") -> Iterator[tuple[str, nn.Module]]:
    parts = list(network.named_children())
    if not parts or isinstance(network, SpikingNeuron):  # whose gradient is a module too
        yield name or type(network).__name__, network
        return
    for part, module in parts:
        yield from _leaves(module, f"{name}.{part}" if name else part)


def _layers(ran: list[_Ran], image: Shape) -> tuple[list[SpikeLayer], list[NDArray[np.bool_]]]:
    """Layers that spike, and what each fired."""
    layers: list[SpikeLayer] = []
    spikes: list[NDArray[np.bool_]] = []
    way: Feed | None = None  # into the next neurons
    for one in ran:
        if isinstance(one.module, SILENT):
            continue
        before = len(layers) - 1 if layers else IMAGE
        if isinstance(one.module, SpikingNeuron):
            layers.append(SpikeLayer(one.name, one.shape, (way or _direct(one, before, image),)))
            spikes.append(one.spikes)
            way = None
        elif way is not None:
            raise ChainError(f"{one.name}: stands between {way.name} and the neurons behind it")
        elif isinstance(one.module, nn.MaxPool2d):
            layers.append(SpikeLayer(one.name, one.shape, (_pooling(one, before),)))
            spikes.append(one.spikes)
        else:
            way = _weights(one, before)
    if not layers:
        raise ChainError("the network has no neurons of SpikingJelly")
    if way is not None:
        layers.append(SpikeLayer(SUMS, ran[-1].shape, (way,)))
        spikes.append(np.zeros((len(spikes[0]), layers[-1].size), np.bool_))
    return layers, spikes


def _weights(one: _Ran, before: int) -> Feed:
    module = one.module
    if isinstance(module, nn.Linear):
        if one.output.ndim > 3:  # noqa: PLR2004 (T, B, features)
            raise ChainError(f"{one.name}: sees one axis of several only; flatten before it")
        return Feed(before, "dense", one.name)
    if not isinstance(module, nn.Conv2d):
        raise ChainError(f"{one.name}: the hardware has no {type(module).__name__}")
    if isinstance(module.padding, str) or module.padding_mode != "zeros":
        raise ChainError(f"{one.name}: needs a padding of zeros, given as a number")
    if module.groups > 1 or _side(module.dilation) != 1:
        raise ChainError(f"{one.name}: the hardware has no groups and no dilation")
    form = [_side(one) for one in (module.kernel_size, module.padding, module.stride)]
    if -1 in form:
        raise ChainError(f"{one.name}: kernel, padding and stride need to be square")
    return Feed(before, "convolution", one.name, *form)


def _pooling(one: _Ran, before: int) -> Feed:
    module = one.module
    assert isinstance(module, nn.MaxPool2d)  # noqa: S101 (asked by the caller)
    if before == IMAGE:
        raise ChainError(f"{one.name}: pools what enters the network; put it behind neurons")
    form = (_side(module.kernel_size), _side(module.stride), _side(module.padding))
    if form != (2, 2, 0) or _side(module.dilation) != 1 or module.ceil_mode:
        raise ChainError(f"{one.name}: the hardware pools 2x2 places, with a stride of 2")
    return Feed(before, "pooling", one.name, kernel=2, stride=2)


def _side(value: int | tuple[int, ...]) -> int:
    """The side of a square; -1 of what is none."""
    sides = {value} if isinstance(value, int) else {*value}
    return sides.pop() if len(sides) == 1 else -1


def _direct(one: _Ran, before: int, image: Shape) -> Feed:
    """The way into neurons without weights before them: those that see the image only."""
    if before != IMAGE or one.shape != image:
        raise ChainError(f"{one.name}: needs a layer of weights before it")
    return Feed(IMAGE, "identity")
