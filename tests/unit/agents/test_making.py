"""Who may be asked for designs."""

import pytest

from agents.making import make_agent, make_searcher
from agents.usage import UsageError, settings_from
from envs.assembly import make_problem


def test_an_agent_that_drives_an_environment_is_not_asked() -> None:
    pytest.importorskip("stable_baselines3", reason="coexplore[sb3] is not installed")
    settings = settings_from(["env=toy", "agent=ppo"])
    problem = make_problem(settings)
    with pytest.raises(UsageError, match=r"^agent=ppo: drives an environment of its own"):
        make_agent(settings, problem)
    assert make_searcher(settings, problem).name == "ppo"  # type: ignore[union-attr]
