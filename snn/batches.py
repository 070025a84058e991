"""Batches of indices, in an order that a generator draws."""

import math

import torch


def n_batches(n_images: int, batch_size: int) -> int:
    """Number of batches that hold all images."""
    return math.ceil(n_images / batch_size)


def shuffled_batches(
    n_images: int, batch_size: int, generator: torch.Generator
) -> tuple[torch.Tensor, ...]:
    """Every image once, in batches of nearly equal size.

    A last batch of one image would break BatchNorm.
    """
    order = torch.randperm(n_images, generator=generator)
    return order.tensor_split(n_batches(n_images, batch_size))
