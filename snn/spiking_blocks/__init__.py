"""The blocks that spiking networks consist of, one file each."""
