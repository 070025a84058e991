"""Pieces of the page: text made safe, tables, pictures and sections."""

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

# Okabe and Ito's colours, told apart by the colour-blind; black and yellow left out
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7F5A33", "#6A6A6A")
SCALE = "Cividis"  # of plotly: even, also for the colour-blind and in print
PALE_TO_DARK = ((0.0, "#FFFFFF"), (0.15, "#DCEAF4"), (0.5, "#6FADD3"), (1.0, "#00507F"))
OTHERS = "#A3B3C1"  # what is not the point of a picture


@dataclass(frozen=True)
class Picture:
    """A picture, as plotly takes it.

    Attributes:
        about: What it shows, for those who cannot see it.
        is_small: Whether it is one of many, without buttons.
    """

    key: str
    about: str
    traces: Sequence[dict[str, Any]]
    layout: dict[str, Any] = field(default_factory=dict)
    height: int = 380
    is_small: bool = False

    @property
    def place(self) -> str:
        """Where it goes on the page."""
        return (
            f'<div class="picture" role="img" aria-label="{text(self.about)}" '
            f'data-picture="{text(self.key)}" style="height:{self.height}px"></div>'
        )

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return {"traces": list(self.traces), "layout": self.layout, "small": self.is_small}


@dataclass(frozen=True)
class Section:
    """A part of the page.

    Attributes:
        body: HTML, with the places of its pictures.
    """

    key: str
    title: str
    body: str
    pictures: tuple[Picture, ...] = ()


def text(value: object) -> str:
    """Anything as text of a page or of a picture, never as a tag."""
    return html.escape(str(value), quote=True)


def paragraph(words: str, kind: str = "") -> str:
    """Plain words."""
    return f'<p class="{kind}">{text(words)}</p>' if kind else f"<p>{text(words)}</p>"


def table(
    titles: Sequence[str], rows: Iterable[Sequence[object]], n_left: int = 1, caption: str = ""
) -> str:
    """A table.

    Args:
        n_left: Columns of words; those after them are of numbers.
    """
    head = "".join(
        f'<th scope="col"{_side(i, n_left)}>{text(one)}</th>' for i, one in enumerate(titles)
    )
    body = "".join(
        "<tr>"
        + "".join(f"<td{_side(i, n_left)}>{text(one)}</td>" for i, one in enumerate(row))
        + "</tr>"
        for row in rows
    )
    told = f"<caption>{text(caption)}</caption>" if caption else ""
    return (
        f'<div class="scrolled"><table>{told}<thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def folded(title: str, body: str) -> str:
    """What is shown when it is asked for."""
    return f"<details><summary>{text(title)}</summary>{body}</details>"


def axis(label: str, **more: object) -> dict[str, Any]:
    """An axis with its name."""
    return {"title": {"text": text(label)}, **more}


def _side(i: int, n_left: int) -> str:
    return "" if i < n_left else ' class="number"'
