"""`python -m hwmodels.validate GOLDENS.json`: our models against runs of the original tools."""

import sys

from hwmodels.report.commands import validate_command

if __name__ == "__main__":
    sys.exit(validate_command(sys.argv[1:]))
