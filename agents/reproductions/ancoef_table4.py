"""The EDP column of ANCoEF's Table IV, which is energy times latency of a frame.

For the page of all papers a co-exploration of ours on digits is run too, and what it finds is set
beside the paper's network for the digits of MNIST.
"""

import shlex
from collections.abc import Sequence
from pathlib import Path

from agents.flow_arguments import own_values
from agents.flow_settings import read_summary
from agents.plain_run import search_to_end
from agents.reproduction import Figure, Outcome, Reproduction, StoppedError
from agents.settings import RunSettings
from agents.table_of_networks import ANCHOR, Row, paper_rows, row_of, table_of_run
from agents.usage import settings_from

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


CHANGED = {  # settings of the experiment, by size
    "smoke": (
        "env.partial.epochs=1", "env.full.epochs=1", "env.n_samples=2", "env.inner.budget=4",
        "env.inner.drop_after=2", "env.n_survivors=1", "search.budget=4", "agent.n_rounds=2",
        "agent.n_mutations=1",
        "agent.n_crossovers=1", "reward.targets.latency_s=1", "reward.targets.energy_j=1",
        "reward.targets.area_m2=1",
    ),
    "small": (),
    "paper": (),
}  # fmt: skip
COLUMNS = {  # of a row: title, unit
    "accuracy_percent": ("accuracy", "%"),
    "energy_uj": ("energy", "uJ"),
    "latency_us": ("latency", "us"),
    "area_mm2": ("area", "mm2"),
    "edp_snj": ("EDP", "s nJ"),
    "thread_hours": ("search", "thread h"),
}
MNIST = "ANCoEF-MNet"
TRAIN = ("python", "-m", "agents.train", "experiment=ancoef_coexplore")
REMARKS = (
    "EDP of the printed rows: ours is their own energy times latency.",
    (
        "The search is on digits (8 x 8), the paper's on MNIST, with energies of events that it "
        "does not print: nothing is asked of these rows."
    ),
)


def searched(arguments: Sequence[str]) -> Outcome:
    """Search on digits (or go on), and set the best survivor beside the paper's row for MNIST.

    Raises:
        StoppedError: If the search was stopped.
        UsageError: If it cannot be.
    """
    typed = own_values(arguments)
    changed, folder = CHANGED[typed["search"]], Path(typed["run_dir"])
    settings = settings_from(["experiment=ancoef_coexplore", *changed])
    code = search_to_end(settings, folder)
    if code:
        raise StoppedError(code)
    return Outcome(
        [*figures(), *_beside(settings, folder)],
        {"experiment": "ancoef_coexplore", "changed": list(changed)},
        REMARKS,
        (shlex.join([*TRAIN, *changed, f"run_dir={folder}"]),),
    )


def _beside(settings: RunSettings, folder: Path) -> list[Figure]:
    summary = read_summary(folder)
    if not summary.get("survivors"):  # no network met the targets
        return []
    best = summary["survivors"][0]
    thread_s = 3600 * summary["thread_hours"]
    ours = row_of(
        settings.dataset.name, best["blocks"], summary["timesteps"], best["metrics"], thread_s
    )
    (printed,) = (row for row in paper_rows() if row.model == MNIST)
    return [
        Figure(f"{MNIST} (MNIST), ours on digits: {title}", unit, getattr(printed, column),
               getattr(ours, column), note=ours.model if column == "accuracy_percent" else "")
        for column, (title, unit) in COLUMNS.items()
    ]  # fmt: skip


ANCOEF_TABLE4 = Reproduction("ancoef_table4", ANCHOR["source"], figures, table_of_run, searched)
