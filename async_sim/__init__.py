"""How spikes move on an asynchronous network-on-chip (its models arrive with their issue)."""
