"""Settings of the group ``env`` with ``name: joint``."""

from typing import Annotated, Any, Literal

from pydantic import Field

from envs.coexplore_settings import Picoseconds, TrainingSettings, catalogued
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
    blocks: BlocksSettings
    chain: ChainSettings
    cells: CellsSettings
    space: Space

    def told(self) -> dict[str, Any]:
        """What an evaluation depends on, besides the choices."""
        return self.model_dump(mode="json", exclude={"given", "infeasible_reward", "space"})
