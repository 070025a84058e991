"""What the stages of a flow have found, and what is picked of it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from agents.candidates import Candidate, Pricing
from agents.finished import check_design
from agents.flow_settings import FINE_TUNING, RNAS, SEARCH
from agents.judged import check_measured
from agents.repricing import feasible, trained_designs
from agents.settings import FlowSettings, RunSettings
from agents.usage import UsageError
from envs.evaluation import Evaluation
from envs.kept_weights import Kept, kept_weights
from envs.space import Choices, SearchSpace

SPREAD = 2.0  # in margins: training on brings accuracy back, the more where more is missing
OnFreshChips = Callable[[Sequence[Candidate]], list[Candidate]]


@dataclass(frozen=True, slots=True)
class Judged:
    """Front and picks, measured on fresh chips."""

    front: Sequence[Candidate]
    picks: Mapping[str, Candidate]

    def to_json(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "picks": {name: one.to_json() for name, one in self.picks.items()},
            "front": [one.to_json() for one in self.front],
        }


def check_found(
    run: Path, found: Iterable[Candidate | Kept], space: SearchSpace, pricing: Pricing
) -> None:
    """Refuse what a stage has left if it is none of its space, or lacks what it is judged by.

    Raises:
        UsageError: With the first such design.
    """
    designs = [Evaluation(one.choices, one.metrics) for one in found]
    for one in designs:
        check_design(one.choices, space, run, "a design")
    check_measured(pricing.problem, designs, run)


def candidates_of(
    flow: Path, n_rnas: int, pricing: Pricing, space_of_stage: Callable[[str], SearchSpace]
) -> list[Candidate]:
    """Every feasible design of every stage, each on its best circuit.

    Raises:
        UsageError: If what a stage has left is damaged.
    """
    found = _candidates(flow, n_rnas)
    for stage, designs in groupby(found, key=lambda one: one.stage):
        check_found(flow / stage, designs, space_of_stage(stage), pricing)
    priced = [pricing.with_best_circuit(one) for one in found]
    return [one for one in priced if one is not None]


def _candidates(flow: Path, n_rnas: int) -> list[Candidate]:
    kept = {str(one.choices): one.path for one in kept_weights(flow / SEARCH)}
    found = [
        _candidate(flow, SEARCH, one, kept.get(str(one.choices)))
        for one in trained_designs(flow / SEARCH)
    ]
    tuned = kept_weights(flow / FINE_TUNING)
    found += [
        _candidate(flow, FINE_TUNING, Evaluation(one.choices, one.metrics), one.path)
        for one in tuned
    ]
    for rank in range(1, n_rnas + 1):
        stage, weights = f"{RNAS}-{rank}", tuned[rank - 1].path
        found += [_candidate(flow, stage, one, weights) for one in feasible(flow / stage)]
    return found


def _candidate(flow: Path, stage: str, one: Evaluation, weights: Path | None) -> Candidate:
    relative = None if weights is None else str(weights.relative_to(flow))
    return Candidate(stage, one.choices, one.metrics, relative)


def to_fine_tune(flow: FlowSettings, search: Path, pricing: Pricing) -> list[Choices]:
    """Designs of the first stage that are trained on.

    By accuracy alone they are large wherever width makes robust; on the front small ones are found,
    and where it is short the most accurate of the others make up the number.

    Raises:
        UsageError: If there is none.
    """
    kept = kept_weights(search)
    if flow.fine_tuned_by == "accuracy":
        found = [one.choices for one in kept][: flow.fine_tuned]
    else:
        bare = (Candidate(SEARCH, one.choices, one.metrics, str(one.path)) for one in kept)
        priced = [one for one in map(pricing.with_best_circuit, bare) if one is not None]
        best = pricing.spread(priced, flow.fine_tuned, SPREAD * flow.margin)
        files = [one.weights for one in best]
        on_front = [one.choices for one in kept if str(one.path) in files]
        others = [one.choices for one in kept if str(one.path) not in files]
        found = [*on_front, *others][: flow.fine_tuned]
    if not found:
        raise UsageError(f"{search}: no design has learnt anything")
    return found


def judged_front(
    settings: RunSettings,
    candidates: Sequence[Candidate],
    pricing: Pricing,
    on_fresh_chips: OnFreshChips,
) -> Judged:
    """Pick by what the searches saw, then measure front and picks on fresh chips.

    The other order would pick by the luck of those chips in turn.
    """
    kept = [one for one in candidates if one.weights is not None]
    picks, best = picked(settings, kept, pricing), pricing.front(kept)
    judged = on_fresh_chips([*best, *picks.values()])
    return Judged(judged[: len(best)], dict(zip(picks, judged[len(best) :], strict=True)))


def picked(
    settings: RunSettings, kept: Sequence[Candidate], pricing: Pricing
) -> dict[str, Candidate]:
    """The rows of Table I: before rNAS the most accurate design, after it NACIM's two.

    Raises:
        UsageError: If there is nothing to pick from.
    """
    trained = [one for one in kept if not one.stage.startswith(RNAS)]
    if not trained:
        raise UsageError("no design whose weights are kept has a circuit within the bounds")
    first = pricing.most_accurate(trained)
    if settings.flow.name == "quantnas":
        return {"QuantNAS": first}
    best = pricing.front([one for one in kept if one.stage != SEARCH])
    if not best:
        raise UsageError("no design that was trained on has learnt, or a circuit within the bounds")
    return {
        "pNAS": first,
        "NACIM_hw": pricing.most_efficient(best, settings.flow.margin),
        "NACIM_sw": pricing.most_accurate(best),
    }
