"""Small applications of asynchronous hardware, and random designs for them."""

import itertools
import math

import numpy as np
from hypothesis import strategies as st

from async_sim.application import Application, Link, chain_of
from async_sim.connections import Connection
from async_sim.dealing import DEALINGS
from async_sim.hardware import Hardware
from async_sim.mesh import Mesh
from async_sim.network import ARBITRATIONS
from snn.spikes import generated

ROUTINGS = ("xy", "yx", "odd-even")


def application(
    links: tuple[Link, ...], *, seed: int = 0, n_samples: int = 1, n_timesteps: int = 3
) -> Application:
    """Random spikes on layers that some links connect."""
    sizes = {0: links[0].connection.n_inputs}
    sizes |= {link.target: link.connection.n_outputs for link in links}
    layers = tuple(sizes[i] for i in range(len(sizes)))
    random = np.random.default_rng(seed)
    trace = generated(layers, (0.3,) * len(layers), n_timesteps * n_samples, random)
    names = tuple(f"layer{i}" for i in range(len(layers)))
    return Application("small", names, links, trace, n_samples, 5000, 2000, 1000, 8)


def dense(*, seed: int = 0, n_samples: int = 1) -> Application:
    """Three dense layers behind 24 inputs."""
    sizes = (24, 17, 9, 4)
    pairs = itertools.pairwise(sizes)
    chain = chain_of([Connection("dense", (1, 1, n), m) for n, m in pairs])
    return application(chain, seed=seed, n_samples=n_samples)


def shortcuts(*, seed: int = 0, n_samples: int = 1) -> Application:
    """A residual block: layer 3 takes a convolution of layer 2 and, unchanged, layer 1; layer 2
    takes layer 1 in two ways."""
    links = (
        Link(0, 1, Connection("convolution", (6, 6, 2), 4, 3, padding=1)),
        Link(1, 2, Connection("convolution", (6, 6, 4), 4, 5, padding=2)),
        Link(1, 2, Connection("identity", (6, 6, 4), 4)),
        Link(2, 3, Connection("convolution", (6, 6, 4), 4, 3, padding=1)),
        Link(1, 3, Connection("identity", (6, 6, 4), 4)),
        Link(3, 4, Connection("pooling", (6, 6, 4), 4)),
        Link(4, 5, Connection("dense", (3, 3, 4), 5)),
    )
    return application(links, seed=seed, n_samples=n_samples, n_timesteps=2)


def cells(*, seed: int = 0, n_samples: int = 1) -> Application:
    """Layers that take means and shortcuts only, then a convolution that halves the side."""
    links = (
        Link(0, 1, Connection("average", (6, 6, 2), 2, 3, padding=1)),
        Link(0, 2, Connection("identity", (6, 6, 2), 2)),
        Link(1, 2, Connection("average", (6, 6, 2), 2, 3, padding=1)),
        Link(2, 3, Connection("convolution", (6, 6, 2), 4, 4, padding=1, stride=2)),
    )
    return application(links, seed=seed, n_samples=n_samples, n_timesteps=2)


def design(of: Application, random: np.random.Generator, **fixed: object) -> Hardware:
    """Any design that holds an application."""
    room = 2 ** int(random.integers(3, 6))
    least = [math.ceil(size / room) for size in of.layer_sizes]
    cores = [
        int(random.integers(n, min(n + 2, size) + 1))
        for n, size in zip(least, of.layer_sizes, strict=True)
    ]
    width = int(random.integers(1, 9))
    mesh = Mesh(width, math.ceil(sum(cores) / width) + int(random.integers(0, 2)))
    chosen: dict[str, object] = {
        "dealing": random.choice(DEALINGS).item(),
        "arbitration": random.choice(list(ARBITRATIONS)).item(),
        "routing": random.choice(ROUTINGS).item(),
        "depth": int(random.integers(1, 10)),
        "n_channels": int(random.integers(1, 6)),
    }
    nodes = random.permutation(mesh.n_nodes)[: sum(cores)]
    return Hardware(mesh, room, tuple(cores), tuple(nodes.tolist()), **(chosen | fixed))  # type: ignore[arg-type]


APPLICATIONS = [dense(n_samples=2), shortcuts()]
DESIGNS = st.builds(
    lambda application, seed: (
        application,
        design(application, np.random.default_rng(seed)),
    ),
    st.sampled_from(APPLICATIONS),
    st.integers(0, 2**32 - 1),
)
