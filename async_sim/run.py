"""`python -m async_sim.run workload=NAME ...`: simulate a workload, report and draw it."""

import sys

from async_sim.report.command import run_command

if __name__ == "__main__":
    sys.exit(run_command(sys.argv[1:]))
