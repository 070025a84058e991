"""`python -m snn.correlate TABLE [key=value ...]`: training-free scores against real accuracy."""

from configs.interrupts import ended, quiet_until_begun

if __name__ == "__main__":
    quiet_until_begun()

import sys

from snn.report.correlate_command import correlate_command

if __name__ == "__main__":
    sys.exit(ended(lambda: correlate_command(sys.argv[1:])))
