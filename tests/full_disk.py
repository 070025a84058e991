"""What a full disk does to whoever writes, without filling one."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def room(n_bytes: int) -> Iterator[None]:
    """Have no file grow beyond so many bytes, which is what a full disk does to one."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
