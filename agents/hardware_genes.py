"""Parameters of asynchronous hardware as genes: drawn, crossed and mutated one by one."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from agents.base import AgentError
from async_sim.application import Application
from async_sim.hardware import Hardware, smallest_square
from async_sim.mesh import LARGEST_SIDE, Mesh
from envs.ancoef_design import hardware_of
from envs.ancoef_problem import AncoefProblem
from envs.moves.placing import grown, remeshed, respread

MOST_DRAWS = 1000
MOST_SWAPS = 4  # pairs of nodes that one mutation exchanges
Mutation = Callable[[Hardware, np.random.Generator], Hardware]
MANNER = ("dealing", "arbitration", "routing", "depth", "n_channels")


class HardwareGenes:
    """Draws, crosses and mutates designs; what cannot be is repaired: cores, then the mesh."""

    def __init__(self, problem: AncoefProblem) -> None:
        self._application = problem.neighbourhood.application
        self._space = problem.space
        self._choices = {one.name: one.choices for one in problem.space.decisions}

    def founder(self, random: np.random.Generator) -> Hardware:
        """A design drawn evenly over the flat decisions, of those that can be.

        Raises:
            AgentError: If nearly none can be.
        """
        for _ in range(MOST_DRAWS):
            try:
                return hardware_of(
                    self._space.decode(self._space.sample(random)), self._application
                )
            except ValueError:  # more cores than a mesh has nodes
                continue
        raise AgentError("agent: anas finds no design in env.space that the network fits")

    def crossed(self, one: Hardware, other: Hardware, random: np.random.Generator) -> Hardware:
        """Each parameter of either parent; cores and their nodes come together."""
        parents = (one, other)

        def drawn() -> Hardware:
            return parents[int(random.integers(2))]

        manner = {name: getattr(drawn(), name) for name in MANNER}
        laid, room, mesh = drawn(), drawn().neurons_per_core, drawn().mesh
        child = rebuilt(laid, self._application, (room, extras(laid, self._application), mesh))
        return replace(child, **manner)

    def mutated(
        self, hardware: Hardware, probability: float, random: np.random.Generator, at_least: int
    ) -> Hardware:
        """Change every parameter with a probability, but at least some number of them."""
        mutations: list[Mutation] = [self._room, self._cores, self._mesh, self._nodes]
        mutations += [self._one_of(name) for name in MANNER]
        is_drawn = random.random(len(mutations)) < probability
        if is_drawn.sum() < at_least:
            is_drawn[random.integers(len(mutations))] = True
        for mutate, is_one in zip(mutations, is_drawn, strict=True):
            hardware = mutate(hardware, random) if is_one else hardware
        return hardware

    def _room(self, hardware: Hardware, random: np.random.Generator) -> Hardware:
        """Twice or half the neurons per core, on the smallest square."""
        rooms = sorted(int(one) for one in self._choices["neurons_per_core"])
        near = [
            one
            for one in rooms
            if one in (hardware.neurons_per_core * 2, hardware.neurons_per_core // 2)
        ]
        if not near:
            return hardware
        room = int(random.choice(near))
        more = extras(hardware, self._application)
        return rebuilt(hardware, self._application, (room, more, None))

    def _cores(self, hardware: Hardware, random: np.random.Generator) -> Hardware:
        """More or fewer cores for one layer: one, or up to a quarter of those that it has."""
        more = list(extras(hardware, self._application))
        layer = int(random.integers(len(more)))
        change = int(random.integers(1, max(2, hardware.cores[layer] // 4 + 1)))
        more[layer] = max(0, more[layer] + change * int(random.choice((-1, 1))))
        return rebuilt(
            hardware, self._application, (hardware.neurons_per_core, more, hardware.mesh)
        )

    def _mesh(self, hardware: Hardware, random: np.random.Generator) -> Hardware:
        """A column or row more or fewer, or the smallest square."""
        width, height = hardware.mesh.width, hardware.mesh.height
        n = len(hardware.nodes)
        meshes = [Mesh(width + 1, height), Mesh(width, height + 1), smallest_square(n)]
        meshes += [Mesh(width - 1, height)] if width > 1 else []
        meshes += [Mesh(width, height - 1)] if height > 1 else []
        fitting = [one for one in meshes if one.n_nodes >= n]
        return remeshed(hardware, self._application, fitting[int(random.integers(len(fitting)))])

    def _nodes(self, hardware: Hardware, random: np.random.Generator) -> Hardware:
        """Exchange what is on a few pairs of nodes, cores or nothing."""
        nodes = np.array(hardware.nodes)
        for _ in range(int(random.integers(1, MOST_SWAPS + 1))):
            core = int(random.integers(len(nodes)))
            here, there = nodes[core], int(random.integers(hardware.mesh.n_nodes))
            nodes[nodes == there] = here
            nodes[core] = there
        return replace(hardware, nodes=tuple(nodes.tolist()))

    def _one_of(self, name: str) -> Mutation:
        def mutate(hardware: Hardware, random: np.random.Generator) -> Hardware:
            others = [one for one in self._choices[name] if one != getattr(hardware, name)]
            if not others:
                return hardware
            chosen = others[int(random.integers(len(others)))]
            return replace(hardware, **{name: chosen})  # type: ignore[arg-type]

        return mutate


def extras(hardware: Hardware, application: Application) -> tuple[int, ...]:
    """Cores of each layer beyond the least that hold it."""
    room = hardware.neurons_per_core
    pairs = zip(hardware.cores, application.layer_sizes, strict=True)
    return tuple(n - math.ceil(size / room) for n, size in pairs)


def rebuilt(
    hardware: Hardware,
    application: Application,
    genes: tuple[int, Sequence[int], Mesh | None],
) -> Hardware:
    """The design with another room, extra cores and mesh, as far as they go together.

    Args:
        genes: Neurons per core, cores of each layer beyond the least, and the mesh: the smallest
            square by default; it grows until it holds all cores.
    """
    room, more, mesh = genes
    cores = [
        min(size, math.ceil(size / room) + n)
        for size, n in zip(application.layer_sizes, more, strict=True)
    ]
    mesh = grown(mesh or smallest_square(sum(cores)), sum(cores), LARGEST_SIDE)
    if mesh is None:
        return hardware
    if sum(cores) <= hardware.mesh.n_nodes:
        return remeshed(respread(hardware, application, room, cores), application, mesh)
    return respread(remeshed(hardware, application, mesh), application, room, cores)
