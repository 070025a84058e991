"""Settings of what a design runs on: the group ``hardware``."""

from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from configs import catalog
from envs.nacim_decisions import LARGEST_KERNEL, LARGEST_SIZE, MOST_CONVERTER_BITS
from envs.settings_types import Count, Positive, Strict
from hwmodels.estimate import check_technology


class CircuitSettings(Strict):
    """hwmodels.chip.Circuit, as far as the search does not choose it."""

    crossbar_size: Annotated[Count, Field(le=LARGEST_SIZE)]
    converter_bits: Annotated[Count, Field(le=MOST_CONVERTER_BITS)]
    columns_per_converter: Annotated[Count, Field(le=LARGEST_SIZE)]
    converter: Literal["flash", "sar"]
    mapping: Literal["conventional", "novel"]
    split_kernel: Annotated[Count, Field(le=LARGEST_KERNEL)]
    interconnect: Literal["h-tree", "bus"]
    is_pipelined: bool
    is_calibrated: bool
    speedup_degree: Annotated[Count, Field(le=LARGEST_SIZE)]
    clock_hz: Annotated[Positive, Field(ge=1e3, le=1e11)]


class HardwareSettings(Strict):
    """Group ``hardware``."""

    model: str
    technology: str | None
    device: str
    variation: str | None
    circuit: CircuitSettings

    @field_validator("device")
    @classmethod
    def _is_known(cls, name: str) -> str:
        catalog.read("device", name)
        return name

    @field_validator("variation")
    @classmethod
    def _is_known_variation(cls, name: str | None) -> str | None:
        if name is not None:
            catalog.read("variation", name)
        return name

    @field_validator("model")
    @classmethod
    def _is_known_model(cls, name: str) -> str:
        check_technology(name, None)
        return name

    @field_validator("technology")
    @classmethod
    def _is_of_the_model(cls, name: str | None, there: ValidationInfo) -> str | None:
        if "model" in there.data:  # else that is the mistake to be told
            check_technology(there.data["model"], name)
        return name
