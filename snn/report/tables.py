"""Sizes of a cell network as tables for a terminal."""

from collections.abc import Iterator, Mapping

from rich import box
from rich.table import Table

from snn.cell_network import CellNetwork, Count, Part
from snn.cells import Cell, Edge
from snn.operation import operation

BITS_PER_MEBIBYTE = 8 * 2**20
COUNTS: tuple[Count, Count] = ("all", "conv")
MILLION = 10**6
LETTERS = "ABC"


def layers_table(network: CellNetwork) -> Table:
    """One row per layer of weights and per edge of a cell; narrow enough for 80 columns."""
    table = Table(title="layers", title_justify="left", box=box.SIMPLE, padding=(0, 1, 0, 0))
    table.add_column("")
    table.add_column("operation")
    for name in ("channels", "side", "weights", "parameters", "MACs (M)"):
        table.add_column(name, justify="right")
    by_name = {part.name: part for part in network.parts}
    table.add_row(*_row(by_name["stem"]), end_section=True)
    for i in range(max(len(network.cells), network.n_reductions)):
        for row in _cell_rows(network, i, by_name):
            table.add_row(*row)
        if i < network.n_reductions:
            table.add_row(*_row(by_name[f"reductions.{i}"]), end_section=True)
    for name in ("hidden", "classifier"):
        table.add_row(*_row(by_name[name]))
    table.caption = "The stem is computed once an image, all else once a time step."
    if any(cell.live_edges != _joined(cell) for cell in network.cells):
        table.caption += "\n*: nothing flows through this edge."
    return table


def _joined(cell: Cell) -> frozenset[Edge]:
    return frozenset(edge for edge, name in cell.by_edge.items() if operation(name).is_live)


def _cell_rows(
    network: CellNetwork, i: int, by_name: Mapping[str, Part]
) -> Iterator[tuple[str, ...]]:
    cell, (channels, side) = network.cells[i], network.shape(i)
    for edge, name in cell.by_edge.items():
        label = f"cells.{i}.{edge[0]}{edge[1]}"
        shown = label if edge in cell.live_edges else f"{label} *"
        if label in by_name:
            yield shown, *_row(by_name[label])[1:]
        elif operation(name).is_live:
            yield shown, name, str(channels), str(side), "0", "0", "0.000"


def _row(part: Part) -> tuple[str, ...]:
    name = part.operation
    if part.role != "edge":
        name = "conv3x3" if part.is_convolution else "linear"
    channels = str(part.out_channels)
    if part.in_channels != part.out_channels:
        channels = f"{part.in_channels}>{part.out_channels}"
    side = str(part.out_side) if part.is_convolution else ""
    counts = (f"{part.n_weights:,}", f"{part.n_parameters:,}", f"{part.n_macs / MILLION:,.3f}")
    return part.name, name, channels, side, *counts


def facts(network: CellNetwork, weight_bits: int) -> dict[str, str]:
    """What the network amounts to, line by line; a score may be added to it."""
    found = {"parameters, all": f"{network.n_parameters():,}"}
    found["parameters, as NeuroNAS counts"] = f"{network.n_parameters('conv'):,}"
    mebibytes = [
        f"{network.memory_bits(weight_bits, count) / BITS_PER_MEBIBYTE:.2f} MiB" for count in COUNTS
    ]
    found[f"memory at {weight_bits} bits"] = f"{mebibytes[0]}; as NeuroNAS counts {mebibytes[1]}"
    found["MACs of an image"] = f"{network.n_macs():,}"
    for i, cell in enumerate(network.cells):
        found[f"cell {LETTERS[i]}"] = (
            f"depth {cell.depth}, {cell.n_effective_convolutions} of {cell.n_convolutions} "
            f"convolutions live, {len(cell.live_paths)} paths"
        )
    if not all(cell.is_connected for cell in network.cells):
        found["connected"] = "no: nothing reaches a cell's output"
    return found


def facts_table(rows: Mapping[str, str]) -> Table:
    """Show facts."""
    table = Table(title="network", title_justify="left", show_header=False, box=box.SIMPLE)
    table.add_column()
    table.add_column()
    for name, value in rows.items():
        table.add_row(name, value)
    return table
