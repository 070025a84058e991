"""Which decisions mattered: permutation importance of each for each objective."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.judged import Judged
from agents.report_sections.markup import PALE_TO_DARK, Picture, Section, paragraph, table, text
from agents.report_sections.runs import ReportRun, is_maximized

FEWEST = 20  # designs below which a forest learns nothing
MOST = 1_200  # designs that are learnt from, so that a report takes seconds
MOST_SHOWN = 25  # decisions
N_TREES, N_FOLDS, N_REPEATS = 30, 3, 2
LEAST = 0.005  # loss of R² from which a decision is shown
WORTHLESS, MODEST = 0.2, 0.5  # R² below which importances say nothing, or only a little
SEED = 0
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Importances:
    """What a forest makes of the decisions.

    Attributes:
        drops: How much R² falls when a decision is shuffled, (decisions, objectives).
        r2: Of each objective, on designs that the forest has not seen.
        varies: Whether designs differ in an objective.
    """

    names: list[str]
    drops: Floats
    r2: Floats
    varies: tuple[bool, ...]
    n_designs: int


def importance_section(run: ReportRun, key: str) -> Section | None:
    """A picture of the importances, and what they are worth; none if nothing was decided."""
    title = "Which decisions mattered"
    if len(run.feasible) < FEWEST:
        words = (
            f"There are {len(run.feasible)} feasible designs; it takes {FEWEST} to tell which "
            "decisions mattered."
        )
        return Section(key, title, paragraph(words))
    found = importances_of(run)
    if found is None:
        return None
    words = (
        f"A random forest learnt the objectives from the decisions of {found.n_designs:,} feasible "
        "designs (costs as logarithms). Shown is how much worse it does on designs that it has "
        "not seen when the choices of one decision are shuffled: the loss of R². Trust a column "
        f"only as far as its R²: below {WORTHLESS} it says nothing. Decisions that are not shown "
        "made no difference."
    )
    body = paragraph(words) + _worth(run, found)
    if not (_trusted(found) >= LEAST).any():
        return Section(key, title, body + paragraph("No decision made a difference to be told."))
    picture = _picture(run, found, f"{key}-drops")
    return Section(key, title, body + picture.place, (picture,))


def importances_of(run: ReportRun) -> Importances | None:
    """Cross-validated permutation importances; None if all designs chose alike."""
    from sklearn.ensemble import RandomForestRegressor  # noqa: PLC0415 (takes a second)
    from sklearn.inspection import permutation_importance  # noqa: PLC0415
    from sklearn.model_selection import KFold  # noqa: PLC0415

    designs = _sample(run.feasible)
    names, features = encoded(designs)
    if not names:
        return None
    targets = _targets(run, designs)
    drops, predicted = np.zeros((len(names), targets.shape[1])), np.zeros_like(targets)
    folds = KFold(N_FOLDS, shuffle=True, random_state=SEED)
    for seen, unseen in folds.split(features):
        forest = RandomForestRegressor(N_TREES, min_samples_leaf=2, random_state=SEED)
        forest.fit(features[seen], targets[seen])
        predicted[unseen] = forest.predict(features[unseen]).reshape(len(unseen), -1)
        shuffled = permutation_importance(
            forest, features[unseen], targets[unseen], scoring=_r2_of_each, n_repeats=N_REPEATS,
            random_state=SEED,
        )  # fmt: skip
        drops += np.stack(
            [shuffled[str(i)].importances_mean for i in range(targets.shape[1])], axis=1
        )
    varies = tuple((targets.std(axis=0) > 0).tolist())
    return Importances(names, drops / N_FOLDS, _r2(targets, predicted), varies, len(designs))


def encoded(designs: list[Judged]) -> tuple[list[str], Floats]:
    """Decisions of which at least two choices were taken, as numbers, (designs, decisions).

    Numbers stay what they are; names are numbered. A name that nearly every design has to itself
    (a list of all nodes, say) can teach nothing and is left out.
    """
    names, columns = [], []
    for name in designs[0].evaluation.choices:
        values = [one.evaluation.choices.get(name, "") for one in designs]
        known = sorted(set(map(str, values)))
        is_number = all(isinstance(value, int | float) for value in values)
        if len(known) < 2 or (not is_number and len(known) > len(designs) // 2):  # noqa: PLR2004
            continue
        codes = {choice: i for i, choice in enumerate(known)}
        names.append(name)
        columns.append([float(v) if is_number else float(codes[str(v)]) for v in values])
    return names, np.array(columns, np.float64).T


def _sample(designs: list[Judged]) -> list[Judged]:
    if len(designs) <= MOST:
        return designs
    drawn = np.random.default_rng(SEED).choice(len(designs), MOST, replace=False)
    return [designs[i] for i in np.sort(drawn).tolist()]


def _targets(run: ReportRun, designs: list[Judged]) -> Floats:
    """Objectives of mean 0 and deviation 1, costs as logarithms, (designs, objectives)."""
    columns = []
    for one in run.objectives:
        values = np.array([each.evaluation.metrics[one.metric] for each in designs], np.float64)
        if not is_maximized(one) and (values > 0).all():
            values = np.log10(values)
        columns.append((values - values.mean()) / (values.std() or 1.0))
    return np.stack(columns, axis=1)


def _r2_of_each(forest: Any, features: Floats, targets: Floats) -> dict[str, float]:  # noqa: ANN401
    predicted = forest.predict(features).reshape(len(features), -1)
    return {str(i): float(one) for i, one in enumerate(_r2(targets, predicted))}


def _r2(targets: Floats, predicted: Floats) -> Floats:
    """Share of the variance that is foretold, of each column; 0 of a column that does not vary."""
    spread = ((targets - targets.mean(axis=0)) ** 2).sum(axis=0)
    missed = ((targets - predicted) ** 2).sum(axis=0)
    return np.where(spread > 0, 1 - missed / np.where(spread > 0, spread, 1), 0.0)


def _worth(run: ReportRun, found: Importances) -> str:
    rows = [
        (
            run.quantity(one.metric).title,
            f"{r2:.2f}" if varies else "",
            _told(r2) if varies else "nothing: all designs are alike in it",
        )
        for one, r2, varies in zip(run.objectives, found.r2.tolist(), found.varies, strict=True)
    ]
    titles = ("objective", "R² on unseen designs", "its importances are worth")
    return table(titles, rows)


def _told(r2: float) -> str:
    if r2 < WORTHLESS:
        return "nothing: the forest cannot foretell it"
    return "a rough order" if r2 < MODEST else "much"


def _trusted(found: Importances) -> Floats:
    """Importances for objectives that are foretold, (decisions, objectives)."""
    return np.where(found.r2 >= WORTHLESS, np.maximum(found.drops, 0), 0)


def _picture(run: ReportRun, found: Importances, key: str) -> Picture:
    """Decisions by their largest importance, those of objectives that are foretold."""
    trusted = _trusted(found)
    order = np.argsort(-trusted.max(axis=1), kind="stable")[:MOST_SHOWN]
    order = order[: int((trusted.max(axis=1) >= LEAST).sum())]
    titles = [
        f"{text(run.quantity(one.metric).title)}<br>R² {r2:.2f}"
        for one, r2 in zip(run.objectives, found.r2.tolist(), strict=True)
    ]
    values = np.maximum(found.drops, 0)[order]
    trace = {
        "type": "heatmap",
        "z": np.round(values, 3).tolist(),
        "x": titles,
        "y": [text(found.names[i]) for i in order],
        "text": [[f"{one:.2f}" if one >= LEAST else "" for one in row] for row in values.tolist()],
        "texttemplate": "%{text}",
        "colorscale": PALE_TO_DARK,
        "zmin": 0,
        "showscale": False,
        "hovertemplate": "%{y}<br>%{x}<br>loss of R² %{z:.3f}<extra></extra>",
        "xgap": 2,
        "ygap": 2,
    }
    layout = {
        "xaxis": {"side": "top", "showgrid": False},
        "yaxis": {"autorange": "reversed", "showgrid": False, "automargin": True, "dtick": 1},
        "margin": {"t": 84},
    }
    return Picture(
        key,
        "Importance of each decision for each objective",
        [trace],
        layout,
        110 + 24 * len(order),
    )
