"""What the model cards state as checkpoints, recomputed one component at a time.

``python tests/checkpoints.py`` prints ``{card: {case: {quantity: value in SI}}}``. Components have
no compiled entrance of their own, so it is run with NUMBA_DISABLE_JIT=1, interpreted.
"""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hwmodels import activity, crossbar, inference, periphery, tables
from hwmodels.batch import Batch, Prices, estimate_many
from hwmodels.components import bus, decoder, delay, flipflop, transistor
from hwmodels.components.register_file import n_cycles
from hwmodels.floorplan import PLAN, lay_out, place, shape
from hwmodels.layer import ACCUMULATION, BUFFER, CONVERTER, INTERCONNECT
from hwmodels.report import golden
from hwmodels.tile import Parts

MODEL = "neurosim-1.4"
CASES = json.loads((Path(__file__).parent / "golden" / "checkpoint_cases.json").read_text())
Record = Any
Quantity = Callable[["Built"], float]


@dataclass(frozen=True)
class Built:
    """A golden case put together step by step, as `hwmodels.price` does it."""

    process: Record
    cell: Record
    circuit: Record
    rules: Record
    line: periphery.Lines
    blocks: periphery.Blocks
    columns: periphery.Columns
    stage: Record
    plans: Any
    parts: Parts
    chip: inference.Chip
    prices: Prices

    @property
    def n_converters(self) -> int:
        """Converters of one crossbar."""
        return int(self.circuit.crossbar_size // self.circuit.columns_per_converter)

    @property
    def total(self) -> Record:
        """Totals of the chip."""
        return self.prices.totals[0]

    def cycles(self, layer: int, part: int) -> float:
        """Clock cycles of one part of a layer."""
        return float(self.prices.latency_parts_s[0, layer, part] / self.chip.cycle_s)

    def joules(self, layer: int, part: int) -> float:
        """Energy of one part of a layer."""
        return float(self.prices.energy_parts_j[0, layer, part])


def build(case: Mapping[str, Any]) -> Built:
    """Take a case as far as its chip, and price it."""
    technology, device, design, workload = golden.neurosim_design(case)
    process = tables.process_table([technology])[0]
    cell, circuit = tables.cell_table([device])[0], tables.circuit_table([design])[0]
    rules, (layers, _) = tables.rules_record(MODEL), tables.layer_table([workload])
    n, plans = len(layers), tables.empty(PLAN, len(layers))
    for layer, plan in zip(layers, plans, strict=True):
        shape(layer, cell.cell_bits, rules.shrinks_feature_maps, plan)
    floor = lay_out(layers, plans, circuit, n)
    place(layers, plans, circuit, floor, n)
    widths = int(plans.n_cells.max()), int(layers.activation_bits.max())
    register, add = periphery.registers_and_adders(process, circuit.is_calibrated)
    line = periphery.lines(process, cell, circuit, rules)
    stage = tables.empty(crossbar.RECORD, 1)[0]
    crossbar.crossbar(process, cell, circuit, rules, register, add, *widths, stage)
    parts = inference.build_parts(process, circuit.is_calibrated, rules)
    chip = inference.build_chip(
        process, cell, circuit, rules, stage, parts, layers, plans, floor, n
    )
    batch = Batch.product([technology], [device], [design], [workload])
    return Built(
        process,
        cell,
        circuit,
        rules,
        line,
        periphery.blocks_of(process, cell, circuit, register, add, line, *widths),
        periphery.columns_of(process, cell, circuit, rules, register, line),
        stage,
        plans,
        parts,
        chip,
        estimate_many(batch, MODEL),
    )


def _minimum_inverter(x: Built) -> transistor.Gate:
    return transistor.minimum_gate(x.process, transistor.INVERTER, 1, 2, 2)


def _small_bus(x: Built) -> bus.ChipBus:
    return bus.chip_bus(x.parts.relaxed, 4, 3, 50e-6, False)  # noqa: FBT003


def _tile_buffer(x: Built) -> float:
    return float(x.chip.whole.input.leakage_w + x.chip.whole.output.leakage_w)


def _share_of_ones(digit: int) -> float:
    return float(activity.digit_histogram(2, 1, 0.5)[digit, 1])


def _idle_column(x: Built) -> float:
    histogram = activity.digit_histogram(8, int(x.cell.cell_bits), 0.25)
    found = activity.column(x.process, x.cell, x.circuit, x.stage, histogram, 2, 64, 0.0)
    return float(found.power_w)


def _layer_energy(x: Built, layer: int) -> float:
    return float(x.prices.energy_parts_j[0, layer].sum())


def _layer_cycles(x: Built, layer: int) -> float:
    return float(x.prices.latency_parts_s[0, layer].sum() / x.chip.cycle_s)


QUANTITIES: dict[str, dict[str, Quantity]] = {
    "transistor": {
        "width of a minimum inverter": lambda x: _minimum_inverter(x).layout_width_m,
        "leakage of a minimum inverter": lambda x: transistor.leakage(
            x.process, transistor.INVERTER, 1, _minimum_inverter(x)
        ),
        "resistance of a minimum n-type transistor": lambda x: transistor.n_resistance(
            x.process, 2 * x.process.feature_size_m
        ),
        "widest single n-type transistor of a cell": lambda x: transistor.usable_widths(
            x.process, x.process.feature_size_m, 0.0, transistor.cell_height(x.process)
        )[0],
    },
    "delay": {
        "delay, time constant 1 ns, ideal edge": lambda _: delay.horowitz(1e-9, 1e20)[0],
        "delay, time constant 1 ns, edge of 1 per ns": lambda _: delay.horowitz(1e-9, 1e9)[0],
    },
    "flipflop": {
        "width": lambda x: x.parts.register.width_m,
        "energy of the word-line registers, per input bit vector": lambda x: (
            x.circuit.columns_per_converter * x.circuit.crossbar_size * x.parts.register.energy_j
        ),
        "leakage": lambda x: x.parts.register.leakage_w,
        "width of 1000 in a height of 60 um": lambda x: flipflop.width_at_height(
            x.parts.register, 1000, 60e-6
        ),
    },
    "adder": {
        "area of one bit": lambda x: x.parts.add.bit_area_m2,
        "area of a PE's trees": lambda x: x.chip.whole.pe.tree_m2,
        "energy of the shift-and-add of weights": lambda x: x.blocks.weight_add.energy_j,
        "delay of the shift-and-add of weights": lambda x: x.blocks.weight_add.delay_s,
        "energy of the shift-and-add of inputs": lambda x: x.blocks.input_add.energy_j,
        "delay of the shift-and-add of inputs": lambda x: x.blocks.input_add.delay_s,
    },
    "decoder": {
        "width beside a crossbar": lambda x: decoder.multiplexer_decoder_size(
            x.process, x.blocks.address
        )[0],
        "delay to the multiplexer": lambda x: x.stage.address_s,
        "leakage": lambda x: x.blocks.address.leakage_w,
    },
    "multiplexer": {
        "height": lambda x: x.blocks.multiplexer.height_m,
        "delay": lambda x: x.blocks.multiplexer.delay_s,
        "energy of all steps": lambda x: (
            x.circuit.columns_per_converter * x.blocks.multiplexer.step_j
        ),
    },
    "row_driver": {
        "width": lambda x: x.blocks.driver.width_m,
        "delay": lambda x: x.blocks.driver.delay_s,
        "energy of all rows, per input bit vector": lambda x: (
            x.circuit.crossbar_size * x.stage.row_j
        ),
    },
    "switch_matrix": {
        "height of the switches": lambda x: x.columns.switch_m,
        "height of the level shifters of the columns": lambda x: (
            x.columns.shifter_line_m2 / x.line.row_m
        ),
        "width of the level shifters of the rows": lambda x: (
            2 * x.columns.shifter_line_m2 / x.line.column_m
        ),
    },
    "precharger": {
        "height": lambda x: x.columns.precharger.height_m,
        "delay": lambda x: x.columns.precharger.delay_s,
        "leakage with the write driver": lambda x: (
            x.columns.precharger.leakage_w + x.columns.writer.leakage_w
        ),
    },
    "converter": {
        "area of comparators and references": lambda x: x.blocks.converters.area_m2,
        "area of the encoders": lambda x: x.blocks.converters.encoder_area_m2,
        "delay with the encoder": lambda x: x.blocks.converters.delay_s,
        "delay of the comparators": lambda x: x.blocks.converters.power_s,
        "energy of a column without its own current": lambda x: x.blocks.converters.step_j,
        "leakage of the encoders": lambda x: x.blocks.converters.leakage_w,
    },
    "register_file": {
        "area of a tile's input buffer": lambda x: x.chip.whole.input.area_m2,
        "area of a core of the chip's buffer": lambda x: (
            x.chip.buffer.area_m2 / x.chip.buffer.n_cores
        ),
        "cores of the chip's buffer": lambda x: x.chip.buffer.n_cores,
        "leakage of a core of each of a tile's buffers": _tile_buffer,
        "cycles for 4096 bits over a bus of 256": lambda x: n_cycles(x.chip.buffer, 4096, 256),
    },
    "wire": {
        "delay, relaxed": lambda x: x.parts.relaxed.delay_s_per_m,
        "energy, relaxed": lambda x: x.parts.relaxed.energy_j_per_m,
        "leakage, relaxed": lambda x: x.parts.relaxed.leakage_w_per_m,
        "width of a lane, relaxed": lambda x: x.parts.relaxed.lane_width_m,
        "energy, fastest": lambda x: x.parts.wire.energy_j_per_m,
    },
    "htree": {
        "delay in a tile": lambda x: x.chip.whole.htree.delay_s,
        "area in a tile": lambda x: x.chip.whole.htree.area_m2,
        "leakage in a tile": lambda x: x.chip.whole.htree.leakage_w,
        "delay in a split tile": lambda x: x.chip.split.htree.delay_s,
    },
    "bus": {
        "delay across 4 rows x 3 columns of 50 um": lambda x: _small_bus(x).x_delay_s,
        "energy across 4 rows x 3 columns of 50 um": lambda x: _small_bus(x).x_energy_j_per_bit,
        "energy down 4 rows x 3 columns of 50 um": lambda x: _small_bus(x).y_energy_j_per_bit,
        "area on the chip": lambda x: bus.chip_bus_area(
            x.parts.relaxed,
            x.chip.n_rows,
            x.chip.n_columns,
            math.sqrt(x.chip.split.area_m2),
            x.chip.n_lanes,
            x.parts.register.height_m,
        ),
    },
    "pooling": {
        "area of all units": lambda x: x.chip.n_pools * x.chip.pool.area_m2,
        "units": lambda x: x.chip.n_pools,
    },
    "crossbar": {
        "height": lambda x: x.stage.height_m,
        "width": lambda x: x.stage.width_m,
        "mean resistance of a column": lambda x: x.line.mean_ohm,
        "clock period": lambda x: x.stage.period_s,
        "energy of all word lines, per input bit vector": lambda x: (
            x.circuit.crossbar_size * x.stage.word_line_j
        ),
        "leakage": lambda x: x.stage.leakage_w,
    },
    "floorplan": {
        "side of a tile": lambda x: x.total.tile_side,
        "side of a PE": lambda x: x.total.pe_side,
        "side of a split PE": lambda x: x.total.split_pe_side,
        "tiles": lambda x: x.total.n_tiles,
        "vectors of layer 1": lambda x: x.plans[0].n_vectors,
        "copies of layer 1": lambda x: x.plans[0].row_copies * x.plans[0].column_copies,
    },
    "tile": {
        "area of a PE": lambda x: x.chip.whole.pe.area_m2,
        "area": lambda x: x.chip.whole.area_m2,
        "area of a split tile": lambda x: x.chip.split.area_m2,
        "area of the trees": lambda x: x.chip.whole.tree_m2,
    },
    "activity": {
        "share of ones, first of two digits, deviation 0.5": lambda _: _share_of_ones(0),
        "share of ones, second of two digits, deviation 0.5": lambda _: _share_of_ones(1),
        "power of a column without an active row": _idle_column,
    },
    "layer": {
        "conversion of layer 1, cycles": lambda x: x.cycles(0, CONVERTER),
        "accumulation of layer 1, cycles": lambda x: x.cycles(0, ACCUMULATION),
        "accumulation of layer 2, cycles": lambda x: x.cycles(1, ACCUMULATION),
        "conversion of layer 1, energy": lambda x: x.joules(0, CONVERTER),
        "accumulation of layer 1, energy": lambda x: x.joules(0, ACCUMULATION),
    },
    "inference": {
        "buffers of layer 1, cycles": lambda x: x.cycles(0, BUFFER),
        "interconnect of layer 1, cycles": lambda x: x.cycles(0, INTERCONNECT),
        "layer 1, cycles": lambda x: _layer_cycles(x, 0),
        "layer 2, cycles": lambda x: _layer_cycles(x, 1),
        "layer 1, energy": lambda x: _layer_energy(x, 0),
        "latency": lambda x: x.total.latency_s,
        "dynamic energy": lambda x: x.total.dynamic_energy_j,
        "leakage energy": lambda x: x.total.leakage_energy_j,
    },
    "chip_area": {
        "area": lambda x: x.total.area_m2,
        "area of the global adders": lambda x: (
            inference.global_tree(x.parts, x.chip, int(x.plans.n_tile_rows.max())).area_m2
        ),
        "area of the rectifiers": lambda x: (
            x.chip.activation_bits
            * x.chip.n_relu
            * x.parts.register.width_m
            * x.parts.register.height_m
        ),
    },
}


def recomputed() -> dict[str, dict[str, dict[str, float]]]:
    """Every quantity of every card on every case."""
    cases = {case["id"]: build(case) for case in CASES}
    return {
        card: {
            name: {quantity: float(of(x)) for quantity, of in quantities.items()}
            for name, x in cases.items()
        }
        for card, quantities in QUANTITIES.items()
    }


if __name__ == "__main__":
    print(json.dumps(recomputed()))  # noqa: T201 (read by the test)
