"""Golden cases of NeuroSim, in its names and units."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    model_validator,
)

from configs import catalog
from hwmodels.chip import CIRCUIT_FIELDS, LARGEST, Circuit
from hwmodels.devices import MAX_CELL_BITS, Device
from hwmodels.report.cases import Reading, Size
from hwmodels.report.values import Flag, Number, Positive, Whole, one_of
from hwmodels.technology import load_technology
from hwmodels.workload import MAX_BITS, Activity, LayerWork, Workload

KINDS = {"SRAM": "sram", "FeFET": "fefet", "1T1R": "resistive"} | dict.fromkeys(
    ("RRAM", "ReRAM", "PCM", "STT", "STT-MRAM", "MRAM"), "resistive"
)
Bits = Annotated[Whole, Field(ge=1, le=MAX_BITS)]
EachBits = Annotated[list[Bits], BeforeValidator(lambda x: x if isinstance(x, list) else [x])]
EachNumber = Annotated[list[Positive], BeforeValidator(lambda x: x if isinstance(x, list) else [x])]


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
