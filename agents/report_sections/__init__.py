"""What `python -m agents.report` puts on its page, a file for each section."""
