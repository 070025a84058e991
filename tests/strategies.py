"""Hypothesis strategies of the problem's own things."""

import numpy as np
from hypothesis import strategies as st

from envs.assembly import make_problem
from envs.default_settings import settings_of
from envs.design import Design
from envs.nacim_builder import NacimBuilder
from envs.space import SearchSpace

PROBLEM = make_problem(settings_of("nacim", {}))
SPACE: SearchSpace = PROBLEM.space
BUILDER: NacimBuilder = PROBLEM.evaluator.build  # type: ignore[attr-defined]

seeds = st.integers(0, 2**32 - 1)
proposals = seeds.map(lambda seed: SPACE.sample(np.random.default_rng(seed)))


def _built(actions: tuple[int, ...]) -> Design:
    return BUILDER(SPACE.decode(actions))


designs = proposals.map(_built)
losses = st.lists(
    st.tuples(*[st.floats(0, 1.5, allow_subnormal=False)] * 3), min_size=1, max_size=12
).map(np.array)
