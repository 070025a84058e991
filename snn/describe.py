"""`python -m snn.describe CELL [CELL ...] [key=value ...]`: sizes and a picture of cells."""

from configs.interrupts import ended, quiet_until_begun

if __name__ == "__main__":
    quiet_until_begun()

import sys

from snn.report.command import describe_command

if __name__ == "__main__":
    sys.exit(ended(lambda: describe_command(sys.argv[1:])))
