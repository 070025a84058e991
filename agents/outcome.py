"""What a search has found, gathered and told."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from rich.table import Table

from agents.loop import SearchState
from envs.evaluation import Evaluation
from envs.service import EvaluationService

NUMBER = re.compile(r"-?\d+(\.\d+)?(e[-+]?\d+)?")


def front_of(state: SearchState) -> list[tuple[float, Evaluation]]:
    """Reward and evaluation of each design on the front."""
    return [item for item in state.archive.items if isinstance(item, tuple)]


def evaluations_of(state: SearchState, service: EvaluationService) -> list[Evaluation]:
    """All evaluations of a search, each once, in the order of their first visit."""
    keys = dict.fromkeys(key for key, _ in state.visits)
    return [evaluation for key in keys if (evaluation := service.store.get(key))]


def none_feasible(evaluations: Sequence[Evaluation]) -> str:
    """Say the commonest reason; reasons that differ in numbers only are one."""
    reasons = [one.infeasible for one in evaluations if one.infeasible is not None]
    if not reasons:
        return "no feasible design was found"
    kinds = Counter(NUMBER.sub("#", reason) for reason in reasons)
    kind, n = kinds.most_common(1)[0]
    example = next(reason for reason in reasons if NUMBER.sub("#", reason) == kind)
    return (
        f"no feasible design was found; the commonest reason, of {n} of {len(reasons)} designs: "
        f"{example}; the store tells each one's"
    )


def design_table(best: dict[str, Any]) -> Table:
    """The best design: reward, metrics, choices joined by layer."""
    table = Table(title="best design", show_header=False)
    table.add_row("reward", f"{best['reward']:.4f}")
    for name, value in best["metrics"].items():
        table.add_row(name, f"{value:.4g}")
    for name, value in by_layer(best["design"]).items():
        table.add_row(name, value)
    return table


def by_layer(design: dict[str, Any]) -> dict[str, str]:
    """Join the choices of each layer into one line."""
    lines: dict[str, list[str]] = {}
    for name, value in design.items():
        layer, _, decision = name.partition(".")
        lines.setdefault(layer, []).append(f"{decision} {value}".strip())
    return {layer: ", ".join(parts) for layer, parts in lines.items()}
