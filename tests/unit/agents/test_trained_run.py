"""What is done with the network that a run of env=neuronas has trained."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from full_disk import room

from agents import export, robustness
from agents.rundir import RunDirectory
from agents.usage import settings_from
from snn import cell_checkpoint
from snn.cell_accuracy import cell_accuracy
from snn.cell_modules import CellModules, build_cells
from snn.cell_network import CellNetwork
from snn.cells import Cell
from snn.digits import digits
from snn.macro import Macro
from snn.nir_export import TIME_STEP_S
from snn.quantization import WeightFormat
from snn.weight_formats import quantize_

CODES = (1, 0, 0, 1, 0, 1)
NAMES = ("c01", "c02", "c03", "c12", "c13", "c23")
NETWORK = CellNetwork((Cell.of(CODES, "neuronas"),) * 2, Macro.preset("digits"))
DESIGN = {
    f"cell{i}.{name}": ("skip", "conv3x3")[code]
    for i in (1, 2)
    for name, code in zip(NAMES, CODES, strict=True)
}
TRAINED = {"test_accuracy": 0.1}


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def module_of(network: CellNetwork) -> CellModules:
    """A network that nothing was taught, but that tells images apart."""
    generator = torch.Generator().manual_seed(3)
    module = build_cells(network, generator).eval()
    for one in module.modules():
        if isinstance(one, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(one.bias, 0.0, 0.5, generator=generator)  # else nothing fires
    torch.nn.init.normal_(module.head.hidden.weight, 0.1, 0.2, generator=generator)
    return module


def make_run(*changes: str, network: CellNetwork = NETWORK) -> Path:
    RunDirectory.create(settings_from(["env=neuronas", "run_dir=run", *changes])).close()
    run = Path("run")
    write_summary(run, {"best": {"reward": 1, "design": DESIGN}, "trained": TRAINED})
    save_weights(run, network)
    return run


def save_weights(run: Path, network: CellNetwork, told: CellNetwork | None = None) -> None:
    best = module_of(network).state_dict()
    content = {"fingerprint": "", "network": repr(told or network), "best": best}
    cell_checkpoint.save(run / "final.pt", content)


def write_summary(run: Path, summary: Any) -> None:
    (run / "summary.json").write_text(json.dumps(summary))


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return make_run("env.weight_bits=4")


def outcomes(run: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((run / "robustness.json").read_text())
    return found


def test_the_network_is_measured_as_it_was_trained_on_the_same_chips(run: Path) -> None:
    assert robustness.main(["run", "--chips", "2"]) == 0
    first = outcomes(run)
    assert robustness.main(["run", "--chips", "2"]) == 0
    assert outcomes(run) == first
    format_ = WeightFormat(4)
    assert first["clean_accuracy"] == cell_accuracy(module_of(NETWORK), digits(), format_)
    (found,) = first["outcomes"].values()
    assert found["worst_accuracy"] <= found["accuracy"] <= 1
    assert found["weight_deviation_ratio"] == pytest.approx(0.1)  # 4 bits on a cell of 4 bits
    assert robustness.main(["run", "--chips", "2", "--seed", "5"]) == 0
    assert outcomes(run)["outcomes"] != first["outcomes"]


def test_chips_may_vary_in_other_ways_than_the_network_was_trained_for(run: Path) -> None:
    names = ["gaussian_nacim_2020", "rram_wan_2022"]
    assert robustness.main(["run", "--chips", "1", "--variation", ",".join(names)]) == 0
    found = outcomes(run)["outcomes"]
    assert list(found) == names
    assert len({one["weight_deviation_ratio"] for one in found.values()}) == 2


def test_what_is_exported_is_the_network_with_the_weights_that_were_tested(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nir_exchange = pytest.importorskip("spikingjelly.activation_based.nir_exchange")
    assert export.main([str(run), "--out", "network.nir"]) == 0
    told = capsys.readouterr().out
    assert "wrote network.nir" in told
    assert "input (1, 8, 8) in each of 2 time steps" in told
    read = nir_exchange.import_from_nir(Path("network.nir"), dt=TIME_STEP_S).eval()
    module, images = module_of(NETWORK), digits().test_images[:20]
    exact = module(images)
    quantize_(module, WeightFormat(4))
    with torch.no_grad():
        once, state = read(images, None)
        again, _ = read(images, state)
    torch.testing.assert_close((once + again) / 2, module(images), rtol=1e-4, atol=1e-5)
    assert not torch.allclose(exact, module(images), rtol=1e-4, atol=1e-5)
    assert sorted(one.name for one in Path().glob("*.n*")) == ["network.nir"]


def test_weights_that_were_tested_exact_are_exported_exact(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nir = pytest.importorskip("nir")
    monkeypatch.chdir(tmp_path)
    make_run("env.training.is_rounded=false")
    assert export.main(["run"]) == 0
    written = nir.read("run/final.nir").nodes["hidden"].weight
    assert torch.equal(torch.tensor(written), module_of(NETWORK).head.hidden.weight)


OTHER = CellNetwork((Cell.of((1, 1, 1, 1, 1, 1), "neuronas"),) * 2, Macro.preset("digits"))
POOLED = Cell.of((1, 0, 2, 1, 0, 1), "neuronas")  # a pooling for a skip: no weights either
OF_EQUAL_SHAPES = CellNetwork((POOLED, NETWORK.cells[1]), NETWORK.macro)
BROKEN: list[tuple[Callable[[Path], Any], str]] = [
    (lambda run: (run / "final.pt").unlink(), "run/final.pt: no such file"),
    (lambda run: (run / "final.pt").write_text("?"), "no checkpoint that can be read"),
    (
        lambda run: torch.save({"version": 2, "fingerprint": ""}, run / "final.pt"),
        "no checkpoint that can be read",
    ),
    (
        lambda run: save_weights(run, OTHER),
        "run/final.pt: holds no weights of the network in summary.json",
    ),
    (
        lambda run: save_weights(run, OTHER, told=NETWORK),
        "run/final.pt: holds no weights of the network in summary.json",
    ),
    (
        lambda run: save_weights(run, OF_EQUAL_SHAPES),
        "run/final.pt: holds no weights of the network in summary.json",
    ),
    (
        lambda run: cell_checkpoint.save(
            run / "final.pt", {"fingerprint": "", "network": repr(NETWORK), "best": 3}
        ),
        "run/final.pt: holds no weights of the network in summary.json",
    ),
    (
        lambda run: write_summary(run, {"best": {"design": DESIGN}}),
        "not trained to the end; python -m agents.train resume=run goes on",
    ),
    (lambda run: write_summary(run, {"best": None}), "found no feasible design"),
    (
        lambda run: write_summary(run, {"best": {"design": {"cell1.c01": "skip"}}}),
        "its best design is none of this run's space",
    ),
    (lambda run: write_summary(run, [1]), "run/summary.json cannot be read"),
    (lambda run: (run / "summary.json").unlink(), "run holds no finished run"),
]


@pytest.mark.parametrize(("damage", "message"), BROKEN)
@pytest.mark.parametrize("command", [robustness.main, export.main])
def test_a_run_without_its_network_is_one_line(
    command: Callable[[list[str]], int],
    damage: Callable[[Path], Any],
    message: str,
    run: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    damage(run)
    assert command(["run"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("error: ")
    assert message in said
    assert said.count("\n") == 1


@pytest.mark.parametrize("n_bytes", [10, 1000, 100_000])
def test_a_full_disk_is_one_line_and_leaves_no_half_of_a_network(
    n_bytes: int, run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("nir")
    before = sorted(one.name for one in run.iterdir())
    with room(n_bytes):  # in a file of its own HDF5 would end the process with a signal
        assert export.main(["run"]) == 2
    assert capsys.readouterr().err == "error: run/final.nir: File too large\n"
    assert sorted(one.name for one in run.iterdir()) == before
    assert export.main(["run"]) == 0


def test_a_network_that_was_not_to_be_trained_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write_summary(make_run("env.training.epochs=0"), {"best": {"design": DESIGN}})
    assert export.main(["run"]) == 2
    assert "was not trained: env.training.epochs is 0" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("command", "typed", "message"),
    [
        (robustness.main, ["--variation", "rram_wan"], "did you mean 'rram_wan_2022'"),
        (robustness.main, ["--standard-rate", "0.1"], "--standard-rate: is for runs of env=nacim"),
        (robustness.main, ["--chips", "0"], "--chips of at least 1"),
        (export.main, ["--out", "."], "--out: . is a directory; name a file in it"),
        (export.main, ["--out", "no/net.nir"], "--out: there is no directory no"),
    ],
)
def test_what_cannot_be_asked_of_a_run_of_cells_is_one_line(
    command: Callable[[list[str]], int],
    typed: list[str],
    message: str,
    run: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert command([str(run), *typed]) == 2
    said = capsys.readouterr()
    assert message in said.err
    assert said.err.count("\n") == 1
    assert said.out == ""


@pytest.mark.parametrize(
    ("command", "typed", "message"),
    [
        (robustness.main, ["--variation", "rram_wan_2022"], "--variation: is for runs of env=neu"),
        (export.main, [], "run: is no run of env=neuronas"),
    ],
)
def test_what_is_for_cells_is_refused_for_other_runs(
    command: Callable[[list[str]], int],
    typed: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    RunDirectory.create(settings_from(["env=nacim", "run_dir=run"])).close()
    write_summary(Path("run"), {"best": {"design": {}}})
    assert command(["run", *typed]) == 2
    assert message in capsys.readouterr().err


def test_a_network_that_nir_has_no_words_for_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("nir")
    monkeypatch.chdir(tmp_path)
    forward = Cell(("skip",) * 5 + ("zeroize",), ("zeroize",) * 5 + ("skip",))
    network = CellNetwork((forward,) * 2, NETWORK.macro)
    settings = ["env=snasnet", "env.has_feedback=true", "agent=random", "run_dir=run"]
    RunDirectory.create(settings_from(settings)).close()
    design = dict.fromkeys((f"cells.{name}" for name in NAMES), "skip") | {"cells.c23": "skip<"}
    write_summary(Path("run"), {"best": {"design": design}, "trained": TRAINED})
    save_weights(Path("run"), network)
    assert export.main(["run"]) == 2
    assert "error: run: feedback takes a time step, for which NIR" in capsys.readouterr().err
