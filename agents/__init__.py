"""Who searches: agents, the loop, the command line."""
