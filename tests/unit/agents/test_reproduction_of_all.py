"""Every paper on one page: what it shows, what it does with a failure and with Ctrl-C."""

import math
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from agents import reproduction_of_all
from agents.exits import UsageError
from agents.reproduce import main
from agents.reproduction import Experiment, Figure, Outcome, Reproduction, StoppedError
from agents.reproduction_of_all import PAPERS

CLOSE = Figure("energy", "J", 2.0, 2.01, tolerance=0.01)
FAR = Figure("<speed>up", "x", 15.8, 3.0, least=15.8, note="of <actors>")
UNASKED = Figure("accuracy", "%", 84.0, 99.0)
UNPRINTED = Figure("seeds", "", None, 2.0, least=2.0)


def experiment(name: str, *figures: Figure, code: int = 0) -> Experiment:
    def outcome(arguments: Sequence[str]) -> Outcome:
        return Outcome(figures, {"typed": list(arguments)}, ("A remark.",))

    return Experiment(name, "A paper", lambda _: code, outcome)


@pytest.fixture
def papers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Path]:
    """Have these be all there are; return the page."""

    def papers_are(*every: Experiment | Reproduction) -> Path:
        of = reproduction_of_all
        monkeypatch.setattr(of, "PAPERS", tuple(one.name for one in every))
        kinds = {kind: {o.name: o for o in every if isinstance(o, kind)}
                 for kind in (Experiment, Reproduction)}  # fmt: skip
        monkeypatch.setattr(of, "experiments", lambda: kinds[Experiment])
        monkeypatch.setattr(of, "reproductions", lambda: kinds[Reproduction])
        return tmp_path / "all" / "reproduction.html"

    monkeypatch.chdir(tmp_path)
    return papers_are


def cells(page: str, what: str) -> list[str]:
    """The row of a figure, as a reader sees it."""
    (row,) = re.findall(rf"<tr><td>{what}.*?</tr>", page)
    return [re.sub("<.*?>", "", one) for one in re.findall("<td.*?</td>", row)]


def test_each_figure_has_a_row_with_what_was_printed_ours_and_what_is_asked(
    papers: Callable[..., Path],
) -> None:
    page = papers(experiment("one", CLOSE, FAR), experiment("two", UNASKED, UNPRINTED))
    assert main(["all", "search=smoke", "run_dir=all"]) == 1
    told = page.read_text("utf-8")
    assert cells(told, "energy") == ["energy", "J", "2", "2.01", "1", "", "within 1 %", "met"]
    assert cells(told, "&lt;speed")[0] == "&lt;speed&gt;up (of &lt;actors&gt;)"
    assert cells(told, "&lt;speed")[2:] == ["15.8", "3", "0.19", "", "&gt;= 15.8", "missed"]
    assert cells(told, "accuracy")[2:] == ["84", "99", "1.18", "", "", ""]
    assert cells(told, "seeds")[2:] == ["--", "2", "--", "", "&gt;= 2", "met"]
    assert "python -m agents.reproduce one search=smoke run_dir=all/one" in told
    assert "typed:\n- search=smoke\n- run_dir=all/one" in told
    assert told.count("A remark.") == 2
    assert "http" not in told.replace("http-equiv", "")


def test_all_met_is_exit_code_0(papers: Callable[..., Path]) -> None:
    papers(experiment("one", CLOSE, UNASKED), Reproduction("two", "A paper", lambda: [CLOSE]))
    assert main(["all", "run_dir=all"]) == 0


def test_what_is_beyond_two_decades_is_an_arrow(papers: Callable[..., Path]) -> None:
    far = [Figure(f"r{ratio}", "", 1.0, ratio) for ratio in (1e-3, 0.5, 1e3)]
    page = papers(experiment("one", *far))
    main(["all", "run_dir=all"])
    rows = re.findall(r"<tr><td>r.*?</tr>", page.read_text("utf-8"))
    assert ["<circle" in row for row in rows] == [False, True, False]
    tips = [re.search(r'<path d="M([\d.]+) 2V12L([\d.]+) ', row) for row in (rows[0], rows[2])]
    (left, right) = [(float(one[1]), float(one[2])) for one in tips if one]
    assert left[1] < left[0] < 110 < right[0] < right[1]


def test_a_paper_that_fails_is_told_and_the_others_go_on(
    papers: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(_: Sequence[str]) -> int:
        raise UsageError("no such data")

    page = papers(Experiment("one", "A paper", fails), experiment("two", CLOSE))
    assert main(["all", "run_dir=all"]) == 1
    assert "one: no such data\n" in capsys.readouterr().err
    assert '<p class="warning">no such data</p>' in page.read_text("utf-8")
    assert cells(page.read_text("utf-8"), "energy")


def test_ctrl_c_leaves_the_page_of_what_was_done(papers: Callable[..., Path]) -> None:
    page = papers(experiment("one", CLOSE), experiment("two", FAR, code=130))
    assert main(["all", "run_dir=all"]) == 130
    assert cells(page.read_text("utf-8"), "energy")
    assert "speed" not in page.read_text("utf-8")


def test_a_search_that_a_reproduction_needs_can_be_stopped_too(
    papers: Callable[..., Path],
) -> None:
    def stopped(_: Sequence[str]) -> Outcome:
        raise StoppedError(143)

    papers(Reproduction("one", "A paper", list, searched=stopped))
    assert main(["all", "run_dir=all"]) == 130


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (["all", "serch=smoke"], "serch: no such key; did you mean 'search'?"),
        (["all", "search=smok"], "search: no size called 'smok'; did you mean 'smoke'?"),
        (["all", "run_dir="], "run_dir: names nothing"),
        (["all", "--run", "x"], "--run: all compares no run of ours"),
        (["al"], "no reproduction called 'al'; did you mean 'all'?"),
        (["spikenas", "search=smokee"], "search: no size called 'smokee'; did you mean 'smoke'?"),
        (["ancoef_table2", "seeds=2"], "seeds: no such key; there are: search, run_dir"),
        (["ancoef_table2", "="], "'=' is not of the form key=value; --help shows examples"),
        (["ancoef_table2", "foo"], "'foo' is not of the form key=value; --help shows examples"),
        (["joint_fronts", "seeds"], "'seeds' is not of the form key=value; --help shows examples"),
    ],
)
def test_a_mistake_is_one_line(
    typed: list[str],
    told: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(typed) == 2
    assert capsys.readouterr().err == f"error: {told}\n"
    assert list(tmp_path.iterdir()) == []


def test_all_are_the_papers_with_an_outcome_of_their_own() -> None:
    known = reproduction_of_all.experiments()
    assert all(known[name].outcome for name in PAPERS if name in known)
    closed = [name for name in PAPERS if name not in known]
    assert set(closed) == set(reproduction_of_all.reproductions())


@pytest.mark.parametrize(
    ("figure", "verdict", "needed"),
    [
        (Figure("x", "", 2, 2.1, tolerance=0.1), "met", "within 10 %"),
        (Figure("x", "", 2, 2.3, tolerance=0.1), "missed", "within 10 %"),
        (Figure("x", "", 2, 2.3, least=2, most=2.2), "missed", ">= 2, <= 2.2"),
        (Figure("x", "", 2, 1.9, least=2, most=2.2), "missed", ">= 2, <= 2.2"),
        (Figure("x", "", 2, 2.1, least=2, most=2.2), "met", ">= 2, <= 2.2"),
        (Figure("x", "", 2, math.nan, least=2), "missed", ">= 2"),
        (Figure("x", "", 2, 9), "", ""),
    ],
)
def test_a_figure_says_what_is_asked_of_it(figure: Figure, verdict: str, needed: str) -> None:
    told = ("met" if figure.is_met else "missed") if figure.is_asked else ""
    assert (told, figure.needed) == (verdict, needed)


@pytest.mark.parametrize(
    "failing",
    [
        Reproduction("one", "A paper", list, searched=lambda _: ended(1)),
        experiment("one", CLOSE, code=2),
    ],
)
def test_what_ends_by_itself_was_not_stopped(
    failing: Experiment | Reproduction, papers: Callable[..., Path]
) -> None:
    page = papers(failing, experiment("two", FAR))
    assert main(["all", "run_dir=all"]) == 1
    assert "ended with exit code" in page.read_text("utf-8")
    assert cells(page.read_text("utf-8"), "&lt;speed")


def ended(code: int) -> Outcome:
    raise StoppedError(code)


def test_a_directory_where_the_page_is_to_be_is_told_before_anything_is_searched(
    papers: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    page = papers(experiment("one", CLOSE))
    page.mkdir(parents=True)
    assert main(["all", "run_dir=all"]) == 2
    assert "reproduction.html is a directory" in capsys.readouterr().err


def test_commands_that_come_before_stand_above_it(papers: Callable[..., Path]) -> None:
    made = Outcome([CLOSE], {}, before=("python -m agents.train x=<1>",))
    page = papers(Reproduction("one", "A paper", list, searched=lambda _: made))
    assert main(["all", "run_dir=all"]) == 0
    told = "python -m agents.train x=&lt;1&gt;\npython -m agents.reproduce one --run all/one"
    assert told in page.read_text("utf-8")
