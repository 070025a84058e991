"""Many searches at once: ``python -m agents.sweep env=nacim sweep=reward_weights``."""

import sys
from collections.abc import Sequence

INTERRUPTED = 130  # the shell's code for Ctrl-C


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit code."""
    try:
        from agents.sweep_command import command  # noqa: PLC0415 (takes seconds, and Ctrl-C may come then)

        return command(sys.argv[1:] if arguments is None else arguments)
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
