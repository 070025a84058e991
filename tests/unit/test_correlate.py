import gzip
from pathlib import Path

import numpy as np
import pytest
import torch

from snn.bench_table import TableError, read_accuracies, sample
from snn.cells import Cell
from snn.correlation import correlation
from snn.report.correlate_command import correlate_command

IDS = (14862, 11718, 3906, 10418, 12617, 3113, 0, 9, 2500, 7031)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "bench.csv.gz"
    rows = "".join(f"{number},{80 + i}.5\n" for i, number in enumerate(IDS))
    path.write_bytes(gzip.compress(f"id,test_acc\n{rows}".encode()))
    return path


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    for i, number in enumerate(IDS):
        folder = tmp_path / "data" / "CIFAR10" / str(number)
        folder.mkdir(parents=True)
        text = (
            f"architecture id: {number}\n0.000, 9.8, 2.3, 9.9, 2.3\ntest accuracy: {80 + i}.500\n"
        )
        (folder / "train_process.txt").write_text(text)
    return tmp_path


def test_a_table_and_a_clone_read_the_same(table: Path, clone: Path) -> None:
    expected = {number: 80.5 + i for i, number in enumerate(IDS)}
    assert read_accuracies(table) == expected
    for place in (clone, clone / "data", clone / "data" / "CIFAR10"):
        assert read_accuracies(place) == expected


def test_a_sample_has_as_many_cells_of_each_decile() -> None:
    random = np.random.default_rng(0)
    accuracies = {int(i): float(random.random()) for i in random.choice(15625, 400, replace=False)}
    live = [i for i in accuracies if Cell.of_bench(i).n_effective_convolutions]
    chosen = sample(accuracies, "stratified", 50, 1)
    deciles = np.array_split(sorted(live, key=lambda i: accuracies[i]), 10)
    counts = [len(set(chosen) & set(decile.tolist())) for decile in deciles]
    assert set(chosen) <= set(live)
    assert counts == [5] * 10
    assert chosen == sample(accuracies, "stratified", 50, 1)


def test_a_score_equal_to_accuracy_has_tau_one_and_its_opposite_minus_one() -> None:
    labels = [float(i) for i in range(30)]
    assert correlation(labels, labels, 20, 0).tau == pytest.approx(1)
    assert correlation(labels[::-1], labels, 20, 0).interval == pytest.approx((-1, -1))


def test_ties_are_left_out_or_ordered_by_chance() -> None:
    labels = [float(i) for i in range(60)]
    found = correlation([float(i >= 30) for i in range(60)], labels, 200, 0)
    # 900 of 1770 pairs are told apart, all rightly: tau-b 900 / sqrt(900 * 1770)
    assert found.tau == pytest.approx(900 / (900 * 1770) ** 0.5)
    assert found.tau_random == pytest.approx(900 / 1770, abs=0.05)


def test_invalid_networks_are_left_out() -> None:
    found = correlation([1, 2, -np.inf, 3], [1, 2, 9, 3], 10, 0)
    assert (found.tau, found.n, found.n_invalid) == (1, 3, 1)


def test_the_command_prints_taus_and_draws(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    arguments = [
        str(table),
        "sample=all",
        "scores=depth,spikes",
        "draws=20",
        f"out={tmp_path / 'a.png'}",
    ]
    assert correlate_command(arguments) == 0
    torch.set_num_threads(before)
    printed = capsys.readouterr().out
    assert "depth" in printed
    assert "spikes" in printed
    assert (tmp_path / "a.png").stat().st_size > 10_000


def test_a_place_that_cannot_be_drawn_in_is_told_before_anything_is_scored(
    table: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("snn.report.correlate_command.scores_of", lambda *_: pytest.fail("scored"))
    (tmp_path / "scores.png").mkdir()
    assert correlate_command([str(table), "sample=all", f"out={tmp_path}"]) == 2
    assert "scores.png: is a directory" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], "needs one table"),
        (["TABLE", "scores=papr"], "paper"),
        (["TABLE", "samples=all"], "sample"),
        (["TABLE", "sample=everything"], "all"),
        (["TABLE", "mode=fats"], "fast"),
        (["TABLE", "n=0"], "n: needs a whole number"),
        (["nowhere.csv"], "nowhere.csv: no such file"),
    ],
)
def test_a_mistake_is_one_line(
    arguments: list[str], expected: str, table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert correlate_command([str(table) if one == "TABLE" else one for one in arguments]) == 2
    error = capsys.readouterr().err
    assert expected in error
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("id,accuracy\n1,2\n", "lacks the column test_acc"),
        ("id,test_acc\n1,50\n2,high\n", r"bench\.csv, line 3: test_acc needs a number, got 'high'"),
        ("id,test_acc\n1,nan\n", "line 2: test_acc needs a number, got 'nan'"),
        ("id,test_acc\n1,50\n2\n", "line 3: test_acc is missing"),
        ("id,test_acc,params\n1,89.30,7\n2,8", "line 3: may be cut short"),
        ("id,test_acc\n1,89.30\n2,8", "line 3: may be cut short"),
        ("id,test_acc,seed\n1,89.30,7\n2,8\n", "line 3: seed is missing"),
        ("id,test_acc,params\n2,8\n1,50,7\n", "line 2: params is missing"),
        ("id,test_acc\n1,89,30\n", "line 2: has more columns than the first line"),
        ("id,test_acc\none,50\n", "line 2: id needs a number, got 'one'"),
        ("id,test_acc,params\n1,50,inf\n", "line 2: params needs a number, got 'inf'"),
        ("id,test_acc\n1,50\n99999,50\n", "line 3: no cell 99999"),
        ("id,test_acc\n1.5,50\n", r"line 2: no cell 1\.5"),
        ("id,test_acc\n1,500\n", "line 2: cell 1 has accuracy 500, not in 0 to 100"),
        ("id,test_acc\n1,50\n1,50\n", "line 3: cell 1 is there twice"),
        ("id,test_acc\n1,50\n2,\udcff\n", "behind line 0: cannot be read"),
        ("id,test_acc\n", "holds no accuracy"),
    ],
)
def test_a_table_that_is_none_is_told(content: str, expected: str, tmp_path: Path) -> None:
    path = tmp_path / "bench.csv"
    path.write_text(content, errors="surrogateescape")
    with pytest.raises(TableError, match=expected):
        read_accuracies(path)
    with pytest.raises(TableError, match="no SpikeNAS-Bench"):
        read_accuracies(tmp_path)


@pytest.mark.parametrize("hurt", ["cut", "changed"])
def test_a_damaged_file_is_told_with_the_last_line_that_was_read(hurt: str, tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    rows = "".join(f"{number},{100 * random.random()}\n" for number in range(9000))
    packed = gzip.compress(f"id,test_acc\n{rows}".encode())
    middle = len(packed) // 2
    path = tmp_path / "bench.csv.gz"
    path.write_bytes(
        packed[:middle] + (bytes(9000) + packed[middle:] if hurt == "changed" else b"")
    )
    with pytest.raises(TableError, match=r"bench\.csv\.gz, (behind )?line \d{4}"):
        read_accuracies(path)
