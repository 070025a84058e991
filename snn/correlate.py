"""`python -m snn.correlate TABLE [key=value ...]`: training-free scores against real accuracy."""

import sys

from snn.report.correlate_command import correlate_command

if __name__ == "__main__":
    sys.exit(correlate_command(sys.argv[1:]))
