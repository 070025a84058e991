"""`python -m hwmodels.compare FILE.json`: one design by several cost models."""

import sys

from hwmodels.report.commands import compare_command

if __name__ == "__main__":
    sys.exit(compare_command(sys.argv[1:]))
