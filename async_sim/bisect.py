"""`python -m async_sim.bisect ONE OTHER`: the first fire in which two runs differ."""

from configs.interrupts import ended, quiet_until_begun

if __name__ == "__main__":
    quiet_until_begun()

import sys

from async_sim.report.bisect import bisect_command

if __name__ == "__main__":
    sys.exit(ended(lambda: bisect_command(sys.argv[1:])))
