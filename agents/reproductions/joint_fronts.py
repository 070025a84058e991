"""Joint search beside network first and hardware after it, at equal budgets, over seeds.

Not of a paper: it is the claim that a joint space is worth its size. The other way searches the
network on the hardware that is given, keeps the best, and searches hardware for it with the rest of
the designs; its front is that of all designs of both stages.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from agents.exits import INTERRUPTED
from agents.flow_arguments import count_of, folder_of, typed_values
from agents.flow_finishing import plain
from agents.flow_settings import read_summary
from agents.joint_report import Ways, report
from agents.joint_stages import FOLDERS, JOINT, By, Stages, spelt_out
from agents.making import check_agent
from agents.plain_run import search_to_end
from agents.problems import space_of
from agents.reproduction import Experiment
from agents.settings import RunSettings
from agents.usage import UsageError, settings_from, without_search
from configs import catalog
from envs.space import Choice

NAME = "joint_fronts"
OWN = {"seeds": "5", "first_share": "0.5", "first_by": ",".join(FOLDERS)}
DEFAULTS = {"agent": "reinforce_fast", "search.budget": "64"}


@dataclass(frozen=True)
class Study:
    """What is searched how often.

    Attributes:
        settings: Of the joint search, of no seed yet.
        first_by: What the network is rewarded for where it is searched first.
    """

    settings: RunSettings
    n_seeds: int
    first_share: float
    first_by: tuple[By, ...]
    folder: Path

    def stages(self, seed: int) -> Stages:
        """The searches of a seed."""
        settings = self.settings.model_copy(update={"seed": seed})
        return Stages(settings, self.folder / f"seed-{seed}", self.first_share)


def run(arguments: Sequence[str]) -> int:
    """Search (or go on searching) and print the tables; 1 if a mean hypervolume is not higher.

    Raises:
        UsageError: If the arguments make no search.
    """
    typed = typed_values(arguments, NAME, ("seed",), "seeds=5 is the number of seeds", [*OWN])
    study, ways = study_of(typed)
    for seed in range(study.n_seeds):
        code = _stopped(study, seed)
        if code:
            sys.stderr.write(f"{NAME}: stopped; the same command goes on\n")
            return code
    return report(ways, Console())


def _stopped(study: Study, seed: int) -> int:
    """All searches of a seed; the exit code of one that was stopped, or 0."""
    stages, console = study.stages(seed), Console()
    console.rule(f"{NAME}: seed {seed} of {study.n_seeds}", characters="-")
    try:
        code = search_to_end(stages.settings, *stages.places(None))
        for by in study.first_by:
            code = code or _network_first(stages, by)
    except KeyboardInterrupt:  # outside of a search, which handles its own
        return INTERRUPTED
    return code


def _network_first(stages: Stages, by: By) -> int:
    first, second = stages.places(by)
    (joint,) = stages.places(None)
    code = search_to_end(stages.network(by), first, joint)
    if code:
        return code
    network, n_spent = _found_network(first, stages)
    if network is None:
        raise UsageError(
            f"{first}: no network is feasible on the given hardware; give another by "
            "hardware.device, hardware.circuit, or `given` in env.space"
        )
    return search_to_end(stages.hardware(network, n_spent), second, joint)


def _found_network(run_dir: Path, stages: Stages) -> tuple[dict[str, Choice] | None, int]:
    """The best network of a finished search, if one is feasible, and the designs that it took.

    Raises:
        UsageError: If its summary is broken.
    """
    found = read_summary(run_dir)
    try:
        best, n_spent = found["best"], int(found["evaluations"])
        return None if best is None else stages.network_of(dict(best["design"])), n_spent
    except (LookupError, TypeError, ValueError) as error:
        path = run_dir / "summary.json"
        raise UsageError(f"{path} cannot be read: {error!r}") from error


def study_of(typed: Mapping[str, str]) -> tuple[Study, Ways]:
    """Read the arguments, and how what they search is compared.

    Raises:
        UsageError: If one is no such value, or the searches cannot be.
    """
    own = {key: typed.get(key, value) for key, value in OWN.items()}
    rest = {**DEFAULTS, **{key: value for key, value in typed.items() if key not in OWN}}
    root = rest.pop("run_dir", None)
    n_seeds, share, first_by = count_of("seeds", own["seeds"]), _share(own["first_share"]), _by(own)
    settings = settings_from(["env=joint", *(f"{key}={value}" for key, value in rest.items())])
    check_agent(settings, space_of(settings))
    settings, problem = spelt_out(settings)
    told = [without_search(plain(settings)), settings.search.budget, share]
    study = Study(settings, n_seeds, share, first_by, folder_of(NAME, root, told))
    study.stages(0).check()
    if (study.folder / "config.yaml").is_file():
        raise UsageError(f"run_dir: {study.folder} holds a run of its own, whose summary it needs")
    places = {
        FOLDERS[by] if by else JOINT: [study.stages(seed).places(by) for seed in range(n_seeds)]
        for by in (None, *first_by)
    }
    return study, Ways(problem, study.stages(0), study.folder, places)


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = 0.0
    if not 0 < share < 1:
        raise UsageError(f"first_share: needs a number between 0 and 1, got '{text}'")
    return share


def _by(own: Mapping[str, str]) -> tuple[By, ...]:
    wanted = own["first_by"].split(",")
    for name in wanted:
        if name not in FOLDERS:
            raise UsageError(f"first_by: no choice '{name}'; {catalog.suggestion(name, FOLDERS)}")
    return tuple(by for by in FOLDERS if by in wanted)


JOINT_FRONTS = Experiment(
    NAME,
    "ours: env=joint beside network first (seeds=5 first_share=0.5 first_by=...)",
    run,
)
