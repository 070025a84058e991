"""What a Ray worker does with a design; it loads nothing that an evaluation does not need."""

from typing import Any

import ray

from envs.evaluation import Evaluation
from envs.evaluators import Evaluator
from envs.judgement import judge
from envs.space import Choices

MOST_KNOWN = 4  # evaluators that a worker keeps
GET_S = 60.0  # for an evaluator to reach a worker, or an evaluation the search

_known: dict[str, Evaluator] = {}


def judged(sent: list[Any], choices: Choices, seed: int) -> Evaluation:
    """Evaluate a design, in a worker; the evaluator is fetched once, not with every design."""
    name = sent[0].hex()
    if name not in _known:
        while len(_known) >= MOST_KNOWN:
            del _known[next(iter(_known))]
        _known[name] = ray.get(sent[0], timeout=GET_S)
    return judge(_known[name], choices, seed)


def alive_nodes() -> list[dict[str, Any]]:
    """What Ray tells of each node that is there."""
    return [one for one in ray.nodes() if one["Alive"]]  # type: ignore[no-untyped-call]
