from pathlib import Path

import pytest

from snn.cell_network import CellNetwork
from snn.cells import Cell
from snn.macro import Macro
from snn.report.command import describe_command
from snn.report.options import NUMBERS, UsageError, parse
from snn.report.tables import facts

CHAIN = Cell.of((1, 0, 0, 1, 0, 1), "neuronas")


def test_one_cell_stands_for_two() -> None:
    assert parse(["1,0,0,1,0,1"]).network == CellNetwork((CHAIN, CHAIN), Macro.preset("cifar10"))


def test_settings_may_stand_anywhere() -> None:
    found = parse(["ops=snasnet", "3,1,1,3,1,3", "channels=16", "2", "macro=digits", "out=x"])
    third = Macro.preset("digits", channels=16)
    assert found.network == CellNetwork((CHAIN, Cell.of_bench(2)), third)
    assert found.out == Path("x")


def test_backward_codes_stand_behind_a_slash() -> None:
    (cell,) = parse(["0,0,0,0,0,3/1,0,0,0,2,0", "ops=snasnet", "cells=1"]).network.cells
    assert cell.by_edge[1, 0] == "skip"
    assert cell.by_edge[3, 1] == "conv1x1"


def test_every_number_of_the_frame_can_be_set() -> None:
    assert set(NUMBERS) == {
        "in_channels", "in_side", "stem_stride", "channels", "head_pool", "hidden_features",
        "voting", "n_classes", "timesteps",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("", "needs a cell"),
        ("1,0", "'1,0': a cell needs 6 operations"),
        ("1,0,0,1,0,9", "c23: no code 9 in 'neuronas'; allowed: 0 skip, 1 conv3x3"),
        ("1,0,0,1,0,x", "a cell is six codes with commas"),
        ("1,0,0,1,0,²", "a cell is six codes with commas"),
        ("15625", "cells 0 to 15624, not 15625"),
        ("1 chanels=3", "did you mean 'channels'?"),
        ("1 channels=0", "channels: needs a whole number from 1 to 1000000, got '0'"),
        ("1 weight_bits=65", "from 1 to 64, got '65'"),
        ("1 ops=bensh", "did you mean 'bench'?"),
        ("1 macro=cifar1", "did you mean 'cifar10'?"),
        ("1 2 3 cells=2", "cells: 2, but 3 are given"),
        ("1 cells=4", "a network has 1 to 3, got 4"),
        ("1/2/3", "one slash"),
        ("1 in_side=31", "multiple of 4"),
    ],
)
def test_a_mistake_is_one_line(typed: str, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert describe_command(typed.split()) == 2
    printed = capsys.readouterr()
    assert told in printed.err
    assert printed.err.count("\n") == 1
    assert printed.out == ""


def test_mistakes_are_usage_errors() -> None:
    with pytest.raises(UsageError):
        parse(["ops=bench"])


def test_tables_are_printed_and_cells_drawn(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["1,0,0,1,0,1", "2,1,0,0,0,0", "channels=8", f"out={tmp_path / 'new'}"]
    assert describe_command(arguments) == 0
    printed = capsys.readouterr().out
    network = CellNetwork(
        (CHAIN, Cell.of((2, 1, 0, 0, 0, 0), "neuronas")), Macro.preset("cifar10", channels=8)
    )
    for part in network.parts:
        assert part.name in printed
        assert f"{part.n_parameters:,}" in printed
    assert (tmp_path / "new" / "cells.png").read_bytes().startswith(b"\x89PNG")


def test_a_picture_may_be_named(tmp_path: Path) -> None:
    for name in ("new/mine.png", "upper.PNG"):
        assert describe_command(["1", "macro=digits", f"out={tmp_path / name}"]) == 0
        assert (tmp_path / name).read_bytes().startswith(b"\x89PNG")
    (tmp_path / "folder.png").mkdir()
    assert describe_command(["1", "macro=digits", f"out={tmp_path / 'folder.png'}"]) == 0
    assert (tmp_path / "folder.png" / "cells.png").is_file()


@pytest.mark.parametrize(
    ("out", "told"),
    [
        ("file/x", "file/x: not a directory; out=DIR draws elsewhere"),
        ("file", "file: file exists; out=DIR draws elsewhere"),
        ("taken", "taken/cells.png: is a directory; out=DIR draws elsewhere"),
    ],
)
def test_a_place_that_cannot_be_drawn_in_is_told_before_anything_else(
    out: str, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "taken" / "cells.png").mkdir(parents=True)
    assert describe_command(["1", "macro=digits", f"out={tmp_path / out}"]) == 2
    printed = capsys.readouterr()
    assert told in printed.err
    assert printed.err.count("\n") == 1
    assert printed.out == ""


def test_a_network_that_nothing_flows_through_is_told() -> None:
    network = CellNetwork((Cell(("zeroize",) * 6),), Macro.preset("digits"))
    assert "connected" in facts(network, 8)
    assert "connected" not in facts(CellNetwork((CHAIN,), Macro.preset("digits")), 8)


def test_help_names_sets_frames_and_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    assert describe_command(["--help"]) == 0
    printed = capsys.readouterr().out
    assert all(word in printed for word in ("snasnet", "tinyimagenet200", *NUMBERS))
    assert max(map(len, printed.splitlines())) <= 100
