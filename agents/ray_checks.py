"""What is seen before Ray is begun or joined: who listens, and how much memory is free."""

import os
import socket
from contextlib import suppress
from pathlib import Path

from agents.usage import UsageError

CONNECT_S = 5.0
SETTINGS = b"\0\0\0\x04\0\0\0\0\0"  # a frame of HTTP/2 (RFC 9113, 6.5), empty
HTTP2 = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + SETTINGS  # how a client begins (3.4)
RAY_BYTES, WORKER_BYTES = 450_000_000, 350_000_000  # resident, measured (docs/ray.md)


def check_listens(address: str) -> None:
    """See that what listens at ``HOST:PORT`` could be Ray: it would wait long for anything else.

    Raises:
        UsageError: If nobody does, or something else.
    """
    host, _, port = address.rpartition(":")
    if not host or "/" in host or not port.isdecimal():
        raise UsageError(f"ray.address: '{address}' is not of the form HOST:PORT")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), CONNECT_S) as connection:
            is_ray = "RAY_USE_TLS" in os.environ or _speaks_http2(connection)
    except (OSError, OverflowError, UnicodeError) as error:
        raise UsageError(
            f"ray: no cluster at {address}: {error}; `ray start --head` on its first machine "
            "tells its address"
        ) from error
    if not is_ray:
        raise UsageError(f"ray: no cluster at {address}: something else listens there")


def _speaks_http2(connection: socket.socket) -> bool:
    """Whether gRPC could: its first answer is a frame of settings."""
    connection.sendall(HTTP2)
    try:
        return connection.recv(len(SETTINGS))[3:4] == SETTINGS[3:4]
    except TimeoutError:
        return False


def answers(address: str) -> bool:
    """Whether somebody listens at ``HOST:PORT``."""
    host, _, port = address.rpartition(":")
    with suppress(OSError):
        socket.create_connection((host.strip("[]"), int(port)), CONNECT_S).close()
        return True
    return False


def check_memory(n_workers: int) -> None:
    """See that Ray and its workers have room on this machine.

    Raises:
        UsageError: If they have not.
    """
    free = free_bytes()
    needed = RAY_BYTES + n_workers * WORKER_BYTES
    if free is not None and free < needed:
        raise UsageError(
            f"ray=local search.workers={n_workers} takes about {needed / 1e9:.1f} GB of memory, "
            f"{free / 1e9:.1f} GB are free; take fewer search.workers, or ray=off"
        )


def free_bytes() -> int | None:
    """Memory that can be had, if this system tells it."""
    with suppress(OSError, ValueError, StopIteration):
        lines = Path("/proc/meminfo").read_text("ascii").splitlines()
        return 1024 * int(next(one for one in lines if one.startswith("MemAvailable")).split()[1])
    return None
