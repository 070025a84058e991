"""Golden cases as they stand in a file: one model per family, in the names of the tools."""

import difflib
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    model_validator,
)

from configs import catalog
from configs.mistakes import shown
from hwmodels.chip import CIRCUIT_FIELDS, LARGEST, Circuit
from hwmodels.devices import MAX_CELL_BITS, Device
from hwmodels.ela import PublishedDevice
from hwmodels.report.values import Flag, Number, Positive, Whole, one_of
from hwmodels.technology import load_technology
from hwmodels.workload import MAX_BITS, Activity, LayerWork, Workload

KINDS = {"SRAM": "sram", "FeFET": "fefet", "1T1R": "resistive"} | dict.fromkeys(
    ("RRAM", "ReRAM", "PCM", "STT", "STT-MRAM", "MRAM"), "resistive"
)
PUBLISHED_KINDS = {"RRAM": "rram", "ReRAM": "rram", "SRAM": "sram"}
LARGEST_SIZE = 10**7
MAX_FACTOR = 64
ALIKE = 0.85  # from here on, a key that is not known is a known one, misspelt

Size = Annotated[Whole, Field(ge=1, le=LARGEST_SIZE)]
Bits = Annotated[Whole, Field(ge=1, le=MAX_BITS)]
EachBits = Annotated[list[Bits], BeforeValidator(lambda x: x if isinstance(x, list) else [x])]
EachNumber = Annotated[list[Positive], BeforeValidator(lambda x: x if isinstance(x, list) else [x])]


class Reading(BaseModel):
    """Part of a case. Further keys are remarks, unless they look like a key that is left out.

    Null is as good as no key where there is a default.
    """

    model_config = ConfigDict(frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _knows_its_keys(cls, data: Any) -> Any:  # noqa: ANN401 (raw input)
        if not isinstance(data, dict):
            return data
        fields = {field.alias or name: field for name, field in cls.model_fields.items()}
        cls._check_others(data, [key for key in data if key not in fields], list(fields))
        return {
            key: value
            for key, value in data.items()
            if value is not None or key not in fields or fields[key].is_required()
        }

    @classmethod
    def _check_others(cls, data: Mapping[str, Any], others: list[str], known: list[str]) -> None:
        for key in known:
            close = difflib.get_close_matches(key, others, 1, ALIKE) if key not in data else []
            if close:
                raise ValueError(f"no key '{close[0]}'; did you mean '{key}'?")


class Figures(Reading):
    """Figures that are all compared, so that another number is a mistake."""

    @classmethod
    def _check_others(cls, data: Mapping[str, Any], others: list[str], known: list[str]) -> None:
        for key in others:
            is_figure = isinstance(data[key], int | float | list)
            if is_figure:
                raise ValueError(f"no figure '{key}'; {catalog.suggestion(key, known)}")


class NodeCase(Reading):
    """Process of a chip."""

    node_nm: Annotated[Whole, Field(ge=1, le=1000)]
    roadmap: Annotated[str, one_of({"HP": "hp", "LSTP": "lstp"})]
    temperature_k: Annotated[Number, Field(ge=299, le=302)] = Field(300.0, alias="temperature_K")

    @property
    def name(self) -> str:
        """Its file in ``configs/technology``."""
        return f"cmos_{self.node_nm}nm_{self.roadmap}"

    @model_validator(mode="after")
    def _is_known(self) -> Self:
        names = [name for name in catalog.names("technology") if name.endswith(self.roadmap)]
        known = [name for name in names if load_technology(name).has_converters]
        if self.name not in known:
            nodes = ", ".join(name.split("_")[1].removesuffix("nm") for name in known)
            raise ValueError(f"node_nm needs one of {nodes}; got {self.node_nm}")
        return self


class DeviceCase(Reading):
    """A memory cell."""

    kind: Annotated[str, one_of(KINDS)] = Field(alias="type")
    cell_bits: Annotated[Whole, Field(ge=1, le=MAX_CELL_BITS)]
    cell_height_f_ratio: Positive = Field(alias="cell_height_F")
    cell_width_f_ratio: Positive = Field(alias="cell_width_F")
    on_resistance_ohm: Positive = Field(alias="R_on_ohm")
    off_resistance_ohm: Positive = Field(alias="R_off_ohm")
    read_voltage_v: Positive = Field(alias="V_read")
    access_voltage_v: Number = Field(alias="V_access")
    write_voltage_v: Number = Field(2.0, alias="V_write")  # of all NeuroSim's own runs

    @model_validator(mode="after")
    def _conducts(self) -> Self:
        low, high = self.on_resistance_ohm, self.off_resistance_ohm
        if low >= high:
            raise ValueError(f"R_on_ohm must lie below R_off_ohm: {low:g} and {high:g}")
        return self

    def build(self) -> Device:
        """The device that it tells of."""
        return Device(name="device", deviation_ratio=0.0, source="golden case", **self.model_dump())


def _power_of_two(value: int) -> int:
    if value & (value - 1):
        raise ValueError(f"needs a power of 2, as a converter has whole bits; got {value}")
    return value


class CircuitCase(Reading):
    """What surrounds the cells; None is our default."""

    crossbar_size: Annotated[Whole, Field(ge=1, le=LARGEST["crossbar_size"])] = Field(
        alias="subarray"
    )
    columns_per_converter: Annotated[Whole, Field(ge=1, le=LARGEST["crossbar_size"])] = Field(
        alias="columns_per_adc"
    )
    n_levels: Annotated[
        Whole, Field(ge=2, le=2 ** LARGEST["converter_bits"]), AfterValidator(_power_of_two)
    ] = Field(alias="adc_levels")
    converter: Annotated[
        Literal["sar", "flash"], one_of({"SAR": "sar", "flash_current_mode": "flash"})
    ] = Field(alias="adc")
    mapping: Annotated[
        Literal["conventional", "novel"],
        one_of({"conventional": "conventional", "novel": "novel"}),
    ]
    interconnect: Annotated[
        Literal["h-tree", "bus"], one_of({"H-tree": "h-tree", "XY-bus": "bus"})
    ] = Field(alias="global_interconnect")
    is_pipelined: Flag = Field(alias="pipeline")
    is_calibrated: Flag = Field(alias="calibrated")
    speedup_degree: Annotated[Whole, Field(ge=1, le=LARGEST["speedup_degree"])] | None = None
    max_bus_bits: Annotated[Whole, Field(ge=1, le=LARGEST["max_bus_bits"])] | None = Field(
        None, alias="max_global_bus_bits"
    )
    clock_hz: Number | None = Field(None, alias="clock_Hz")
    toggle_in_ratio: Number | None = Field(None, alias="toggle_in")
    toggle_out_ratio: Number | None = Field(None, alias="toggle_out")
    n_parallel_rows: Size | None = Field(None, alias="rows_parallel")
    is_synchronous: Flag | None = Field(None, alias="synchronous")
    buffers: Annotated[str, one_of({"register file": "register file"})] | None = None

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        size, shared, rows = self.crossbar_size, self.columns_per_converter, self.n_parallel_rows
        if size % shared:
            raise ValueError(
                f"columns_per_adc must divide subarray: {shared} does not divide {size}"
            )
        if rows not in {None, size}:
            raise ValueError(f"all rows are read at once: rows_parallel needs {size}, got {rows}")
        return self

    def build(self) -> Circuit:
        """The circuit that it tells of."""
        given = self.model_dump(include=set(CIRCUIT_FIELDS), exclude_none=True)
        return Circuit(converter_bits=self.n_levels.bit_length() - 1, **given)


class LayerCase(Reading):
    """One layer of a NeuroSim case."""

    in_height: Size = Field(alias="ifm_h")
    in_width: Size = Field(alias="ifm_w")
    in_channels: Size = Field(alias="c_in")
    kernel_height: Size = Field(alias="k_h")
    kernel_width: Size = Field(alias="k_w")
    out_channels: Size = Field(alias="c_out")
    is_pooled: Flag = Field(alias="maxpool2x2_after")
    stride: Size = 1
    density_ratio: Annotated[Number, Field(ge=0, le=1)] = Field(alias="act_bit_density")


class FormatsCase(Reading):
    """Bits and weights; one value for all layers, or a list of one per layer."""

    weight_bits: EachBits
    activation_bits: EachBits
    weight_sigma: EachNumber

    def of_layer(self, i: int) -> tuple[int, int, float]:
        """Bits of weights and activations, and spread of the weights, of layer i."""
        return (
            self.weight_bits[i % len(self.weight_bits)],
            self.activation_bits[i % len(self.activation_bits)],
            self.weight_sigma[i % len(self.weight_sigma)],
        )


class NeurosimFigures(Reading):
    """What NeuroSim printed; None where it printed nothing."""

    area_um2: Positive | None = None
    latency_ns: Positive | None = None
    dyn_energy_pj: Positive | None = Field(None, alias="dyn_energy_pJ")
    leak_energy_pj: Positive | None = Field(None, alias="leak_energy_pJ")
    tiles_per_layer: list[Positive] | None = None
    speedup_per_layer: list[Positive] | None = None
    desired_tile_cm: Positive | None = None
    desired_pe_cm: Positive | None = None
    novel_tile: list[Number] | None = None
    tool_refuses: Flag | None = None

    @classmethod
    def _check_others(cls, data: Mapping[str, Any], others: list[str], known: list[str]) -> None:
        """It prints many figures more, all named alike."""


class NeurosimCase(Reading):
    """A run of NeuroSim."""

    version: str = Field(alias="family")
    network: Annotated[list[LayerCase], Field(min_length=1)]
    quantization: FormatsCase
    device: DeviceCase
    technology: NodeCase
    circuit: CircuitCase
    expected: NeurosimFigures

    @property
    def is_early(self) -> bool:
        """Whether it is one of the versions that have no common clock."""
        return self.version != "NeuroSim 1.4"

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        n, formats = len(self.network), self.quantization
        for name in ("weight_bits", "activation_bits", "weight_sigma"):
            given = len(getattr(formats, name))
            if given not in {1, n}:
                raise ValueError(f"quantization.{name} needs 1 entry or {n}, got {given}")
        if self.circuit.is_synchronous is self.is_early:
            needed = "false" if self.is_early else "true"
            raise ValueError(f"circuit.synchronous needs {needed} in {self.version}")
        return self

    def workload(self) -> Workload:
        """The network, its bits and statistics."""
        return Workload(tuple(self._work(i, layer) for i, layer in enumerate(self.network)))

    def _work(self, i: int, layer: LayerCase) -> LayerWork:
        weight_bits, activation_bits, sigma = self.quantization.of_layer(i)
        return LayerWork(
            name=f"layer{i + 1}",
            weight_bits=weight_bits,
            activation_bits=activation_bits,
            activity=Activity(layer.density_ratio, sigma),
            **layer.model_dump(exclude={"density_ratio"}),
        )


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
