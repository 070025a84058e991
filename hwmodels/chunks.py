"""Energy of one layer over all chunks of its matrix.

A matrix is cut into tiles, PEs and crossbars; only the last of each is smaller, so every sum has
at most four kinds of terms.
"""

from hwmodels.activity import Histogram, columns
from hwmodels.compiled import Record, compiled
from hwmodels.floorplan import ceil_div
from hwmodels.layer import Row, Work, pe_energy, tile_energy
from hwmodels.tile import Parts, Tile


@compiled
def _count_pes(
    rules: Record, tile: Tile, job: Work, n_rows: int, n_columns: int, times: int, counts: Row
) -> None:
    """Add the PEs of ``times`` tiles: counts[is the last row of PEs smaller, same for columns]."""
    pe_rows, pe_columns = pe_chunk(tile, job)
    rows, columns = ceil_div(n_rows, pe_rows), ceil_div(n_columns, pe_columns)
    last_row, last_column = int(n_rows % pe_rows > 0), int(n_columns % pe_columns > 0)
    counts[0, 0] += times * (rows - last_row) * (columns - last_column)
    counts[0, 1] += times * (rows - last_row) * last_column
    counts[1, 0] += times * last_row * (columns - last_column)
    counts[1, 1] += times * last_row * last_column
    is_plain = not (job.is_split or job.is_full or job.is_partial)
    if rules.recounts_empty_pes and is_plain:
        side = tile.shape.n_inputs
        counts[0, last_column] += times * (rows - last_row) * (side - columns)
        counts[1, last_column] += times * last_row * (side - columns)
        counts[last_row, last_column] += times * (side - rows) * side


@compiled
def pe_chunk(tile: Tile, job: Work) -> tuple[int, int]:
    """Rows and columns of the matrix that one PE takes; all PEs of a split tile count as one."""
    if job.is_full or job.is_split:
        return job.rows_per_tile, job.columns_per_tile
    return tile.shape.pe_side, tile.shape.pe_side


@compiled
def _add(out: Row, times: float, one: Row) -> None:
    for part in range(len(out)):  # an array expression would allocate
        out[part] += times * one[part]


@compiled
def layer_energy(
    process: Record,
    cell: Record,
    circuit: Record,
    rules: Record,
    stage: Record,
    parts: Parts,
    tile: Tile,
    job: Work,
    plan: Record,
    histogram: Histogram,
    density_ratio: float,
    counts: Row,
    one: Row,
    out: Row,
) -> None:
    """Energy of all tiles of a layer by part, into ``out``; ``counts`` and ``one`` are scratch."""
    out[:] = 0.0
    counts[:] = 0.0
    rows_rest, columns_rest = plan.n_rows % job.rows_per_tile, plan.n_columns % job.columns_per_tile
    for n_rows, row_times in (
        (job.rows_per_tile, plan.n_rows // job.rows_per_tile),
        (rows_rest, int(rows_rest > 0)),
    ):
        for n_columns, column_times in (
            (job.columns_per_tile, plan.n_columns // job.columns_per_tile),
            (columns_rest, int(columns_rest > 0)),
        ):
            times = row_times * column_times
            if times > 0:
                one[:] = 0.0
                tile_energy(circuit, parts, tile, job, n_rows, n_columns, one)
                _add(out, times, one)
                _count_pes(rules, tile, job, n_rows, n_columns, times, counts)
    _add_pes(
        process, cell, circuit, rules, stage, parts, tile, job, plan, histogram, density_ratio,
        counts, one, out,
    )  # fmt: skip


@compiled
def _add_pes(
    process: Record, cell: Record, circuit: Record, rules: Record, stage: Record, parts: Parts,
    tile: Tile, job: Work, plan: Record, histogram: Histogram, density_ratio: float, counts: Row,
    one: Row, out: Row,
) -> None:  # fmt: skip
    """Add the energy of the PEs counted; a column is averaged for lengths that occur only."""
    pe_rows, pe_columns = pe_chunk(tile, job)
    n_split = tile.shape.n_pes if job.is_split else 1
    size = circuit.crossbar_size
    rows = pe_rows // n_split, plan.n_rows % pe_rows // n_split
    n_full = n_rest = rows[1] % size or size
    for i in range(2):
        if rows[i] >= size and counts[i, 0] + counts[i, 1] > 0:
            n_full = size
    full, rest = columns(
        process, cell, circuit, stage, histogram, job.n_cells, n_full, n_rest, density_ratio
    )
    for i in range(2):
        for j in range(2):
            if counts[i, j] > 0:
                n_columns = plan.n_columns % pe_columns if j else pe_columns
                pe_energy(
                    cell, circuit, rules, stage, parts, tile, job, full, rest, density_ratio,
                    rows[i], n_columns, one,
                )  # fmt: skip
                _add(out, counts[i, j] * n_split, one)
