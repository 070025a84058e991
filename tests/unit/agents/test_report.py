"""The report of runs: what is on the page, what is refused, and that no text becomes a tag."""

import json
import re
import shutil
import stat
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml
from report_runs import changed, data_of, synthetic_run

from agents.judged import History
from agents.report import main
from agents.report_sections.runs import read_runs
from envs.store import EvaluationStore

TOY = ("env=toy",)
COSTS = ("energy_j", "latency_s", "area_m2")
NOTHING = History([], [])
N = 60
VOID = {"meta", "br", "input", "link", "img", "hr"}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return synthetic_run(tmp_path_factory.mktemp("runs") / "one", N, typed=TOY)


@pytest.fixture(scope="module")
def page(run: Path) -> str:
    assert main([str(run)]) == 0
    return (run / "report.html").read_text("utf-8")


def refused(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """What a command says that is refused: one line, with exit code 2."""
    try:
        code = main([str(one) for one in arguments])
    except SystemExit as end:
        code = int(str(end.code))
    said = capsys.readouterr().err
    assert (code, said.count("\n")) == (2, 1), said
    return said


class Tags(HTMLParser):
    """Tags that are open, and all ids."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: Counter[str] = Counter()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.ids.update(str(value) for name, value in attrs if name == "id")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_every_tag_is_closed_and_every_id_is_its_own(page: str) -> None:
    tags = Tags()
    tags.feed(page)
    assert tags.open == []
    assert max(tags.ids.values()) == 1


def test_nothing_is_taken_from_the_network(page: str) -> None:
    own = page[: page.index("* plotly.js")]
    assert not re.search(r'(src|href)="(?!#)', own)
    assert page.count("* plotly.js v") == 1


def test_front_and_hypervolume_are_those_of_the_search(run: Path, page: str) -> None:
    summary = json.loads((run / "summary.json").read_text("utf-8"))
    designs = data_of(page)["designs"]["leaf0"]
    assert len(designs["front"]) == summary["front_size"]
    (read,) = read_runs([run])
    assert read.hypervolumes[-1] == (N, pytest.approx(summary["hypervolume"], rel=1e-12))
    assert read.hypervolumes == sorted(read.hypervolumes)
    assert designs["chosen"][0]["label"].startswith("best reward")


def test_infeasible_designs_are_told_by_reason_whatever_their_numbers(page: str) -> None:
    designs = data_of(page)["designs"]["leaf0"]
    n = sum(designs["reasons"][i] is not None for i in designs["reason"])
    assert 0 < n < N
    row = rf"area_m2 [^<]*&gt; 4e-06</td><td class=\"number\">{n}</td>"
    assert re.search(row, page)


def test_text_of_a_run_never_becomes_a_tag(tmp_path: Path) -> None:
    nasty = "</script><script>alert(1)</script><b>"
    run = synthetic_run(tmp_path / "run", 20, typed=TOY)
    changed(run, "infeasible = ? WHERE rowid < 9", nasty)
    assert main([str(run)]) == 0
    page = (run / "report.html").read_text("utf-8")
    assert nasty not in page
    assert "alert(1)" in page
    assert nasty in data_of(page)["designs"]["leaf0"]["reasons"]


def test_sections_that_do_not_apply_are_absent(page: str) -> None:
    titles = re.findall(r"<h2>(.*?)</h2>", page)
    assert titles == [
        "Overview", "Designs", "Progress", "Which decisions mattered", "What was proposed",
        "Infeasible designs", "Configuration and versions",
    ]  # fmt: skip


def test_a_run_that_has_not_ended_is_told_as_far_as_it_is(tmp_path: Path) -> None:
    run = synthetic_run(tmp_path / "run", 20, typed=TOY)
    (run / "summary.json").unlink()
    assert main([str(run)]) == 0
    assert "has not ended" in (run / "report.html").read_text("utf-8")


def test_a_summary_that_is_broken_is_told_as_far_as_it_is_sound(tmp_path: Path) -> None:
    run = synthetic_run(tmp_path / "run", 20, typed=TOY)
    broken = {"wall_s": "x", "finished": 3, "versions": [1], "budget": 20}
    for summary, told in ((broken, "a budget of 20 designs"), ([1], "has not ended")):
        (run / "summary.json").write_text(json.dumps(summary), "utf-8")
        assert main([str(run)]) == 0
        assert told in (run / "report.html").read_text("utf-8")


def test_a_report_is_written_again_but_nothing_else_is_overwritten(
    run: Path, page: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main([str(run)]) == 0
    assert (run / "report.html").read_text("utf-8") == page
    capsys.readouterr()
    other = tmp_path / "mine.html"
    other.write_text("<p>mine</p>", "utf-8")
    assert "is no report" in refused(capsys, run, "--out", other)
    assert other.read_text("utf-8") == "<p>mine</p>"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "required: RUN"),
        (("nowhere",), "there is no directory nowhere"),
        (("nowhere", "--out", "a.html"), "holds no run"),
        (("{run}", "--out", "nowhere/a.html"), "no directory nowhere"),
        (("{run}", "--out", "."), "is a directory"),
        (("{run}", "--simulate", "-1"), "whole number of 0 or more"),
        (("{run}", "--colour"), "--colour"),
        (("{run}", "{run}", "--out", "a.html"), "named twice"),
    ],
)
def test_a_mistake_is_told_in_one_line(
    arguments: tuple[str, ...],
    said: str,
    run: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert said in refused(capsys, *(one.format(run=run) for one in arguments))
    assert list(tmp_path.iterdir()) == []


def test_a_run_without_evaluations_is_refused(
    run: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    shutil.copy(run / "config.yaml", empty)
    assert "has no evaluations yet" in refused(capsys, empty)
    EvaluationStore(empty / "evaluations.sqlite").close()
    assert "has no evaluations yet" in refused(capsys, empty)
    (empty / "evaluations.sqlite").write_bytes(b"no store at all" * 100)
    assert "cannot be used as a store" in refused(capsys, empty)


@pytest.mark.parametrize("metrics", ["'{}'", "json_set(metrics, '$.energy_j', 1e308)"])
def test_an_evaluation_that_cannot_be_judged_is_one_line(
    metrics: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    damaged = synthetic_run(tmp_path / "one", 4, typed=("env=ancoef",))
    changed(damaged, f"metrics = {metrics}")
    assert "an evaluation is damaged: " in refused(capsys, damaged)


def test_a_folder_in_which_nothing_can_be_written_is_read(run: Path, tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir()
    for name in ("config.yaml", "evaluations.sqlite", "summary.json"):
        shutil.copy(run / name, locked)
    before = sorted(path.name for path in locked.iterdir())
    locked.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        assert main([str(locked), "--out", str(tmp_path / "page.html")]) == 0
    finally:
        locked.chmod(stat.S_IRWXU)
    left = {path.name.removesuffix("-shm").removesuffix("-wal") for path in locked.iterdir()}
    assert sorted(left) == before


def test_stages_of_a_flow_are_runs_side_by_side(run: Path, tmp_path: Path) -> None:
    flow = tmp_path / "flow"
    for stage in ("1-search", "3-rnas/1"):
        shutil.copytree(run, flow / stage)
    shutil.copy(run / "config.yaml", flow)
    assert [one.name for one in read_runs([flow])] == ["1-search", "1"]


def test_runs_of_other_references_are_said_not_to_compare(run: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(run, other)
    config = yaml.safe_load((other / "config.yaml").read_text("utf-8"))
    config["reward"]["references"]["energy_j"] = 0.5
    (other / "config.yaml").write_text(yaml.safe_dump(config), "utf-8")
    out = tmp_path / "both.html"
    assert main([str(run), str(other), "--out", str(out)]) == 0
    assert "NOT compare" in out.read_text("utf-8")
