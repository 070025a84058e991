"""How spikes move on an asynchronous network-on-chip (docs/models/noc.md)."""
