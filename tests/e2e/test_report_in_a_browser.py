"""The report in a real browser: it draws, tells of designs, filters, and nothing goes wrong.

A browser takes seconds to start, so one visit does all that a reader might, and the tests ask what
it has seen.
"""

from pathlib import Path
from typing import Any

import pytest
from browser import acted, chromium
from report_runs import synthetic_run

from agents.report import main

pytestmark = [
    pytest.mark.skipif(chromium() is None, reason="there is no Chromium on this machine"),
    pytest.mark.slow,
    pytest.mark.timeout(900),
]
TOY = ("env=toy",)
N = 120
DRAWN = """
  for (const fold of document.querySelectorAll("details")) { fold.open = true; }
  await until(() => [...document.querySelectorAll(".leaf:not([hidden]) [data-picture]")].every((one) => one.dataset.drawn));
  const places = [...document.querySelectorAll(".leaf:not([hidden]) .picture")];
  await until(() => places.every((one) => one.querySelector(".main-svg")));
  found.n = places.length;
  found.empty = places.filter((one) => !one.querySelector(".main-svg")).map((one) => one.className + one.dataset.picture);
  found.lines = Boolean(document.querySelector("div.lines canvas"));
  found.asked = performance.getEntriesByType("resource").map((one) => one.name);
"""
POINTED_AT = """
  const scatter = document.querySelector(".scatter"), drag = scatter.querySelector(".nsewdrag");
  const full = scatter._fullLayout, box = drag.getBoundingClientRect();
  const data = scatter.data.find((one) => one.name === "Pareto front");
  const at = data.x.map((x, i) => [full.xaxis.d2p(x), full.yaxis.d2p(data.y[i])]);
  // a design of the front by itself, so that the mouse means no other, and not the one that is kept
  const alone = (i) => Math.min(...at.map((one, j) => i === j ? 1e9 : Math.hypot(one[0] - at[i][0], one[1] - at[i][1])));
  const kept = document.querySelector(".design").dataset.index;
  const free = at.map((_, i) => i).filter((i) => String(data.customdata[i][0]) !== kept);
  const point = free.sort((i, j) => alone(j) - alone(i))[0];
  const mouse = (kind) => drag.dispatchEvent(new MouseEvent(kind, { bubbles: true, view: window,
    clientX: box.left + at[point][0], clientY: box.top + at[point][1] }));
  const details = document.querySelector(".design");
  found.index = String(data.customdata[point][0]);
  mouse("mousemove");
  await until(() => details.dataset.index === found.index);
  found.hovered = details.dataset.index;
  found.words = details.textContent;
  found.tip = document.querySelector(".scatter .hovertext")?.textContent ?? "";
  mouse("mousedown"); mouse("mouseup");
  await until(() => details.textContent.includes("(kept)"));
  found.kept = details.querySelector("h3").textContent;
  found.row = document.querySelector(".designs tr.pinned")?.dataset.index;
"""
FILTERED = """
  const lines = document.querySelector("div.lines");
  const words = () => document.querySelector(".count").textContent;
  const count = () => Number(words().split(" ")[0]);
  const n = () => lines.data[0].dimensions[0].values.length;
  const changed = async (from) => { await until(() => count() !== from && n() <= count()); return [count(), n()]; };
  found.all = [words(), n()];
  const tick = document.querySelector(".controls input");
  tick.click();
  found.front = await changed(found.all[1]);
  tick.click();
  await until(() => n() === found.all[1]);
  const filter = document.querySelector(".filter select");
  filter.value = "toy.width";
  filter.dispatchEvent(new Event("change"));
  document.querySelector(".chips button").click();
  found.without = await changed(found.all[1]);
  const reward = lines.data[0].dimensions.findIndex((one) => one.label === "reward");
  const rewards = [...lines.data[0].dimensions[reward].values].sort((one, other) => one - other);
  await Plotly.restyle(lines, { [`dimensions[${reward}].constraintrange`]: [[rewards[rewards.length >> 1], 2]] });
  await until(() => count() !== found.without[0]);
  found.brushed = count();
"""


def page_of(runs: list[Path], *more: str) -> Path:
    assert main([*map(str, runs), *more]) == 0
    return Path(more[-1]) if more else runs[0] / "report.html"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return synthetic_run(tmp_path_factory.mktemp("runs") / "run", N, typed=TOY)


@pytest.fixture(scope="module")
def seen(run: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    steps = DRAWN + POINTED_AT + FILTERED
    return acted(page_of([run]), steps, tmp_path_factory.mktemp("visit"))


def test_every_picture_is_drawn_and_nothing_is_asked_of_the_network(seen: dict[str, Any]) -> None:
    assert seen["n"] >= 8  # three of the explorer, two of progress, one of importance, decisions
    assert (seen["empty"], seen["lines"]) == ([], True)
    assert [one for one in seen["asked"] if not one.startswith(("data:", "blob:"))] == []


def test_the_console_stays_silent(seen: dict[str, Any]) -> None:
    assert seen["wrongs"] == []


def test_pointing_at_a_design_tells_it_and_a_click_keeps_it(seen: dict[str, Any]) -> None:
    index = seen["index"]
    assert (seen["hovered"], seen["row"]) == (index, index)
    assert "toy.width" in seen["words"]
    assert f"#{int(index) + 1}" in seen["tip"]
    assert seen["kept"] == f"Design #{int(index) + 1} (kept)"


def test_filters_hold_for_all_pictures(seen: dict[str, Any]) -> None:
    words, n_feasible = seen["all"]
    assert words == f"{n_feasible} of {N} designs"
    assert seen["front"][0] == seen["front"][1] < n_feasible < N
    assert 0 < seen["without"][0] == seen["without"][1] < n_feasible
    assert 0 < seen["brushed"] < seen["without"][0]


def test_runs_side_by_side_have_a_leaf_each(run: Path, tmp_path: Path) -> None:
    other = synthetic_run(tmp_path / "other", 40, seed=1, typed=TOY)
    found = acted(
        page_of([run, other], "--out", str(tmp_path / "both.html")),
        """
        found.tabs = [...document.querySelectorAll("nav.tabs button")].map((one) => one.textContent);
        document.querySelectorAll("nav.tabs button")[2].click();
        await until(() => document.body.dataset.drawn === "leaf2");
        found.shown = [...document.querySelectorAll(".leaf")].filter((one) => !one.hidden).map((one) => one.id);
        found.count = document.querySelector("#leaf2 .count").textContent;
        """,
        tmp_path,
    )
    assert found["wrongs"] == []
    assert found["tabs"] == ["comparison", "run", "other"]
    assert found["shown"] == ["leaf2"]
    assert found["count"].endswith("of 40 designs")
