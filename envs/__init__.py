"""What is searched: problems as Gymnasium environments, registered as ``coexplore/...``."""

from envs.registration import register_all

register_all()
