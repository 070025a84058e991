"""Data and names: YAML files, and the one loader that finds them."""
