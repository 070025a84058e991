"""`python -m async_sim.replay MANIFEST.json`: a run again, compared array by array."""

import sys

from async_sim.report.replay import replay_command

if __name__ == "__main__":
    sys.exit(replay_command(sys.argv[1:]))
