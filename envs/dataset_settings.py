"""Settings of the group ``dataset``."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from envs.settings_types import Count, Natural, Positive, Real, Share, Strict

Side = Annotated[Count, Field(ge=2, le=4096)]
AtLeastTwenty = Annotated[Count, Field(ge=20)]
Text = Annotated[str, Field(min_length=1)]


class DigitsSettings(Strict):
    """Group ``dataset`` with ``name: digits``."""

    name: Literal["digits"]

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Channels, height, width."""
        return (1, 8, 8)

    @property
    def n_classes(self) -> int:
        """Number of classes."""
        return 10


class SyntheticSettings(Strict):
    """Group ``dataset`` with ``name: synthetic``."""

    name: Literal["synthetic"]
    n_train: Annotated[Count, Field(ge=20, le=100_000)]
    n_test: Annotated[Count, Field(ge=20, le=100_000)]
    seed: Natural

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Channels, height, width."""
        return (3, 32, 32)

    @property
    def n_classes(self) -> int:
        """Number of classes."""
        return 10


class AugmentationSettings(Strict):
    """snn.augmentation.Augmentation."""

    padding: Annotated[Natural, Field(le=64)]
    is_flipped: bool


class NormalizationSettings(Strict):
    """snn.augmentation.Normalization: a number per channel."""

    mean: tuple[Real, ...]
    deviation: tuple[Positive, ...]


class HubSource(Strict):
    """Where a repository of Hugging Face keeps images and labels."""

    repository: Text
    configuration: Text | None
    revision: Text | None
    train: Text
    test: Text
    image: Text
    label: Text


class ImageSettings(Strict):
    """Group ``dataset`` with a set of images from Hugging Face (snn.hub_images.HubImages)."""

    name: Literal["mnist", "cifar10", "cifar100", "svhn", "tinyimagenet200"]
    path: Text | None
    shape: tuple[Literal[1, 3], Side, Side]
    n_classes: Annotated[Count, Field(ge=2)]
    n_train: AtLeastTwenty | None
    n_test: AtLeastTwenty | None
    source: HubSource
    normalization: NormalizationSettings
    augmentation: AugmentationSettings

    @model_validator(mode="after")
    def _has_a_number_per_channel(self) -> Self:
        for name in ("mean", "deviation"):
            n = len(getattr(self.normalization, name))
            if n != self.shape[0]:
                raise ValueError(
                    f"normalization.{name}: needs a number per channel, {self.shape[0]}, got {n}"
                )
        return self

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Channels, height, width."""
        return self.shape


class EventSource(Strict):
    """A set of recordings that tonic knows."""

    tonic: Literal["NMNIST", "DVSGesture", "CIFAR10DVS"]
    side: Side
    train_ratio: Annotated[Share, Field(gt=0, lt=1)] | None


class FrameSettings(Strict):
    """How recordings become frames (snn.event_frames.Frames)."""

    n_frames: Annotated[Count, Field(le=1000)]
    binning: Literal["time", "count"]
    side: Side
    is_binary: bool


class EventSettings(Strict):
    """Group ``dataset`` with recordings of an event camera (snn.event_frames)."""

    name: Literal["nmnist", "dvsgesture", "cifar10dvs"]
    path: Text | None
    n_classes: Annotated[Count, Field(ge=2)]
    n_train: AtLeastTwenty | None
    n_test: AtLeastTwenty | None
    source: EventSource
    frames: FrameSettings
    augmentation: AugmentationSettings

    @model_validator(mode="after")
    def _frames_fit_the_sensor(self) -> Self:
        if self.frames.side > self.source.side:
            raise ValueError(
                f"frames.side: needs at most the {self.source.side} pixels of the sensor, got "
                f"{self.frames.side}"
            )
        return self

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Polarities, height, width of a frame."""
        return (2, self.frames.side, self.frames.side)


IMAGE_SETS = ("digits", "synthetic", "mnist", "cifar10", "cifar100", "svhn", "tinyimagenet200")
DatasetSettings = Annotated[
    DigitsSettings | SyntheticSettings | ImageSettings | EventSettings,
    Field(discriminator="name"),
]
