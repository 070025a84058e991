"""Golden cases of SpikeSim and of NeuroNAS, in their names and units."""

import re
from typing import Annotated, Any, Self

from pydantic import (
    BeforeValidator,
    Field,
    model_validator,
)

from configs.mistakes import shown
from hwmodels.chip import LARGEST
from hwmodels.ela import PublishedDevice
from hwmodels.report.cases import Figures, Reading, Size
from hwmodels.report.values import Number, Positive, Whole, one_of

PUBLISHED_KINDS = {"RRAM": "rram", "ReRAM": "rram", "SRAM": "sram"}
MAX_FACTOR = 64


class ClosedFormConfig(Reading):
    """What the families after SpikeSim have in common."""

    crossbar_size: Annotated[Whole, Field(ge=1, le=LARGEST["crossbar_size"])] = Field(alias="xbar")
    kernel: Annotated[Whole, Field(ge=1, le=2**12)]
    pes_per_tile: Annotated[Whole, Field(ge=1, le=2**12)] = Field(8, alias="pe_per_tile")
    timesteps: Annotated[Whole, Field(ge=1, le=2**16)] = Field(alias="time_steps")
    clock_mhz: Annotated[Number, Field(ge=1e-3, le=1e5)] = Field(250.0, alias="clk_MHz")
    device: Annotated[PublishedDevice, one_of(PUBLISHED_KINDS)]


class SpikesimLayer(Reading):
    """One layer of a SpikeSim case."""

    in_channels: Size = Field(alias="in_ch")
    out_channels: Size = Field(alias="out_ch")
    in_side: Size = Field(alias="in_dim")
    out_side: Size = Field(alias="out_dim")


class SpikesimConfig(ClosedFormConfig):
    """A network of one kernel, and its chip."""

    layers: Annotated[list[SpikesimLayer], Field(min_length=1)]


class SpikesimFigures(Figures):
    """What SpikeSim printed; None where it printed nothing."""

    n_tiles: Positive | None = None
    n_pes: Positive | None = None
    area_total_um2: Positive | None = None
    area_neuron_mem_um2: Positive | None = None
    area_crossbar_plus_sub_um2: Positive | None = None
    area_digital_um2: Positive | None = None
    energy_layer_pJ: list[Positive] | None = None  # noqa: N815 (its name)
    energy_total_pJ: Positive | None = None  # noqa: N815
    latency_ns: Positive | None = None


class SpikesimCase(Reading):
    """A run of SpikeSim."""

    config: SpikesimConfig
    expected: SpikesimFigures

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        given, n = self.expected.energy_layer_pJ, len(self.config.layers)
        if given is not None and len(given) != n:
            raise ValueError(f"expected.energy_layer_pJ needs {n} entries, got {len(given)}")
        return self


class NeuronasConfig(ClosedFormConfig):
    """Numbers of convolutions in the cells of SNASNet, and its chip."""

    base_width: Annotated[Whole, Field(ge=1, le=2**16)]
    n_conv_cell1: Annotated[Whole, Field(ge=0, le=2**12)]
    n_conv_cell2: Annotated[Whole, Field(ge=0, le=2**12)]
    precision_factor: Annotated[Whole, Field(ge=1, le=MAX_FACTOR)]


class NeuronasFigures(Figures):
    """What NeuroNAS printed."""

    energy_uj: Positive | None = Field(None, alias="energy_uJ")
    latency_ms: Positive | None = None
    area_mm2: Positive | None = None


def _share(value: Any) -> Any:  # noqa: ANN401 (raw input)
    """Read 0.003, '0.003', '0.3%', '0.3 %' or '±0.3%'."""
    if not isinstance(value, str):
        return value
    found = re.fullmatch(r"\s*(?:±|\+/?-)?\s*(\d+\.?\d*|\.\d+)\s*(%?)\s*", value)
    if not found:
        raise ValueError(f"needs a share such as 0.003 or '0.3%', got {shown(value)}")
    return float(found[1]) / (100 if found[2] else 1)


Share = Annotated[Number, BeforeValidator(_share), Field(ge=0, le=1)]


class NeuronasTolerances(Reading):
    """Largest deviations; None is the usual one."""

    energy: Share | None = None
    latency: Share | None = None
    area: Share | None = None


class NeuronasCase(Reading):
    """Figures that NeuroNAS published."""

    config: NeuronasConfig
    expected: NeuronasFigures
    tolerance: NeuronasTolerances = NeuronasTolerances()
