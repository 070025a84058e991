"""Networks of blocks as plain data, with their sizes in closed form (AutoSNN, ANCoEF)."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from configs import catalog
from configs.catalog import suggestion
from configs.fields import check, made, whole_numbers
from snn.block import Block, block
from snn.macro import Neuron
from snn.spike_graph import IMAGE, Feed, Shape, SpikeGraph, SpikeLayer

if TYPE_CHECKING:
    import torch

    from snn.block_modules import BlockModules

OPEN = "tbd"  # a block to be decided, of a supernet


@dataclass(frozen=True, slots=True)
class Stage:
    """A block and the channels that it yields, written ``scb5 16``; ``max_pool`` keeps them.

    Raises:
        UnknownNameError: If there is no such block.
        ValueError: If channels are missing, not positive, or told to a block that keeps them.
    """

    name: str
    channels: int | None = None

    def __post_init__(self) -> None:
        keeps = self.name != OPEN and block(self.name).keeps_channels
        if keeps and self.channels is not None:
            raise ValueError(f"'{self}': {self.name} keeps the channels; leave the number out")
        if not keeps and (self.channels is None or self.channels < 1):
            raise ValueError(f"'{self}': {self.name} needs a number of channels behind it")

    def __str__(self) -> str:
        return self.name if self.channels is None else f"{self.name} {self.channels}"

    @classmethod
    def of(cls, text: str) -> "Stage":
        """Read ``scb5 16`` or ``max_pool``.

        Raises:
            UnknownNameError: If there is no such block.
            ValueError: If it cannot be read.
        """
        name, _, channels = str(text).strip().partition(" ")
        if channels and not channels.strip().isdecimal():
            raise ValueError(f"'{text}': a stage is a block and its channels, as 'scb5 16'")
        return cls(name, int(channels) if channels else None)


@dataclass(frozen=True)
class BlockNetwork:
    """A stem, blocks and poolings, linear layers; all of them yield spikes.

    A static image is seen at every time step (direct coding): what comes before the first neurons
    is computed once. Each class has ``voting`` neurons; the output is their mean rate.

    Attributes:
        image_shape: Height, width, channels.
        hidden: Neurons of each linear layer before the classifier; none has biases or BatchNorm.

    Raises:
        ValueError: If a kernel does not fit, a number is not positive or a block is still open.
    """

    image_shape: Shape
    stem: Stage
    stages: tuple[Stage, ...]
    hidden: tuple[int, ...]
    voting: int
    n_classes: int
    timesteps: int
    neuron: Neuron = field(default_factory=lambda: Neuron(tau=2.0))

    def __post_init__(self) -> None:
        counts = (*self.image_shape, *self.hidden, self.voting, self.n_classes, self.timesteps)
        if len(self.image_shape) != 3 or min(counts) < 1:  # noqa: PLR2004 (H, W, C)
            raise ValueError(
                "a network needs height, width and channels of an image, and 1 or more of "
                "everything else"
            )
        if OPEN in {stage.name for stage in (self.stem, *self.stages)}:
            raise ValueError(f"a block is '{OPEN}', still to be decided: that is a supernet's")
        _ = self.graph  # says what does not fit

    @property
    def input_shape(self) -> Shape:
        """Channels, height, width of an image, in the order of torch."""
        height, width, channels = self.image_shape
        return channels, height, width

    @property
    def n_outputs(self) -> int:
        """Neurons of the classifier."""
        return self.voting * self.n_classes

    @cached_property
    def graph(self) -> SpikeGraph:
        """All layers, and what feeds them."""
        layers: list[SpikeLayer] = []
        last, shape = IMAGE, self.image_shape
        for name, stage in self.named_stages():
            found = placed(name, stage, shape, last, len(layers))
            layers.extend(found)
            if found:
                last, shape = len(layers) - 1, found[-1].shape
        for name, n in self.named_linears():
            feed = Feed(last, "dense", f"{name}.linear")
            last = len(layers)
            layers.append(SpikeLayer(f"{name}.neuron", (1, 1, n), (feed,)))
        return SpikeGraph(self.image_shape, tuple(layers))

    def named_stages(self) -> tuple[tuple[str, Stage], ...]:
        """Stem and stages by the names of their modules."""
        numbered = ((f"stages.{i}", stage) for i, stage in enumerate(self.stages))
        return ("stem", self.stem), *numbered

    def named_linears(self) -> tuple[tuple[str, int], ...]:
        """Neurons of the linear layers, by the names of their modules."""
        numbered = ((f"hidden.{i}", n) for i, n in enumerate(self.hidden))
        return *numbered, ("classifier", self.n_outputs)

    @property
    def n_convolution_weights(self) -> int:
        """Weights of all convolutions."""
        kinds = self.graph.weighted()
        return sum(n for feed, _, n in kinds if feed.kind == "convolution")

    @property
    def n_parameters(self) -> int:
        """All trainable parameters: weights, and 2 of BatchNorm per channel of a convolution."""
        return sum(
            n + (2 * layer.shape[2] if feed.kind == "convolution" else 0)
            for feed, layer, n in self.graph.weighted()
        )

    @property
    def n_macs(self) -> int:
        """Multiply-accumulates of one image and time step, padding included, the stem too."""
        return sum(n * layer.shape[0] * layer.shape[1] for _, layer, n in self.graph.weighted())

    def build(self, generator: "torch.Generator") -> "BlockModules":
        """Build the module and draw its weights."""
        from snn.block_modules import build_blocks  # noqa: PLC0415 (sizes need no torch)

        return build_blocks(self, generator)

    def plain(self) -> dict[str, Any]:
        """As a file of ``configs/network`` has it."""
        return {
            **asdict(self),
            "image_shape": list(self.image_shape),
            "stem": str(self.stem),
            "stages": [str(stage) for stage in self.stages],
            "hidden": list(self.hidden),
        }

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> "BlockNetwork":
        """Read what `plain` gives.

        Raises:
            ValueError: If something is unknown, missing or not allowed.
        """
        return cls(**read_fields(content))

    @classmethod
    def preset(cls, name: str, **changes: Any) -> "BlockNetwork":  # noqa: ANN401 (as the fields)
        """Read a file of ``configs/network``, with some fields changed.

        Raises:
            UnknownNameError: If there is no such file.
            ValueError: If there is no such field, or a value is not allowed.
        """
        return replace(cls.of(catalog.read("network", name)), **changes)


def placed(
    name: str, stage: Stage, shape: Shape, entering: int, start: int
) -> tuple[SpikeLayer, ...]:
    """Layers of a stage within a network.

    Args:
        name: Of the stage's module.
        entering: Index of the layer that it takes.
        start: Index of its first layer.

    Raises:
        ValueError: If a kernel does not fit; the message names the stage.
    """
    made = _layers(block(stage.name), stage, shape, name)
    return tuple(
        SpikeLayer(
            f"{name}.{layer.name}",
            layer.shape,
            tuple(_moved(feed, name, entering, start) for feed in layer.feeds),
        )
        for layer in made
    )


def _layers(made: Block, stage: Stage, shape: Shape, where: str) -> tuple[SpikeLayer, ...]:
    try:
        return made.layers(shape, stage.channels or shape[2])
    except ValueError as error:
        raise ValueError(f"{where}, '{stage}': {error}") from error


def _moved(feed: Feed, name: str, entering: int, start: int) -> Feed:
    source = start + feed.source - 1 if feed.source else entering
    return replace(feed, source=source, name=f"{name}.{feed.name}" if feed.name else "")


def read_fields(content: Mapping[str, Any]) -> dict[str, Any]:
    """Make the fields of a network from what a file has.

    Raises:
        ValueError: If a key is unknown or missing, or a stage cannot be read.
    """
    known = tuple(BlockNetwork.__dataclass_fields__)
    given = {key: value for key, value in content.items() if key != "source"}
    for key in given:
        if key not in known:
            raise ValueError(f"{key}: no such setting of a network; {suggestion(key, known)}")
    for key in known:
        if key not in given and key != "neuron":
            raise ValueError(f"{key}: a network needs it")
    given["stem"] = Stage.of(given["stem"])
    given["stages"] = tuple(Stage.of(text) for text in _listed(given["stages"]))
    if "neuron" in given:
        given["neuron"] = made(Neuron, given["neuron"])
    check(BlockNetwork, given)
    return given | {key: whole_numbers(key, given[key]) for key in ("image_shape", "hidden")}


def _listed(stages: Sequence[str]) -> Sequence[str]:
    if not isinstance(stages, list | tuple):
        raise ValueError(f"stages: needs a list, got '{stages!s:.40}'")  # noqa: TRY004 (of a setting)
    return stages
