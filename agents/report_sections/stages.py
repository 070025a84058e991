"""How far designs came through the stages of their evaluation, and what that took and saved."""

from collections.abc import Sequence

from agents.report_sections.markup import PALETTE, Picture, Section, axis, paragraph, table
from agents.report_sections.runs import ReportRun
from agents.stage_times import StageRow, stage_rows

WORDS = (
    "Every design goes through the stages from the cheapest on until one refuses it. Saved is "
    "what refused designs would have taken in the stages after, at the mean of those that "
    "reached them."
)
TITLES = ("stage", "designs in", "refused", "time (s)", "a design (s)", "saved (s)")


def stages_section(run: ReportRun, key: str) -> Section | None:
    """A table and a picture; None of a run without stages."""
    rows = stage_rows(one.evaluation for one in run.designs)
    if not rows:
        return None
    picture = _picture(rows, f"{key}-times")
    body = paragraph(WORDS) + table(TITLES, map(_cells, rows)) + picture.place
    return Section(key, "Stages of the evaluation", body, (picture,))


def _cells(row: StageRow) -> tuple[object, ...]:
    times = (f"{value:.3g}" for value in (row.time_s, row.mean_s, row.saved_s))
    return (row.stage, row.n_in, row.n_refused, *times)


def _picture(rows: Sequence[StageRow], key: str) -> Picture:
    stages = [row.stage for row in rows]
    traces = [
        {
            "type": "bar", "orientation": "h", "name": name, "y": stages, "x": seconds,
            "marker": {"color": colour},
        }
        for name, seconds, colour in (
            ("taken", [row.time_s for row in rows], PALETTE[0]),
            ("saved by refusing", [row.saved_s for row in rows], PALETTE[2]),
        )
    ]  # fmt: skip
    layout = {"xaxis": axis("time (s)"), "yaxis": {"autorange": "reversed"}, "barmode": "group"}
    return Picture(key, "Time that each stage took and saved", traces, layout, height=300)
