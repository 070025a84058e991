import itertools

import pytest

from snn.quantization import FixedPoint, Quantization

FORMATS = [FixedPoint(p, q) for p, q in itertools.product(range(4), range(7)) if p + q]


@pytest.mark.parametrize("one", FORMATS, ids=lambda one: f"{one.integer_bits}.{one.fraction_bits}")
def test_the_levels_of_one_side_fill_the_range(one: FixedPoint) -> None:
    assert one.n_levels * one.step_ratio == one.range_ratio
    assert one.n_levels == 2**one.magnitude_bits


def test_a_format_may_have_integers_or_fractions_alone() -> None:
    whole, part = FixedPoint(3, 0), FixedPoint(0, 3)
    assert (whole.range_ratio, whole.step_ratio) == (8.0, 1.0)
    assert (part.range_ratio, part.step_ratio) == (1.0, 0.125)


def test_the_message_holds_both_numbers_of_bits() -> None:
    with pytest.raises(ValueError, match="got 0 integer and 0 fraction bits"):
        FixedPoint(0, 0)


def test_bits_are_listed_in_the_order_of_the_layers() -> None:
    found = Quantization((FixedPoint(1, 1), FixedPoint(0, 6)), (FixedPoint(2, 2), FixedPoint(1, 0)))
    assert found.weight_bits == (3, 7)
    assert found.activation_bits == (4, 1)


def test_equal_formats_hash_alike() -> None:
    assert len({Quantization((one,), (one,)) for one in (FixedPoint(1, 2), FixedPoint(1, 2))}) == 1
