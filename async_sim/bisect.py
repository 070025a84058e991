"""`python -m async_sim.bisect ONE OTHER`: the first fire in which two runs differ."""

import sys

from async_sim.report.bisect import bisect_command

if __name__ == "__main__":
    sys.exit(bisect_command(sys.argv[1:]))
