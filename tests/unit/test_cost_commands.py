import json
import re
from pathlib import Path
from typing import Any

import pytest

from hwmodels.estimate import MODELS, estimate_workload
from hwmodels.report.commands import (
    compare_command,
    estimate_command,
    optimize_command,
    validate_command,
)
from hwmodels.report.design_file import EXAMPLE, read_job

CASES = json.loads((Path(__file__).parents[1] / "golden" / "cim.json").read_text("utf-8"))
Shown = pytest.CaptureFixture[str]


def test_an_estimate_is_shown_written_and_drawn(tmp_path: Path, capsys: Shown) -> None:
    assert estimate_command([str(EXAMPLE), "--out", str(tmp_path / "new")]) == 0
    shown = capsys.readouterr().out
    job = read_job(EXAMPLE)
    expected = estimate_workload(job.workload, job.device, job.circuit)
    assert f"{expected.area_m2 * 1e6:.4g} mm²" in shown
    assert all(layer.name in shown for layer in expected.layers)
    found = json.loads((tmp_path / "new" / "example.estimate.json").read_text("utf-8"))
    assert found["energy_j"] == expected.energy_j
    assert sum(found["area_parts_m2"].values()) == pytest.approx(found["area_m2"])
    assert [layer["name"] for layer in found["layers"]][:2] == ["conv1", "conv2"]
    png = (tmp_path / "new" / "example.estimate.png").read_bytes()
    assert png.startswith(b"\x89PNG")


def test_models_stand_side_by_side(capsys: Shown) -> None:
    assert compare_command([str(EXAMPLE)]) == 0
    shown = capsys.readouterr().out
    assert all(model in shown for model in MODELS)
    assert shown.count(" x") >= 4 * (len(MODELS) - 1)


def test_circuits_are_ranked_within_bounds(capsys: Shown) -> None:
    assert optimize_command([str(EXAMPLE), "--top", "3", "--max-area-m2", "4e-6"]) == 0
    shown = capsys.readouterr().out
    assert "of 1024 circuits" in shown
    areas = [float(line.split("│")[2]) for line in shown.splitlines() if "bit" in line]
    assert len(areas) == 3
    assert max(areas) <= 4


def test_an_example_is_a_design_file(tmp_path: Path, capsys: Shown) -> None:
    assert estimate_command(["--example"]) == 0
    path = tmp_path / "mine.json"
    path.write_text(capsys.readouterr().out, "utf-8")
    assert len(read_job(path).workload.layers) == 6


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["none.json"], "none.json: no such file"),
        ([], "needs a design file"),
        ([str(EXAMPLE), "--model", "neurosim"], "did you mean 'neurosim-1"),
        ([str(EXAMPLE), "--modell", "x"], "unrecognized arguments: --modell"),
        ([str(EXAMPLE), "--out", str(EXAMPLE)], "file exists"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(
    capsys: Shown, arguments: list[str], told: str
) -> None:
    with pytest.raises(SystemExit) as caught:
        estimate_command(arguments)
    assert caught.value.code == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert told in lines[-1]
    assert len(lines) == 1


def golden(tmp_path: Path, *cases: Any) -> str:
    path = tmp_path / "cases.json"
    path.write_text(json.dumps({"cases": list(cases)}), "utf-8")
    return str(path)


def test_cases_within_tolerance_exit_with_0(tmp_path: Path, capsys: Shown) -> None:
    assert validate_command([golden(tmp_path, *CASES[:2])]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[:-1]] == ["ok", "ok"]
    assert CASES[0]["id"] in lines[0]
    assert lines[-1] == "2 of 2 cases within tolerance"


def test_a_case_out_of_tolerance_is_marked_and_exits_with_1(tmp_path: Path, capsys: Shown) -> None:
    wrong = CASES[0] | {"expected": CASES[0]["expected"] | {"area_um2": 1.0}}
    assert validate_command([golden(tmp_path, CASES[1], wrong)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[:-1]] == ["ok", "OUT"]
    assert lines[-1] == "1 of 2 cases within tolerance"


@pytest.mark.parametrize(
    ("case", "told"),
    [
        (3, "needs an object, got 3"),
        ({"id": "x"}, "x: family: is missing"),
        ({"id": "x", "family": "NeuroSim 1.4"}, "x: network: is missing"),
        ({"id": "x", "family": "Eyeriss"}, "got 'Eyeriss'"),
    ],
)
def test_a_case_that_cannot_be_read_exits_with_2(
    tmp_path: Path, capsys: Shown, case: Any, told: str
) -> None:
    assert validate_command([golden(tmp_path, case, CASES[0])]) == 2
    assert told in capsys.readouterr().out


@pytest.mark.parametrize("content", ["[]", "{}", '{"cases": []}', "{"])
def test_a_file_without_cases_is_refused(tmp_path: Path, capsys: Shown, content: str) -> None:
    path = tmp_path / "cases.json"
    path.write_text(content, "utf-8")
    with pytest.raises(SystemExit) as caught:
        validate_command([str(path)])
    assert caught.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("name", ["[/red]", "$\\frac$", "[red]x[/red]"])
def test_a_name_is_shown_as_it_is(tmp_path: Path, capsys: Shown, name: str) -> None:
    content = json.loads(EXAMPLE.read_text("utf-8"))
    content["layers"][0]["name"] = name
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(content), "utf-8")
    assert estimate_command([str(path), "--model", "ela"]) == 0
    assert name in capsys.readouterr().out
    assert (tmp_path / "mine.estimate.png").exists()


def test_the_latency_of_a_pipeline_is_told_as_what_it_is(tmp_path: Path, capsys: Shown) -> None:
    content = json.loads(EXAMPLE.read_text("utf-8"))
    content["circuit"]["is_pipelined"] = True
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(content), "utf-8")
    for model, is_told in [("physical", True), ("ela", False)]:
        assert estimate_command([str(path), "--model", model]) == 0
        assert ("latency (between two images)" in capsys.readouterr().out) is is_told


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("--top", "0"),
        ("--top", "1.5"),
        ("--top", "abc"),
        ("--max-area-m2", "nan"),
        ("--max-area-m2", "-1"),
        ("--weight-area-m2", "inf"),
        ("--weight-area-m2", "1000"),
    ],
)
def test_an_argument_out_of_range_is_refused(capsys: Shown, argument: str, value: str) -> None:
    with pytest.raises(SystemExit) as caught:
        optimize_command([str(EXAMPLE), argument, value])
    assert caught.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert f"argument {argument}: needs a " in line
    assert line.endswith(f"got '{value}'")


def test_help_breaks_no_name(capsys: Shown, monkeypatch: pytest.MonkeyPatch) -> None:
    for columns in range(50, 100):
        monkeypatch.setenv("COLUMNS", str(columns))
        with pytest.raises(SystemExit):
            optimize_command(["--help"])
        with pytest.raises(SystemExit):
            estimate_command(["--help"])
        assert not re.search(r"-$", capsys.readouterr().out, re.MULTILINE)
