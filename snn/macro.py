"""What all cell networks of a data set share: sizes, time steps, neurons; plain data."""

from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from configs import catalog
from configs.catalog import suggestion
from configs.fields import made

Reset = Literal["hard", "soft"]
Kind = Literal["lif", "if"]
Initialization = Literal["paper", "standard"]


@dataclass(frozen=True, slots=True)
class Neuron:
    """A spiking neuron; one time step is H = V + (x - V) / tau, S = 1 if H >= threshold.

    Attributes:
        kind: ``lif`` leaks; ``if`` does not (H = V + x) and has no use for ``tau``.
        tau: Time constant in time steps, above 1.
        reset: After a spike V is 0 (``hard``) or lower by the threshold (``soft``).
        decays_input: Whether the input is divided by ``tau`` too; else H = V - V / tau + x.
    """

    kind: Kind = "lif"
    tau: float = 4 / 3
    reset: Reset = "hard"
    decays_input: bool = True

    def __post_init__(self) -> None:
        if self.kind not in {"lif", "if"} or self.reset not in {"hard", "soft"}:
            raise ValueError(
                f"a neuron is 'lif' or 'if', its reset 'hard' or 'soft'; got '{self.kind}', "
                f"'{self.reset}'"
            )
        if not self.tau > 1:
            raise ValueError(f"tau needs a number above 1, got {self.tau}")


@dataclass(frozen=True, slots=True)
class Macro:
    """The frame around the cells; docs/models/snn.md draws it.

    Attributes:
        in_side: Height and width of an image.
        stem_stride: Stride of the first convolution.
        channels: C, of the first cell; each further cell has twice those of the one before.
        timesteps: T, how often the network sees an image.
        head_pool: Side of the pooling windows before the classifier.
        hidden_features: F1, between the two linear layers.
        voting: K, outputs of which the mean is one class.
        initialization: ``paper`` draws linear layers from N(0, 0.01), which leaves small networks
            silent; ``standard`` as torch does. Convolutions are Kaiming-uniform (a = 2) in both.
        dropout_ratio: Of the classifier, while it trains.
    """

    in_channels: int
    in_side: int
    stem_stride: int
    channels: int
    head_pool: int
    hidden_features: int
    voting: int
    n_classes: int
    timesteps: int
    initialization: Initialization = "paper"
    dropout_ratio: float = 0.5
    neuron: Neuron = field(default_factory=Neuron)

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if type(value) is int and value < 1:
                raise ValueError(f"{name}: needs at least 1, got {value}")
        if not 0 <= self.dropout_ratio < 1:
            raise ValueError(f"dropout_ratio: needs 0 or more, below 1, got {self.dropout_ratio}")
        if self.initialization not in {"paper", "standard"}:
            raise ValueError(f"initialization: 'paper' or 'standard', got '{self.initialization}'")

    @property
    def input_shape(self) -> tuple[int, int, int]:
        """Channels, height, width of an image."""
        return self.in_channels, self.in_side, self.in_side

    @property
    def stem_side(self) -> int:
        """Side of the first cell's feature maps."""
        return -(-self.in_side // self.stem_stride)

    @classmethod
    def preset(cls, name: str, **changes: Any) -> "Macro":  # noqa: ANN401 (as the fields have it)
        """Read the frame of a data set, with some fields changed.

        Raises:
            UnknownNameError: If ``configs/macro`` has no such file.
            ValueError: If there is no such field, or a value is not allowed.
        """
        content = catalog.read("macro", name)
        if "neuron" in content:
            content["neuron"] = made(Neuron, content["neuron"])
        macro = made(cls, content)
        for key in changes:
            if key not in asdict(macro):
                raise ValueError(f"{key}: no such setting; {suggestion(key, asdict(macro))}")
        return replace(macro, **changes)
