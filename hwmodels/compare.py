"""`python -m hwmodels.compare FILE.json`: one design by several cost models."""

import sys

from configs.interrupts import ended, quiet_until_begun

if __name__ == "__main__":
    quiet_until_begun()

from hwmodels.report.commands import compare_command

if __name__ == "__main__":
    sys.exit(ended(lambda: compare_command(sys.argv[1:])))
