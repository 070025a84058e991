import pytest
import torch

from snn.augmentation import Augmentation, Normalization
from snn.datasets import Dataset, subset
from snn.prepared import DataError


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_normalization_takes_each_channel_by_itself() -> None:
    images = torch.tensor([0.5, 1.0]).view(1, 2, 1, 1).expand(3, 2, 4, 4)
    scaled = Normalization((0.5, 0.0), (0.1, 0.5)).apply(images)
    assert scaled[:, 0].unique().tolist() == [0.0]
    assert scaled[:, 1].unique().tolist() == [2.0]


def test_a_crop_is_a_window_of_the_padded_image() -> None:
    images = torch.arange(1.0, 17.0).view(1, 1, 4, 4).repeat(200, 1, 1, 1)
    padded = torch.nn.functional.pad(images[:1], (1, 1, 1, 1))
    windows = [padded[0, 0, i : i + 4, j : j + 4] for i in range(3) for j in range(3)]
    cropped = Augmentation(padding=1).apply(images, seeded())
    matches = [[torch.equal(one[0], window) for window in windows] for one in cropped]
    assert all(sum(row) == 1 for row in matches)
    # 9 windows, 200 draws: one is missed by chance with probability below 9 * (8/9)^200 = 6e-10
    assert all(any(column) for column in zip(*matches, strict=True))


def test_a_flip_mirrors_some_images_left_to_right_and_no_other_way() -> None:
    images = torch.rand(64, 3, 5, 5, generator=seeded())
    flipped = Augmentation(is_flipped=True).apply(images, seeded())
    kept = [torch.equal(one, other) for one, other in zip(flipped, images, strict=True)]
    mirrored = [
        torch.equal(one.flip(-1), other) for one, other in zip(flipped, images, strict=True)
    ]
    assert all(a != b for a, b in zip(kept, mirrored, strict=True))
    assert 0 < sum(kept) < 64  # all alike by chance: 2^-63


def test_all_frames_of_a_recording_move_together() -> None:
    frames = torch.rand(8, 1, 2, 6, 6, generator=seeded()).repeat(1, 3, 1, 1, 1)
    moved = Augmentation(padding=2, is_flipped=True).apply(frames, seeded(1))
    assert torch.equal(moved[:, 0], moved[:, 2])
    assert not torch.equal(moved, frames)


def test_bytes_stay_bytes_and_the_same_seed_moves_alike() -> None:
    images = torch.randint(0, 256, (5, 1, 4, 4), generator=seeded(), dtype=torch.uint8)
    augmentation = Augmentation(1, is_flipped=True)
    one, other = (augmentation.apply(images, seeded(3)) for _ in range(2))
    assert one.dtype == torch.uint8
    assert torch.equal(one, other)


def test_bytes_become_shares_of_full_scale_and_events_stay_counts() -> None:
    images, labels = torch.tensor([[[[0, 51, 255]]]], dtype=torch.uint8), torch.tensor([0])
    data = Dataset(images, labels, images, labels, 2)
    assert data.pixels(images).flatten().tolist() == pytest.approx([0.0, 0.2, 1.0])
    counted = Dataset(images, labels, images, labels, 2, full_scale=1)
    assert counted.pixels(images).flatten().tolist() == [0.0, 51.0, 255.0]


def test_a_subset_is_always_the_same_and_keeps_images_with_their_labels() -> None:
    labels = torch.arange(50)
    images = labels.view(-1, 1, 1, 1).float()
    some, their_labels = subset(images, labels, 20)
    assert torch.equal(some.flatten().long(), their_labels)
    assert their_labels.unique().numel() == 20
    assert torch.equal(subset(images, labels, 20)[1], their_labels)
    with pytest.raises(DataError, match="there are 50 images, not 51"):
        subset(images, labels, 51)


def test_a_scale_of_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="a deviation above 0 per channel"):
        Normalization((0.5,), (0.0,))
