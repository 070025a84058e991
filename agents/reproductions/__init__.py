"""Published figures beside ours, one file per paper."""
