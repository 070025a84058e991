"""Which moves led to the best design, on four designs made by hand."""

from pathlib import Path

import torch

from agents.judged import Judged, best_of
from agents.move_history import Tally, improvements, origins_of, steps_made, tallies, way_to
from envs.evaluation import Evaluation


def judged(number: int, reward: float, why_not: str | None = None) -> Judged:
    choices = {"mesh": "3x3", "nodes": f"0 {number}", "depth": 8 + number // 3}
    return Judged(number, reward, Evaluation(choices, {"edp_js": 1 / number}, why_not))


# 1 -map.swap-> 2 (worse), 1 -map.swap-> 3 (better), 3 -alter.deepen-> 4 (no design), 3 -> 5 (best)
DESIGNS = [judged(1, 1.0), judged(2, 0.5), judged(3, 2.0), judged(4, 0.0, "no"), judged(5, 3.0)]
ORIGINS = {
    "3x3|0 2|8": ("3x3|0 1|8", "map.swap"),
    "3x3|0 3|9": ("3x3|0 1|8", "map.swap"),
    "3x3|0 4|9": ("3x3|0 3|9", "alter.deepen"),
    "3x3|0 5|9": ("3x3|0 3|9", "alter.deepen"),
}


def test_the_way_leads_from_the_first_design_to_the_best() -> None:
    best = best_of(DESIGNS)
    assert best is not None
    way = way_to(best, steps_made(DESIGNS, ORIGINS))
    told = [(one.before.number, one.move, one.after.number) for one in way]
    assert told == [(1, "map.swap", 3), (3, "alter.deepen", 5)]


def test_a_move_helped_if_it_led_to_a_higher_reward() -> None:
    made = steps_made(DESIGNS, ORIGINS)
    found = tallies(made, way_to(DESIGNS[-1], made))
    assert found == [Tally("alter.deepen", 2, 1, 0, 1), Tally("map.swap", 2, 1, 0, 1)]


def test_what_a_move_gave_in_a_leap_is_not_claimed() -> None:
    leap = "map.swap + map.swap + alter.deepen + map.swap"
    origins = {**ORIGINS, "3x3|0 3|9": ("3x3|0 1|8", leap)}
    made = steps_made(DESIGNS, origins)
    found = tallies(made, way_to(DESIGNS[-1], made))
    assert found == [Tally("alter.deepen", 2, 1, 1, 2), Tally("map.swap", 1, 0, 3, 3)]
    assert made[1].told == "map.swap x2 + alter.deepen + map.swap"


def test_a_design_that_cannot_be_is_no_help_however_it_is_rewarded() -> None:
    designs = [judged(1, 1.0), judged(2, 9.0, "no")]
    (step,) = steps_made(designs, {"3x3|0 2|8": ("3x3|0 1|8", "map.swap")})
    assert not step.is_better
    best = best_of(designs)
    assert best is not None
    assert best.number == 1


def test_without_moves_each_new_best_design_tells_what_changed() -> None:
    told = [(one.before.number, one.move, one.after.number) for one in improvements(DESIGNS)]
    assert told == [(1, "nodes, depth 9", 3), (3, "nodes", 5)]


def test_moves_are_read_from_the_checkpoint(tmp_path: Path) -> None:
    assert origins_of(tmp_path) == {}
    torch.save({"agent": {"random": {}}}, tmp_path / "checkpoint.pt")
    assert origins_of(tmp_path) == {}
    torch.save({"agent": {"origins": ORIGINS}}, tmp_path / "checkpoint.pt")
    assert origins_of(tmp_path) == ORIGINS
