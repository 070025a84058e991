"""The whole page: one file that needs nothing else, neither a server nor the network."""

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from agents.report_sections.choices import choices_section
from agents.report_sections.comparison import comparison_sections
from agents.report_sections.configuration import configuration_section
from agents.report_sections.costs import costs_section, layers_section, taken_by
from agents.report_sections.explorer import designs_of, explorer_section, refused_section
from agents.report_sections.importance import importance_section
from agents.report_sections.markup import OTHERS, PALETTE, SCALE, Section, text
from agents.report_sections.mesh import mesh_section
from agents.report_sections.names import names_section
from agents.report_sections.overview import overview_section
from agents.report_sections.progress import progress_section
from agents.report_sections.runs import ReportRun
from agents.report_sections.simulations import simulations_of, warn
from agents.report_sections.stages import stages_section

MARK = '<meta name="generator" content="coexplore report">'
PAGE = Path(__file__).parent / "page"
# nothing is ever asked of the network; plotly makes functions of text for its WebGL traces
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; "
    "img-src data: blob:; worker-src blob:"
)


def page_of(runs: Sequence[ReportRun], n_simulated: int) -> str:
    """The page of one run, or of several with a leaf for each.

    Args:
        n_simulated: Chosen designs of each run that are simulated again.
    """
    leaves = [(run.name, run_sections(run, f"run{i}", n_simulated)) for i, run in enumerate(runs)]
    compared = comparison_sections(runs, "all")
    if compared:
        leaves.insert(0, ("comparison", compared))
    data = {
        "palette": PALETTE,
        "scale": SCALE,
        "others": OTHERS,
        "pictures": {
            picture.key: picture.to_json()
            for _, sections in leaves
            for section in sections
            for picture in section.pictures
        },
        "designs": {f"leaf{i + bool(compared)}": designs_of(run) for i, run in enumerate(runs)},
    }
    return _filled(
        _file("page.html"),
        mark=MARK,
        policy=POLICY,
        title=text(_title(runs)),
        style=style_sheet(),
        tabs=_tabs([name for name, _ in leaves]),
        leaves="".join(_leaf(i, sections) for i, (_, sections) in enumerate(leaves)),
        data=_embedded(data),
        plotly=_plotly(),
        script=_file("report.js") + _file("explorer.js"),
    )


def run_sections(run: ReportRun, key: str, n_simulated: int) -> list[Section]:
    """All sections that apply to a run."""
    seen, why_not = simulations_of(run, n_simulated)
    warn(why_not)
    taken = taken_by(run, seen)
    found: list[Section | None] = [
        overview_section(run, f"{key}-overview"),
        explorer_section(run, f"{key}-designs"),
        progress_section(run, f"{key}-progress"),
        importance_section(run, f"{key}-importance"),
        choices_section(run, f"{key}-choices"),
        names_section(run, f"{key}-names"),
        costs_section(run, taken, f"{key}-costs"),
        layers_section(taken, f"{key}-layers"),
        mesh_section(seen, why_not, f"{key}-mesh"),
        stages_section(run, f"{key}-stages"),
        refused_section(run, f"{key}-refused"),
        configuration_section(run, f"{key}-configuration"),
    ]
    return [one for one in found if one is not None]


def style_sheet() -> str:
    """How a page of ours looks."""
    return _file("report.css")


def _title(runs: Sequence[ReportRun]) -> str:
    if len(runs) == 1:
        return f"coexplore: {runs[0].name}"
    return f"coexplore: {len(runs)} runs"


def _tabs(names: Sequence[str]) -> str:
    if len(names) == 1:
        return ""
    tabs = "".join(
        f'<button type="button" data-leaf="leaf{i}">{text(name)}</button>'
        for i, name in enumerate(names)
    )
    return f'<nav class="tabs" aria-label="Runs">{tabs}</nav>'


def _leaf(i: int, sections: Sequence[Section]) -> str:
    links = "".join(f'<a href="#{one.key}">{text(one.title)}</a>' for one in sections)
    body = "".join(
        f'<section id="{one.key}"><h2>{text(one.title)}</h2>{one.body}</section>'
        for one in sections
    )
    hidden = " hidden" if i else ""
    return (
        f'<div class="leaf" id="leaf{i}"{hidden}><nav class="contents" aria-label="Contents">'
        f"{links}</nav><main>{body}</main></div>"
    )


def _embedded(data: Any) -> str:  # noqa: ANN401 (plain data)
    """Plain data as JSON in which no tag can end."""
    told = json.dumps(data, separators=(",", ":"), allow_nan=False, ensure_ascii=False)
    return told.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _plotly() -> str:
    from plotly.offline import get_plotlyjs  # noqa: PLC0415 (other commands need none)

    return str(get_plotlyjs())


@cache
def _file(name: str) -> str:
    return (PAGE / name).read_text("utf-8")


def _filled(page: str, **parts: str) -> str:
    """Fill all places in one pass, so that nothing in a part is taken for a place.

    Places stand in double brackets: style and scripts are full of braces.
    """
    first, *others = page.split("[[")
    found = [first]
    for piece in others:
        name, _, rest = piece.partition("]]")
        found += [parts[name], rest]
    return "".join(found)
