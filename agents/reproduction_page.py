"""All reproductions as one page (HTML): published figure, ours, ratio, command, settings."""

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from agents.report_sections.markup import folded, paragraph, text
from agents.report_sections.page import style_sheet
from agents.report_sections.quantities import number
from agents.reproduction import Figure, Outcome
from agents.rundir import versions

MET, MISSED, OPEN = "#009E73", "#D55E00", "#5b6876"  # green, vermilion, grey
DECADES = 2.0  # of a ratio, to either side of one, that its mark can be drawn at
WIDTH, HEIGHT = 220, 14
NONE = "--"
STYLE = """
td.ratio { white-space: nowrap; } td.verdict { font-weight: 600; white-space: nowrap; }
"""
AXIS = "ours: a tenth, as printed, ten times"  # drawn in place of a title
TITLES = ("figure", "unit", "published", "ours", "ratio", AXIS, "asked of ours", "")
SIDES = ("", "", "number", "number", "number", "ratio", "", "verdict")


@dataclass(frozen=True)
class Chapter:
    """One paper's table on the page.

    Attributes:
        outcome: None where it could not be computed ...
        failure: ... and why.
    """

    name: str
    source: str
    command: str
    wall_s: float
    outcome: Outcome | None
    failure: str = ""

    @property
    def told(self) -> str:
        """How many of the figures of which something is asked are met."""
        if self.outcome is None:
            return "not computed"
        return f"{self.outcome.n_met} of {len(self.outcome.asked)}"


def page_of(chapters: Sequence[Chapter], size: str, about: str) -> str:
    """The page; it needs no script and nothing of the network.

    Args:
        size: What was typed as ``search=``.
        about: What that size can tell.
    """
    body = "".join(map(_section, chapters))
    when = time.strftime("%d %B %Y, %H:%M UTC", time.gmtime())
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta name="generator" content="coexplore reproductions">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>coexplore: papers reproduced</title>
<style>{style_sheet()}{STYLE}</style></head>
<body><header><h1>Published figures, and ours (search={text(size)})</h1></header>
<main><section>{paragraph(about)}{_summary(chapters)}{_versions(when)}</section>{body}</main>
<footer>Written by <code>python -m agents.reproduce all</code>, {when}.</footer>
</body></html>
"""


def _summary(chapters: Sequence[Chapter]) -> str:
    rows = "".join(
        f'<tr><td><a href="#{text(one.name)}">{text(one.name)}</a></td><td>{text(one.source)}</td>'
        f'<td class="number">{text(one.told)}</td><td class="number">{_figures(one)}</td>'
        f'<td class="number">{one.wall_s:,.0f} s</td></tr>'
        for one in chapters
    )
    return _table(("", "paper", "met", "figures", "this time"), ("", "", *["number"] * 3), rows)


def _figures(chapter: Chapter) -> str:
    return str(len(chapter.outcome.figures)) if chapter.outcome else NONE


def _section(chapter: Chapter) -> str:
    before = chapter.outcome.before if chapter.outcome else ()
    commands = "\n".join((*before, chapter.command))
    head = (
        f'<section id="{text(chapter.name)}"><h2>{text(chapter.name)}: {text(chapter.source)}</h2>'
        f'<pre class="command">{text(commands)}</pre>'
    )
    if chapter.outcome is None:
        return f'{head}<p class="warning">{text(chapter.failure)}</p></section>'
    rows = "".join(map(_row, chapter.outcome.figures))
    remarks = "".join(map(paragraph, chapter.outcome.remarks))
    return f"{head}{remarks}{_table(TITLES, SIDES, rows)}{_settings(chapter.outcome)}</section>"


def _settings(outcome: Outcome) -> str:
    if not outcome.settings:
        return ""
    told = yaml.safe_dump(dict(outcome.settings), sort_keys=False, allow_unicode=True)
    return folded("Settings", f"<pre>{text(told)}</pre>")


def _row(one: Figure) -> str:
    what = text(one.what) + (f" <small>({text(one.note)})</small>" if one.note else "")
    cells = (
        what,
        text(one.unit),
        NONE if one.published is None else number(one.published),
        number(one.ours),
        f"{one.ratio:.3g}" if math.isfinite(one.ratio) else NONE,
        _mark(one),
        text(one.needed),
        f'<span style="color:{_colour(one)}">{_verdict(one)}</span>',
    )
    return _cells(cells)


def _cells(cells: Sequence[str]) -> str:
    told = (
        f'<td class="{side}">{cell}</td>' if side else f"<td>{cell}</td>"
        for side, cell in zip(SIDES, cells, strict=True)
    )
    return f"<tr>{''.join(told)}</tr>"


def _verdict(one: Figure) -> str:
    if not one.is_asked:
        return ""
    return "met" if one.is_met else "missed"


def _colour(one: Figure) -> str:
    if not one.is_asked:
        return OPEN
    return MET if one.is_met else MISSED


def _mark(one: Figure) -> str:
    """A dot on a logarithmic axis whose middle is a ratio of one; an arrow where it is beyond."""
    if not (math.isfinite(one.ratio) and one.ratio > 0):
        return ""
    share = math.log10(one.ratio) / DECADES
    middle, x = WIDTH / 2, (0.5 + 0.48 * max(-1.0, min(1.0, share))) * WIDTH
    y = HEIGHT / 2
    tip = 6 if share > 0 else -6
    mark = (
        f'<circle cx="{x:.1f}" cy="{y}" r="4"/>' if abs(share) <= 1
        else f'<path d="M{x - tip:.1f} 2V{HEIGHT - 2}L{x:.1f} {y}z"/>'
    )  # fmt: skip
    lines = "".join(
        f'<path d="M{(0.5 + 0.24 * side) * WIDTH:.1f} 3v{HEIGHT - 6}" stroke="#dfe5ea"/>'
        for side in (-1, 1)
    )
    return (
        f'<svg width="{WIDTH}" height="{HEIGHT}" role="img" aria-label="ratio {one.ratio:.3g}" '
        f'fill="{_colour(one)}"><path d="M0 {y}H{WIDTH}" stroke="#dfe5ea"/>{lines}'
        f'<path d="M{middle} 1v{HEIGHT - 2}" stroke="#8a97a3"/>{mark}</svg>'
    )


def _axis() -> str:
    """What the marks are drawn over."""
    told = "".join(
        f'<text x="{(0.5 + 0.24 * side) * WIDTH:.1f}" y="10">{words}</text>'
        for side, words in ((-1, "1/10"), (0, "printed"), (1, "x 10"))
    )
    return (
        f'<svg width="{WIDTH}" height="{HEIGHT}" role="img" aria-label="{AXIS}" font-size="11" '
        f'text-anchor="middle" fill="{OPEN}">{told}</svg>'
    )


def _table(titles: Sequence[str], sides: Sequence[str], rows: str) -> str:
    head = "".join(
        f'<th scope="col" class="{side}">{_axis() if title == AXIS else text(title)}</th>'
        for side, title in zip(sides, titles, strict=True)
    )
    return (
        f'<div class="scrolled"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _versions(when: str) -> str:
    found: Mapping[str, Any] = versions()
    told = ", ".join(f"{name} {version}" for name, version in found.items())
    return f"<p><small>{text(when)}; {text(told)}</small></p>"
