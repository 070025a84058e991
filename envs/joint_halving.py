"""Successive halving of joint designs: who goes on after the short training, and with what."""

from collections.abc import Sequence
from dataclasses import replace

from envs.evaluation import Evaluation
from envs.joint_stages import SCORE_METRIC, SHORT_METRIC


def best_after_short(found: Sequence[Evaluation], n: int) -> list[Evaluation]:
    """The n of the highest short accuracy, the first of equals; none that was refused."""
    feasible = [one for one in found if one.infeasible is None]
    return sorted(feasible, key=lambda one: -one.metrics[SHORT_METRIC])[:n]


def left_behind(found: Evaluation, share: float) -> Evaluation:
    """A design that does not go on, unless it was refused before."""
    if found.infeasible is not None:
        return found
    accuracy = found.metrics[SHORT_METRIC]
    reason = f"{SHORT_METRIC} {accuracy:.4g}: not among the best of its batch, a share of {share:g}"
    return replace(found, infeasible=reason)


def with_short_stages(brief: Evaluation, whole: Evaluation) -> Evaluation:
    """A design that went on: what the stages before found and took belongs to it, too."""
    cheap = {
        name: value for name, value in brief.metrics.items() if name in (SCORE_METRIC, SHORT_METRIC)
    }
    later = {name: s for name, s in whole.stage_s.items() if name not in brief.stage_s}
    return replace(
        whole,
        metrics={**cheap, **whole.metrics},
        stage_s={**brief.stage_s, **later},
        wall_s=brief.wall_s + whole.wall_s,
    )
