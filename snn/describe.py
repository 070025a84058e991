"""`python -m snn.describe CELL [CELL ...] [key=value ...]`: sizes and a picture of cells."""

import sys

from snn.report.command import describe_command

if __name__ == "__main__":
    sys.exit(describe_command(sys.argv[1:]))
