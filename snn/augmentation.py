"""What happens to a batch of images before a network sees them."""

from dataclasses import dataclass

import torch
from torch.nn import functional

EVEN = 0.5


@dataclass(frozen=True, slots=True)
class Normalization:
    """Subtracts the mean of each channel and divides by its standard deviation."""

    mean: tuple[float, ...]
    deviation: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.mean) != len(self.deviation) or not min(self.deviation, default=0) > 0:
            raise ValueError(
                f"normalization needs a mean and a deviation above 0 per channel, got "
                f"{self.mean} and {self.deviation}"
            )

    def apply(self, images: torch.Tensor) -> torch.Tensor:
        """(..., C, H, W) -> the same shape."""
        mean, deviation = (
            torch.tensor(values, dtype=images.dtype, device=images.device).view(-1, 1, 1)
            for values in (self.mean, self.deviation)
        )
        return (images - mean) / deviation


@dataclass(frozen=True, slots=True)
class Augmentation:
    """Random crops of padded images, and mirrored ones, for training only.

    Attributes:
        padding: Zeros on each side, before a window of the first size is cut out; 0 for no crop.
        is_flipped: Whether every other image is mirrored left to right.
    """

    padding: int = 0
    is_flipped: bool = False

    def apply(self, images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        """(B, ..., H, W) -> the same shape; all frames of one image move together.

        Args:
            generator: On the CPU, whatever the device of the images.
        """
        if self.padding:
            images = self._cropped(images, generator)
        if self.is_flipped:
            mirrored = torch.rand(len(images), generator=generator) < EVEN
            chosen = mirrored.to(images.device).view(-1, *[1] * (images.ndim - 1))
            images = torch.where(chosen, images.flip(-1), images)
        return images

    def _cropped(self, images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        n, (height, width) = len(images), images.shape[-2:]
        offsets = torch.randint(0, 2 * self.padding + 1, (2, n, 1), generator=generator)
        flat = images.reshape(n, -1, height, width)
        padded = functional.pad(flat, (self.padding,) * 4)
        rows, columns = (
            (offset + torch.arange(size)).to(images.device)
            for offset, size in zip(offsets, (height, width), strict=True)
        )
        picked = torch.arange(n, device=images.device).view(-1, 1, 1)
        cut = padded.movedim(1, -1)[picked, rows[:, :, None], columns[:, None, :]]
        return cut.movedim(-1, 1).reshape(images.shape)
