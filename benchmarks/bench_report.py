"""How long the report of 10,000 designs takes, and how large it is (goals: 10 s, 15 MB).

Run with ``make bench``, or ``pytest benchmarks/bench_report.py --benchmark-only --timeout=0 -s``.
The whole command is run as a user runs it, imports included, and told in time of the wall and of
the processor: who else works on the machine slows the first down.
"""

import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from report_runs import synthetic_run

N_DESIGNS = 10_000


def test_the_report_of_ten_thousand_designs(benchmark: Any, tmp_path: Path) -> None:
    run = synthetic_run(tmp_path / "run", N_DESIGNS)
    begin_s = _children_s()
    begin = time.perf_counter()
    benchmark.pedantic(
        subprocess.run,
        args=([sys.executable, "-m", "agents.report", str(run)],),
        kwargs={"check": True},
        rounds=1,
    )
    wall_s, cpu_s = time.perf_counter() - begin, _children_s() - begin_s
    page = (run / "report.html").read_bytes()
    assert re.search(rb'"n":10000,', page)
    benchmark.extra_info |= {"megabytes": len(page) / 1e6, "cpu_s": cpu_s}
    print(
        f"\n10,000 designs of 50 decisions: {wall_s:.1f} s (goal 10), {cpu_s:.1f} s of the "
        f"processor, {len(page) / 1e6:.1f} MB (goal 15)"
    )


def _children_s() -> float:
    found = os.times()
    return found.children_user + found.children_system
