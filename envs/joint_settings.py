"""Settings of the group ``env`` with ``name: joint``."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from envs.coexplore_settings import Picoseconds, TrainingSettings, catalogued
from envs.joint_inner_settings import InnerMappingSettings
from envs.nacim_decisions import LARGEST_SIZE
from envs.settings_types import CheckedChoice, Count, Real, Share, Strict
from envs.space_settings import Space
from envs.switches import JointSwitches
from hwmodels.workload import MAX_BITS
from snn.cell_network import MOST_CELLS


class DigitalSettings(Strict):
    """Times of what is not a crossbar: AER decoders of all cores, and cores that pool."""

    update_ps: Picoseconds
    decode_ps: Picoseconds
    synapse_ps: Picoseconds


class NoisyTrainingSettings(TrainingSettings):
    """A recipe, and how far weights vary meanwhile, in units of their layer's range."""

    deviation_ratio: Annotated[Share, Field(lt=1)]


class BlocksSettings(Strict):
    """Networks of a supernet, with the weights that they share."""

    supernet: Annotated[str, catalogued("supernet")]
    training: NoisyTrainingSettings
    n_recalibration: Annotated[Count, Field(le=1_000_000)]


class TrainedSettings(Strict):
    """Networks, each trained from scratch on its device.

    Attributes:
        voting: Neurons of each class.
    """

    voting: Annotated[Count, Field(le=1000)]
    training: TrainingSettings
    n_recalibration: Annotated[Count, Field(le=1_000_000)]


class ScoreSettings(Strict):
    """A training-free score of the network that is chosen.

    Attributes:
        n_images: Of those to train on.
        at_least: What a design needs to go on; None: nobody is scored.
    """

    name: Literal["paper", "bench", "snasnet"]
    n_images: Annotated[Count, Field(ge=2, le=1000)]
    at_least: Real | None


class ShortSettings(Strict):
    """A first, rough accuracy: of few images on few chips, after few epochs.

    Attributes:
        accuracy: What a design needs to go on; None: nobody is measured so, unless to be halved.
        epochs: Of families whose networks are trained one by one; those of `blocks` are already.
    """

    accuracy: Share | None
    n_chips: Annotated[Count, Field(le=10_000)]
    n_images: Annotated[Count, Field(le=1_000_000)]
    epochs: Annotated[Count, Field(le=10_000)]


class StageHalvingSettings(Strict):
    """Successive halving: of a batch the ``share`` best by their short accuracy goes on.

    Attributes:
        share: None: all do.
    """

    share: Annotated[Share, Field(gt=0)] | None


class StagesSettings(Strict):
    """The stages that can be left out."""

    score: ScoreSettings
    short: ShortSettings
    halving: StageHalvingSettings

    @property
    def has_short(self) -> bool:
        """Whether anybody needs the short accuracy."""
        return self.short.accuracy is not None or self.halving.share is not None


class ChainSettings(TrainedSettings):
    """Convolutions one behind the other."""

    n_convolutions: Annotated[Count, Field(le=32)]


class CellsSettings(TrainedSettings):
    """Cells in their frame.

    Attributes:
        channels: Of stem and first cell; each further cell has twice those of the one before.
    """

    n_cells: Annotated[Count, Field(le=MOST_CELLS)]
    channels: Annotated[Count, Field(le=LARGEST_SIZE)]


class JointSettings(Strict):
    """Group ``env`` with ``name: joint``."""

    name: Literal["joint"]
    network: Literal["blocks", "chain", "cells"]
    evaluator: Literal["real", "constant"]
    switches: JointSwitches
    given: dict[str, dict[str, CheckedChoice]]
    infeasible_reward: Annotated[Real, Field(ge=-1e6, le=1e6)]
    validation_ratio: Annotated[Share, Field(gt=0, lt=1)]
    n_chips: Annotated[Count, Field(le=10_000)]
    n_samples: Annotated[Count, Field(le=10_000)]
    pixel_bits: Annotated[Count, Field(le=MAX_BITS)]
    digital: DigitalSettings
    stages: StagesSettings
    blocks: BlocksSettings
    chain: ChainSettings
    inner: InnerMappingSettings = InnerMappingSettings()
    cells: CellsSettings
    space: Space

    @model_validator(mode="after")
    def _decides_on_the_mapping_once(self) -> Self:
        if self.inner.budget and self.switches.SM:
            raise ValueError(
                "inner.budget: the mapping of each design is one of its decisions; to have it "
                "searched by moves, freeze its group: env.switches.SM=false"
            )
        return self

    def told(self) -> dict[str, Any]:
        """What an evaluation depends on, besides the choices and the search for the mapping."""
        besides = {"given", "infeasible_reward", "space", "inner"}
        return self.model_dump(mode="json", exclude=besides)
