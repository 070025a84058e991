"""The EDP column of ANCoEF's Table IV, which is energy times latency of a frame."""

from agents.reproduction import Figure, Reproduction
from agents.table_of_networks import ANCHOR, Row, paper_rows, table_of_run

EDP_OF_UNITS = 1e-3  # 1 uJ times 1 us in s nJ


def figures() -> list[Figure]:
    """Multiply, row by row; ANAS's energy and latency are not printed."""
    return [_checked(row) for row in paper_rows() if row.energy_uj is not None]


def _checked(row: Row) -> Figure:
    assert row.energy_uj is not None  # noqa: S101 (asked by the caller)
    assert row.latency_us is not None  # noqa: S101 (printed beside it)
    factors = (row.edp_snj, row.energy_uj, row.latency_us)
    return Figure(
        f"{row.dataset}, {row.model}, T = {row.timesteps}: EDP",
        "s nJ",
        row.edp_snj,
        row.energy_uj * row.latency_us * EDP_OF_UNITS,
        sum(half_a_digit(value) / value for value in factors),
    )


def half_a_digit(printed: float) -> float:
    """How far a number may be from what is printed of it: half of the last place."""
    decimals = len(repr(printed).partition(".")[2]) if printed % 1 else 0
    return 0.5 * 10.0**-decimals


ANCOEF_TABLE4 = Reproduction("ancoef_table4", ANCHOR["source"], figures, table_of_run)
