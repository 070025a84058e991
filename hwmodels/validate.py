"""`python -m hwmodels.validate GOLDENS.json`: our models against runs of the original tools."""

from configs.interrupts import ended, quiet_until_begun

if __name__ == "__main__":
    quiet_until_begun()

import sys

from hwmodels.report.commands import validate_command

if __name__ == "__main__":
    sys.exit(ended(lambda: validate_command(sys.argv[1:])))
