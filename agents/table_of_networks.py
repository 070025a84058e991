"""Networks on hardware in the form of ANCoEF's Table IV, the paper's rows and ours."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rich import box
from rich.table import Table

from agents.finished import summary_of
from agents.usage import UsageError, saved_config
from configs import catalog

ANCHOR = catalog.read("anchor", "ancoef_table4")
MISSED = "*"
TITLES = (
    "dataset", "model", "T", "accuracy", "energy\nµJ", "latency\nµs", "area\nmm²", "EDP\ns nJ",
    "search\nthread h",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One line; None where nothing is printed.

    Attributes:
        accuracy_percent: Of the test images.
        edp_snj: Energy times latency of a frame, in s nJ.
        thread_hours: Of the search.
        misses_target: Whether it takes more than a target of ours.
    """

    dataset: str
    model: str
    timesteps: int
    accuracy_percent: float
    energy_uj: float | None
    latency_us: float | None
    area_mm2: float | None
    edp_snj: float
    thread_hours: float | None
    misses_target: bool = False


def paper_rows() -> list[Row]:
    """The rows of Table IV."""
    return [Row(**{name: one.get(name) for name in Row.__slots__}) for one in ANCHOR["rows"]]


def row_of(
    dataset: str, model: str, timesteps: int, metrics: Mapping[str, float], thread_s: float
) -> Row:
    """A row of ours."""
    return Row(
        dataset,
        model,
        timesteps,
        100 * metrics["accuracy"],
        metrics["energy_j"] * 1e6,
        metrics["latency_s"] * 1e6,
        metrics["area_m2"] * 1e6,
        metrics["edp_js"] * 1e9,
        thread_s / 3600,
    )


def table_of(ours: list[Row]) -> Table:
    """The paper's rows, and ours below."""
    table = Table(title=f"{ANCHOR['source']}, and ours", box=box.SIMPLE, pad_edge=False)
    for title in TITLES:
        is_text = title in TITLES[:2]
        table.add_column(title, justify="left" if is_text else "right", no_wrap=not is_text)
    for row in paper_rows():
        table.add_row(*_cells(row))
    table.add_section()
    for row in ours:
        table.add_row(*_cells(row), style="bold")
    if any(row.misses_target for row in ours):
        table.caption = f"{MISSED} misses a target with the spikes of its full training"
    return table


def table_of_run(run_dir: Path) -> Table:
    """The paper's rows, and what a run of ``experiment=ancoef_coexplore`` has found.

    Raises:
        UsageError: If it is no finished run of a co-exploration, or no network met its targets.
    """
    summary, config = summary_of(run_dir), saved_config(run_dir, "--run")
    if not summary.get("survivors"):
        raise UsageError(f"--run: {run_dir} has trained no network; take a run of env=coexplore")
    return table_of(
        [
            replace(
                row_of(
                    config["dataset"]["name"],
                    one["blocks"],
                    summary["timesteps"],
                    one["metrics"],
                    3600 * summary["thread_hours"],
                ),
                misses_target=not one["is_met"],
            )
            for one in summary["survivors"]
        ]
    )


def _cells(row: Row) -> list[str]:
    numbers: list[Any] = [
        row.energy_uj, row.latency_us, row.area_mm2, row.edp_snj, row.thread_hours,
    ]  # fmt: skip
    told = ["--" if one is None else f"{one:{_form(one)}}" for one in numbers]
    model = f"{row.model} {MISSED}" if row.misses_target else row.model
    return [row.dataset, model, str(row.timesteps), f"{row.accuracy_percent:.2f}%", *told]


def _form(number: float) -> str:
    """Four digits, and whole numbers whole."""
    return ",.0f" if number >= 1000 else ".4g"  # noqa: PLR2004
