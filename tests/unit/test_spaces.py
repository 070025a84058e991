import numpy as np
import pytest

from envs.space import Decision, SearchSpace, SumRule

BITS = SearchSpace.from_data(
    [
        {
            "for_each": ["a", "b"],
            "decisions": {
                "whole": {"group": "quantization", "choices": [0, 1], "given": 1},
                "part": {
                    "group": "circuit",
                    "choices": [0, 1, 2],
                    "given": 0,
                    "at_least": {"plus": "whole", "total": 1},
                },
            },
        }
    ]
)


def test_decisions_are_repeated_for_each_name() -> None:
    assert [d.name for d in BITS.open] == ["a.whole", "a.part", "b.whole", "b.part"]


def test_a_rule_masks_by_the_choice_it_names() -> None:
    assert BITS.mask(1, [0]).tolist() == [0, 1, 1]
    assert BITS.mask(1, [1]).tolist() == [1, 1, 1]
    assert BITS.mask(0, []).tolist() == [1, 1, 0]  # narrower decisions are padded
    assert not BITS.contains((0, 0, 1, 0))
    assert BITS.contains((0, 1, 1, 0))


def test_a_rule_masks_by_what_a_frozen_group_is_given() -> None:
    frozen = BITS.freeze(["quantization"])
    assert [d.name for d in frozen.open] == ["a.part", "b.part"]
    assert frozen.mask(0, []).tolist() == [1, 1, 1]  # given: whole = 1
    assert frozen.decode([0, 2]) == {"a.whole": 1, "a.part": 0, "b.whole": 1, "b.part": 2}


def test_masks_cannot_be_written_to() -> None:
    with pytest.raises(ValueError, match="read-only"):
        BITS.mask(0, [])[0] = 0


def test_errors_name_the_decision_and_what_is_allowed() -> None:
    with pytest.raises(ValueError, match=r"a\.part: choice 7 is not one of 0\.\.2"):
        BITS.decode([0, 7, 0, 0])
    with pytest.raises(ValueError, match="3 actions for 4 open decisions"):
        BITS.decode([0, 0, 0])
    with pytest.raises(ValueError, match=r"a\.whole: no choice 5; there are: 0, 1"):
        BITS.encode({"a.whole": 5})
    with pytest.raises(ValueError, match="nothing is left to search"):
        BITS.freeze(["quantization", "circuit"])
    with pytest.raises(ValueError, match="needs choices, each once"):
        Decision("x", "circuit", (1, 1), 1)
    with pytest.raises(ValueError, match="two decisions called 'x'"):
        SearchSpace((Decision("x", "circuit", (1,), 1),) * 2)


def test_rules_that_cannot_be_kept_are_refused() -> None:
    first = Decision("first", "circuit", (0, 1), 0)
    with pytest.raises(ValueError, match="names no decision 'other'"):
        SearchSpace((Decision("x", "circuit", (0,), 0, SumRule("other", 1)),))
    with pytest.raises(ValueError, match="must name an earlier decision"):
        SearchSpace((Decision("x", "circuit", (0, 1), 0, SumRule("first", 1)), first))
    with pytest.raises(ValueError, match="no choice can satisfy"):
        SearchSpace((first, Decision("x", "circuit", (0, 1), 0, SumRule("first", 2))))


def test_given_choices_keep_the_rules_too() -> None:
    partner = Decision("first", "circuit", (0, 1), 0)
    given = Decision("x", "device", (0, 1), 0, SumRule("first", 1))
    other = Decision("other", "architecture", (0, 1), 0)
    SearchSpace((partner, given, other), frozenset({"device"}))  # first may still be 1
    with pytest.raises(
        ValueError, match=r"x: 0 is given, but with first \(0\) it must add up to 1"
    ):
        SearchSpace((partner, given, other), frozenset({"device", "circuit"}))


def test_contains_refuses_a_wrong_length() -> None:
    assert not BITS.contains((1, 1, 1))


def test_samples_are_uniform_over_what_is_allowed() -> None:
    """Chi-square would be finer; 5 sigma at 3,000 draws fails once in a million runs."""
    random = np.random.default_rng(0)
    parts = [BITS.sample(random)[1] for _ in range(3000)]
    share = parts.count(0) / 3000  # P = 1/2 * 0 + 1/2 * 1/3
    assert abs(share - 1 / 6) < 5 * np.sqrt(1 / 6 * 5 / 6 / 3000)
