"""`python -m async_sim.run workload=NAME ...`: simulate a workload, report and draw it."""

from configs.interrupts import ended, quiet_until_begun

if __name__ == "__main__":
    quiet_until_begun()

import sys

from async_sim.report.command import run_command

if __name__ == "__main__":
    sys.exit(ended(lambda: run_command(sys.argv[1:])))
