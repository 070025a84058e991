"""Table I of NACIM: its claims, and what is said of a wrong command."""

from pathlib import Path

import pytest

from agents.reproduce import main
from agents.reproductions.nacim_table1 import BOUNDS, PUBLISHED, SEARCHES, claims
from agents.rundir import RunDirectory
from agents.usage import settings_from


def test_the_printed_table_reaches_what_the_paper_claims_of_it() -> None:
    found = claims(PUBLISHED)
    assert [one.ours for one in found] == pytest.approx([76.44, 0.43, 1.82, 3.66, 3.17], abs=0.005)
    assert all(one.is_met for one in found)


@pytest.mark.parametrize(
    ("name", "column", "value", "n_claim"),
    [
        ("QuantNAS", "varied", 0.6, 0),
        ("NACIM_sw", "varied", 0.72, 1),
        ("NACIM_hw", "area_um2", 2e6, 2),
        ("NACIM_hw", "edp_pj_ns", 3e12, 3),
        ("NACIM_sw", "tops_per_w", 10.0, 4),
    ],
)
def test_a_claim_that_is_not_reached_says_so(
    name: str, column: str, value: float, n_claim: int
) -> None:
    rows = {**PUBLISHED, name: {**PUBLISHED[name], column: value}}
    reached = [one.is_met for one in claims(rows)]
    assert reached == [n != n_claim for n in range(len(BOUNDS))]


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        (["nacim_table1", "experiment=rnas"], "experiment: is chosen by nacim_table1"),
        (["nacim_table1", "flow.name=nacim"], "flow.name: is chosen by nacim_table1"),
        (["nacim_table1", "run_dir="], "run_dir: names no directory"),
        (["nacim_table1", "search=tiny"], "no search called 'tiny'"),
        (["nacim_table1", "dataset=digit"], "did you mean 'digits'"),
        (["nacim_table1", "hardware.model=ela"], "has no circuits to optimize"),
        (["neuronas", "nacim_table1"], "nacim_table1: takes searches, and goes by itself"),
        (["nacim_table"], "did you mean 'nacim_table1'"),
    ],
)
def test_a_mistake_is_one_line(
    typed: list[str],
    message: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: object,
) -> None:
    monkeypatch.chdir(str(tmp_path))
    assert main(typed) == 2
    told = capsys.readouterr().err
    assert message in told
    assert told.count("\n") == 1


def finished_quantnas(folder: Path, budget: int) -> None:
    """A folder that looks as if QuantNAS had ended there."""
    typed = ["experiment=quantnas", "flow.name=quantnas", "search=smoke", *SEARCHES["quantnas"]]
    settings = settings_from([*typed, f"run_dir={folder}", f"search.budget={budget}"])
    RunDirectory.create(settings).close()
    (folder / "1-search").mkdir()
    (folder / "1-search" / "summary.json").write_text(f'{{"budget": {budget}}}')
    (folder / "summary.json").write_text("{}")


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("env.accuracy.epochs=7", "of another configuration: env.accuracy.epochs is 3 there"),
        ("search.budget=4", "the first stage is finished with 3 designs"),
    ],
)
def test_what_is_finished_is_not_shown_as_what_another_command_finds(
    typed: str, message: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    finished_quantnas(tmp_path / "quantnas", budget=3)
    assert main(["nacim_table1", "search=smoke", f"run_dir={tmp_path}", typed]) == 2
    told = capsys.readouterr().err
    assert message in told
    assert told.count("\n") == 1
