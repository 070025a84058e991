"""`python -m async_sim.replay MANIFEST.json`: a run again, compared array by array."""

from configs.interrupts import ended, quiet_until_begun

if __name__ == "__main__":
    quiet_until_begun()

import sys

from async_sim.report.replay import replay_command

if __name__ == "__main__":
    sys.exit(ended(lambda: replay_command(sys.argv[1:])))
