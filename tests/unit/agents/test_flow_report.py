"""Tables and figures of a flow: whole numbers on 80 columns, and no point left out."""

from pathlib import Path

import matplotlib.axes
import pytest
from rich.console import Console
from rich.table import Table

from agents.candidates import Candidate, Pricing
from agents.flow_report import FIGURES, front_table, picks_table, plot_flow
from agents.flow_settings import open_settings
from agents.problems import problem_of
from agents.reproductions.nacim_table1 import PUBLISHED, _claims_table, _table, claims
from agents.usage import settings_from

COSTS = {"area_m2": 123.456e-6, "energy_j": 12.3456e-6, "latency_s": 1234.56e-6}
FRESH = {"accuracy": 1.0, "clean_accuracy": 1.0}


def found(stage: str, accuracy: float, fresh: dict[str, float] | None = None) -> Candidate:
    metrics = {"accuracy": accuracy, **COSTS}
    return Candidate(stage, {}, metrics, "weights.pt", 1e8, FRESH if fresh is None else fresh)


@pytest.fixture(scope="module")
def pricing() -> Pricing:
    problem = problem_of(open_settings(settings_from(["experiment=nacim"])))
    return Pricing(problem, {"latency": 1.0, "energy": 1.0, "area": 1.0})


def shown(table: Table) -> str:
    console = Console(width=80)
    with console.capture() as caught:
        console.print(table)
    return caught.get()


def assert_is_whole(table: Table, *cells: str) -> None:
    text = shown(table)
    assert "…" not in text
    for cell in cells:
        assert cell in text


def test_tables_of_a_flow_cut_nothing_on_80_columns(pricing: Pricing) -> None:
    one = found("2-fine-tuning", 1.0)
    picks = dict.fromkeys(PUBLISHED, one)
    assert_is_whole(picks_table(picks), "NACIM_hw", "100.00 %", "1.23e+08", "1.52e+13")
    assert_is_whole(front_table([one], pricing), "2-fine-tuning", "12.3456", "1234.56")


def test_the_printed_table_and_its_claims_cut_nothing_on_80_columns() -> None:
    assert_is_whole(_table(PUBLISHED), "QuantNAS", "8.08e+12", "84.92 %")
    found_claims = claims({**PUBLISHED, "NACIM_sw": {**PUBLISHED["NACIM_sw"], "varied": 0.7}})
    assert_is_whole(_claims_table(found_claims), "NACIM_hw: less area than QuantNAS", "NOT REACHED")


def test_a_design_that_fails_on_fresh_chips_is_not_told_with_the_accuracy_of_the_search() -> None:
    assert "90.00 %" in shown(picks_table({"pNAS": found("1-search", 0.9)}))  # as searched
    assert shown(picks_table({"pNAS": found("1-search", 0.9, {})})).count("nan %") == 2


def test_figures_show_designs_without_error_too(
    pricing: Pricing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heights: list[float] = []
    scatter = matplotlib.axes.Axes.scatter

    def recorded(axes: object, xs: object, ys: tuple[float, ...], **style: object) -> object:
        heights.extend(ys)
        return scatter(axes, xs, ys, **style)  # type: ignore[arg-type]

    monkeypatch.setattr(matplotlib.axes.Axes, "scatter", recorded)
    plot_flow(tmp_path, [found("1-search", 0.9), found("3-rnas-1", 1.0)], pricing)
    assert len(heights) == 2 * len(FIGURES)
    assert min(heights) > 0  # on a logarithmic axis
    assert len(list(tmp_path.glob("figure*.png"))) == len(FIGURES)
