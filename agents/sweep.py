"""Many searches at once: ``python -m agents.sweep env=nacim sweep=reward_weights``."""

from configs.interrupts import quiet_until_begun

if __name__ == "__main__":
    quiet_until_begun()

import sys
from collections.abc import Sequence

from agents.exits import run_command


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit code."""
    return run_command("agents.sweep_command", arguments)


if __name__ == "__main__":
    sys.exit(main())
