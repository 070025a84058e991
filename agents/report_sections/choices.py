"""How probable each choice was as the search went on, or how often it was proposed."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.learner_settings import DqnSettings, LearnerSettings
from agents.probabilities import read_probabilities
from agents.reinforce_mo_settings import ReinforceMoSettings
from agents.reinforce_settings import ReinforceSettings
from agents.report_sections.markup import (
    PALE_TO_DARK,
    Picture,
    Section,
    axis,
    paragraph,
    text,
)
from agents.report_sections.runs import ReportRun
from envs.ancoef_problem import AncoefProblem
from envs.space import Decision

N_STRETCHES = 40  # of time, at most
FEWEST = 8  # proposals in each
MOST_ROWS = 8  # decisions that are drawn at first, those that changed most
WITH_POLICY = (ReinforceSettings, ReinforceMoSettings, LearnerSettings)
Floats = NDArray[np.float64]


def choices_section(run: ReportRun, key: str) -> Section:
    """Probabilities of the policy where the run kept them, else shares of what was proposed.

    Where it can show neither it says why.
    """
    kept = kept_probabilities(run)
    found = kept or proposed_shares(run)
    title = "Action probabilities" if kept else "What was proposed"
    if found is None:
        return Section(key, title, paragraph(f"{why_none(run)} {_too_little(run)}"))
    at, by_decision = found
    names = sorted(by_decision, key=lambda name: -_change(by_decision[name]))
    decisions = {one.name: one for one in run.decisions}
    pictures = tuple(
        _picture(f"{key}-{i}", decisions[name], at, by_decision[name], is_kept=kept is not None)
        for i, name in enumerate(names)
    )
    first, others = pictures[:MOST_ROWS], pictures[MOST_ROWS:]
    body = paragraph(_words(run, is_kept=kept is not None)) + _grid(first)
    if others:
        body += (
            f"<details><summary>{len(others)} more decisions, which changed less</summary>"
            f"{_grid(others)}</details>"
        )
    return Section(key, title, body, pictures)


def kept_probabilities(run: ReportRun) -> tuple[list[int], dict[str, Floats]] | None:
    """Ends of stretches in evaluations, and mean probabilities in each, (choices, stretches)."""
    records = read_probabilities(run.path)
    n_choices = [len(one.choices) for one in run.problem.space.open]
    records = {n: rows for n, rows in records.items() if [*map(len, rows)] == n_choices}
    if not records or not run.decisions:
        return None
    times = np.sort([*records])
    stretches = np.array_split(times, min(len(times), N_STRETCHES))
    found = {
        one.name: np.array(
            [np.mean([records[n][i] for n in stretch.tolist()], axis=0) for stretch in stretches]
        ).T
        for i, one in enumerate(run.problem.space.open)
    }
    return [int(stretch[-1]) for stretch in stretches], found


def why_none(run: ReportRun) -> str:
    """Why a run kept no probabilities, in one line."""
    agent = run.settings.agent
    if isinstance(run.problem, AncoefProblem):
        return f"No probabilities: agent={agent.name} makes moves on hardware, not these choices."
    if isinstance(agent, WITH_POLICY):
        return "No probabilities: an older version ran this search, or it has proposed nothing yet."
    return f"No probabilities: agent={agent.name} has no policy that holds any."


def proposed_shares(run: ReportRun) -> tuple[list[int], dict[str, Floats]] | None:
    """Proposals in stretches of time, and the share of each choice in each stretch."""
    proposals = run.history.proposals if run.decisions else []
    n = min(N_STRETCHES, len(proposals) // FEWEST)
    if n < 2:  # noqa: PLR2004 (one stretch is no course)
        return None
    ends = np.linspace(0, len(proposals), n + 1).round().astype(int)
    found = {}
    for one in run.decisions:
        codes = np.array(
            [_code(one, run.designs[i].evaluation.choices.get(one.name)) for i in proposals]
        )
        found[one.name] = np.array(
            [
                [float((codes[a:b] == choice).mean()) for a, b in pairwise(ends)]
                for choice in range(len(one.choices))
            ]
        )
    return ends[1:].tolist(), found


def _code(decision: Decision, choice: Any) -> int:  # noqa: ANN401 (of a decision)
    return decision.choices.index(choice) if choice in decision.choices else -1


def _change(shares: Floats) -> float:
    """How far apart the first and the last fifth are."""
    n = max(1, shares.shape[1] // 5)
    first, last = shares[:, :n].mean(axis=1), shares[:, -n:].mean(axis=1)
    return float(np.abs(first - last).sum())


def _words(run: ReportRun, *, is_kept: bool) -> str:
    order = "Decisions that changed most come first."
    if is_kept and isinstance(run.settings.agent, DqnSettings):
        return (
            "DQN holds values of choices, and no probabilities of theirs would mean anything. "
            "Shown is how probable its draws made each: epsilon evenly over all, the rest for the "
            f"choice of the highest value. {order}"
        )
    if is_kept:
        return f"How probable the policy held each choice, over the search. {order}"
    return (
        f"{why_none(run)} Shown is the share of each choice among the designs that it proposed, in "
        f"equal stretches of the search. {order}"
    )


def _too_little(run: ReportRun) -> str:
    """Why not even shares of what was proposed are shown."""
    if not run.decisions:
        return "Its designs are told by no list of choices either."
    n = len(run.history.proposals)
    return f"Shares of what it proposed are shown from {2 * FEWEST} proposals on, and it made {n}."


def _grid(pictures: Sequence[Picture]) -> str:
    return f'<div class="four">{"".join(one.place for one in pictures)}</div>'


def _picture(
    key: str, decision: Decision, at: list[int], shares: Floats, *, is_kept: bool
) -> Picture:
    what = "probability" if is_kept else "share"
    trace = {
        "type": "heatmap",
        "x": [0, *at],  # the edges of stretches
        "y": [text(choice) for choice in decision.choices],
        "z": np.round(shares, 3).tolist(),
        "zmin": 0,
        "zmax": 1,
        "colorscale": PALE_TO_DARK,
        "showscale": False,
        "hovertemplate": f"%{{y}}<br>{what} %{{z:.0%}}<br>about %{{x}}<extra></extra>",
    }
    layout = {
        "title": {"text": text(decision.name)},
        "xaxis": axis("evaluations" if is_kept else "proposals", showgrid=False),
        "yaxis": {"type": "category", "showgrid": False, "automargin": True},
        "margin": {"t": 34, "b": 40, "l": 30, "r": 10},
    }
    about = f"{what} of each choice of {decision.name} over the search"
    return Picture(key, about, [trace], layout, 130 + 16 * len(decision.choices), is_small=True)
