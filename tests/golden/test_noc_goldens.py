"""Golden cases of the network-on-chip in every engine, and what the command says of them."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from noc_cases import HERE, NAMES, golden_file

from async_sim.engines import ENGINES, load_engine, why_not
from async_sim.goldens import differences, read_golden
from async_sim.validate import main

ZERO_LOAD, SINGLE_FLOW = HERE / "h00_zero_load.npz", HERE / "h01_single_flow.npz"


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", NAMES)
def test_an_engine_reproduces_a_golden_case_in_every_array(name: str, engine: str) -> None:
    path = golden_file(name)
    if path is None:
        pytest.skip("it lies in ../shared, which is not here")
    golden = read_golden(path)
    reason = why_not(engine, golden.network, golden.packets)
    if reason:
        pytest.skip(reason)
    assert differences(golden.expected, load_engine(engine)(golden.network, golden.packets)) == []


@pytest.fixture
def altered(tmp_path: Path) -> Any:
    """Write a golden case with other arrays, or other words in its description."""

    def write(source: Path = SINGLE_FLOW, drop: str = "", **changes: Any) -> Path:
        with np.load(source) as archive:
            arrays: dict[str, Any] = dict(archive)
        meta = json.loads(str(arrays["meta"]))
        for key, value in changes.items():
            if key in arrays:
                arrays[key] = value(arrays[key]) if callable(value) else value
            else:
                (meta["params"] if key in meta["params"] else meta)[key] = value
        if "meta" not in changes:
            arrays["meta"] = np.array(json.dumps(meta))
        arrays.pop(drop, None)
        path = tmp_path / "case.npz"
        np.savez(path, **arrays)
        return path

    return write


def test_validate_passes_what_is_equal(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(ZERO_LOAD), str(SINGLE_FLOW), "--engine", "compiled"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(",")[0] for line in lines] == [
        "ok    h00_zero_load  compiled: 64 packets",
        "ok    h01_single_flow  compiled: 400 packets",
    ]


def test_validate_runs_every_engine_unless_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(SINGLE_FLOW)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0].split()[-1] for line in lines] == list(ENGINES)


def plus_one_at(*where: int) -> Any:
    def change(values: Any) -> Any:
        changed = values.copy()
        changed[where] += 1
        return changed

    return change


@pytest.mark.parametrize("engine", ["compiled", "tick"])
@pytest.mark.parametrize(
    ("name", "change", "told"),
    [
        ("t_inj_ps", plus_one_at(7), "t_inj_ps[7]: "),
        ("t_del_ps", plus_one_at(399), "t_del_ps[399]: 1740400 instead of 1740401"),
        ("fires", plus_one_at(2, 16), "fires[2, 16]: 0 instead of 1"),
        ("wait_ps", plus_one_at(4, 0), "wait_ps[4, 0]: 0 instead of 1"),
        ("link_flits", plus_one_at(0, 1), "link_flits[0, 1]: 400 instead of 401"),
        ("max_occ", plus_one_at(4, 144), "max_occ[4, 144]: 1 instead of 2"),
        ("t_end", 5, "t_end: 1743100 instead of 5"),
        ("sha_t_del", "abc", "sha_t_del: "),
    ],
)
def test_validate_says_where_the_first_difference_is(
    altered: Any, capsys: pytest.CaptureFixture[str], engine: str, name: str, change: Any, told: str
) -> None:
    assert main([str(altered(**{name: change})), "--engine", engine]) == 1
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith(f"DIFF  h01_single_flow  {engine}: {told}"), line


def test_validate_names_all_arrays_that_differ(
    altered: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    path = altered(fires=plus_one_at(0, 0), t_end=7)
    assert main([str(path), "--engine", "compiled"]) == 1
    assert capsys.readouterr().out.endswith("(also different: t_end)\n")


def test_validate_skips_ticks_that_do_not_divide(
    altered: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(altered(iu=[1250, 1500])), "--engine", "tick"]) == 0
    assert "skip  h01_single_flow  tick: a tick of 100 ps does not divide all times; 50 ps" in (
        capsys.readouterr().out
    )


def test_validate_skips_ticks_that_would_never_end(
    altered: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(altered(release_ps=lambda a: a + 10**15)), "--engine", "tick"]) == 0
    assert "after 10000000000000 ticks, too many" in capsys.readouterr().out


BAD: list[tuple[dict[str, Any], str]] = [
    ({"drop": "dst"}, "'dst' is missing"),
    ({"drop": "max_occ"}, "'max_occ' is missing"),
    ({"drop": "meta"}, "'meta' is missing"),
    ({"meta": np.array("{")}, "'meta' needs a JSON object"),
    ({"meta": np.array("[]")}, "'meta' needs a JSON object"),
    ({"meta": np.array('{"params": {}, "W": 1}')}, "'iu' is missing"),
    ({"dst": lambda a: a + 100}, "packet 0: destination 104 is not in the 5x1 mesh (0 to 4)"),
    ({"vc": lambda a: a + 4}, "packet 0: channel 4 is not in 4 virtual channels (0 to 3)"),
    ({"dst": lambda a: a[:-1]}, "packets: destination needs shape (400,)"),
    ({"src": lambda a: a[:, None]}, "'src' needs 1 axes, got shape (400, 1)"),
    ({"src": lambda a: a + 0.5}, "'src' needs whole numbers, got float64"),
    ({"release_ps": lambda a: a - 1}, "packet 0: release_ps must be at least 0"),
    ({"release_ps": lambda a: a + 2**61}, "'release_ps' holds"),
    ({"fires": lambda a: a[:, :16]}, "'fires' needs shape (5, 17), got (5, 16)"),
    ({"t_del_ps": lambda a: a[1:]}, "'t_del_ps' needs shape (400,), got (399,)"),
    ({"iu": [0, 1500]}, "meta: 'iu': forward_ps must lie between 1 and"),
    ({"sa": [1900]}, "meta: 'sa' needs a forward and a backward latency, got [1900]"),
    ({"ou": [1.5, 3]}, "meta: 'ou': forward_ps must be a whole number of picoseconds, got 1.5"),
    ({"arb": 3}, "meta: 'arb' must be one of 0 (round-robin), 1 (fixed), 2 (age), got 3"),
    ({"W": "5"}, "meta: 'W' needs a whole number, got '5'"),
    ({"W": 0}, "a mesh has 1 to 128 nodes a side, got 0x1"),
    ({"depth": 0}, "depth must lie in [1, 1024], got 0"),
]


@pytest.mark.parametrize(("changes", "told"), BAD, ids=[told for _, told in BAD])
def test_a_bad_case_is_told_in_one_line(
    altered: Any, capsys: pytest.CaptureFixture[str], changes: dict[str, Any], told: str
) -> None:
    path = altered(**changes)
    assert main([str(path)]) == 2
    output = capsys.readouterr()
    (line,) = output.err.splitlines()
    assert line.startswith(f"python -m async_sim.validate: {path}: {told}")
    assert output.out == ""


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "no such file or directory"),
        (b"", "is not an .npz file, or a damaged one"),
        (b"neither zip nor numpy", "is not an .npz file, or a damaged one"),
        (b"PK\x05\x06" + bytes(18), "'meta' is missing"),
    ],
)
def test_a_file_that_is_none_is_told_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes | None, told: str
) -> None:
    path = tmp_path / "case.npz"
    if content is not None:
        path.write_bytes(content)
    assert main([str(path)]) == 2
    assert capsys.readouterr().err == f"python -m async_sim.validate: {path}: {told}\n"


def test_a_damaged_file_and_a_directory_do_not_stop_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "case.npz"
    shutil.copy(SINGLE_FLOW, path)
    content = bytearray(path.read_bytes())
    content[600:900] = bytes(300)
    path.write_bytes(content)
    assert main([str(path), str(tmp_path), str(ZERO_LOAD), "--engine", "compiled"]) == 2
    output = capsys.readouterr()
    assert len(output.err.splitlines()) == 2
    assert output.out.startswith("ok    h00_zero_load  compiled")


def test_an_unknown_engine_gets_the_nearest_name(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main([str(ZERO_LOAD), "--engine", "compield"])
    assert capsys.readouterr().err == (
        "python -m async_sim.validate: no engine called 'compield'; did you mean 'compiled'?\n"
    )
    with pytest.raises(SystemExit, match="2"):
        main([])
    assert "required: FILE.npz" in capsys.readouterr().err
