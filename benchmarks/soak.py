"""A long search whose memory must stay flat: resident memory over evaluations.

Run with ``python benchmarks/soak.py [N_EVALUATIONS] [--limit BYTES] [SETTING...]``. The search is
that of ``python -m agents.train`` with everything that it keeps (store, checkpoint, TensorBoard):
NACIM's space, the physical cost model, and a constant in place of accuracies. Its memory is read
every second beside what its store holds; a line is fitted through all that lies after the
warm-up, and the exit code is 1 if it rises by more than the limit, in bytes an evaluation.

Flat it is not: a search keeps what a resume and an agent need. Of each evaluation that is, by
``tracemalloc`` between 1,400 and 2,000 of them, 440 bytes for the design that the agent knows (a
tuple), 113 for its key, 64 for the visit and 24 for its reward, besides about 100 of lists and
sets, which double now and then: 750 bytes. Each checkpoint takes as much again for a moment (its
peak rises by 717 bytes an evaluation: designs as lists, keys as JSON), and Python keeps that room
for the next one. No type that the garbage collector tracks grows in number, nor does what C has
allocated (8 bytes an evaluation); the rest is room between objects. Measured were 2,291 bytes an
evaluation in one run (399 MB after 500, 420 after 10,000) and 1,545 in another (400 MB, 417 after
9,000): 15 to 23 MB in all. The limit is a little above the larger one.
"""

import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np

SEARCH = ["env=nacim", "env.evaluator=constant", "agent=reinforce_distinct"]
WARM_UP = 0.2  # share of the evaluations in which what is compiled and cached is still growing
EVERY_S = 1.0

Reading = tuple[int, int]  # evaluations in the store, bytes in memory


def readings(n_evaluations: int, settings: Sequence[str], run: Path) -> Iterator[Reading]:
    """Memory of a search as it goes on; fails if the search does."""
    arguments = [*SEARCH, f"search.budget={n_evaluations}", f"run_dir={run}", *settings]
    command = [sys.executable, "-m", "agents.train", *arguments]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as search:
        while search.poll() is None:
            time.sleep(EVERY_S)
            n_stored, n_bytes = stored(run / "evaluations.sqlite"), resident(search.pid)
            if n_stored and n_bytes:
                yield n_stored, n_bytes
    if search.returncode:
        sys.exit(f"the search ended with exit code {search.returncode}")


def stored(path: Path) -> int:
    """Evaluations in a store that is being filled; 0 if there is none yet."""
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as store:
            return int(store.execute("SELECT COUNT(*) FROM evaluations").fetchone()[0])
    except sqlite3.OperationalError:
        return 0


def resident(process: int) -> int:
    """Bytes of memory that a process holds; 0 if it has ended."""
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text("ascii").split()[1])
    except (OSError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def slope(found: Sequence[Reading], first: float) -> float:
    """Bytes that each evaluation adds, by least squares; what follows the last one is left out."""
    last = found[-1][0]
    n, memory = np.array([one for one in found if first <= one[0] < last], float).T
    return float(np.polyfit(n, memory, 1)[0])


def main() -> int:
    """Search, print, and say whether memory was flat."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("n_evaluations", type=int, nargs="?", default=10_000)
    parser.add_argument("--limit", type=float, default=2500.0, help="bytes an evaluation")
    typed, settings = parser.parse_known_args()
    found: list[Reading] = []
    start, shown = time.monotonic(), 0
    with tempfile.TemporaryDirectory() as folder:
        for n, memory in readings(typed.n_evaluations, settings, Path(folder, "run")):
            found.append((n, memory))
            if n >= shown:
                print(
                    f"{n:6} evaluations  {memory / 1e6:7.1f} MB  {time.monotonic() - start:5.0f} s"
                )
                shown = n - n % 500 + 500
    if found[-1][0] < typed.n_evaluations:
        sys.exit(f"the search ended after {found[-1][0]} evaluations")
    rise = slope(found, WARM_UP * typed.n_evaluations)
    print(f"{rise:.0f} bytes an evaluation after the warm-up (limit {typed.limit:.0f})")
    return int(rise > typed.limit)


if __name__ == "__main__":
    sys.exit(main())
