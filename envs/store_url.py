"""Addresses of databases that several searches share; a password is never told."""

from pathlib import Path
from typing import TYPE_CHECKING

from envs.store import StoreError

if TYPE_CHECKING:
    from sqlalchemy import URL

POSTGRESQL, SQLITE = "postgresql", "sqlite"
DRIVERS = {  # what may be typed: the name that SQLAlchemy has for it
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
    "sqlite": "sqlite",
    "sqlite+pysqlite": "sqlite",
}
ALLOWED = "postgresql+psycopg://USER@HOST/DATABASE or sqlite:////PATH"
SECRETS = ("password", "sslpassword")  # libpq takes them among its parameters too


class SharedStoreError(StoreError):
    """A shared database that cannot be used; the message is one line, without a password."""


def store_url(text: str) -> "URL":
    """Read an address.

    Raises:
        SharedStoreError: If it is none, or of a database that cannot be used. Nothing of what
            was typed is told but its beginning: the rest may hold a password.
    """
    from sqlalchemy import make_url  # noqa: PLC0415 (slow, and only for this)
    from sqlalchemy.exc import ArgumentError  # noqa: PLC0415

    try:
        url = make_url(text)
    except (ArgumentError, ValueError) as error:
        raise SharedStoreError(f"needs an address such as {ALLOWED}") from error
    if url.drivername not in DRIVERS:
        raise SharedStoreError(f"no database called '{url.drivername}'; needs {ALLOWED}")
    url = url.set(drivername=DRIVERS[url.drivername])
    is_file = url.drivername == SQLITE
    if url.database in (None, "", ":memory:"):
        raise SharedStoreError(f"names no {'file' if is_file else 'database'}; needs {ALLOWED}")
    if is_file and url.host:
        raise SharedStoreError("sqlite takes no host; sqlite:////PATH has four strokes")
    if "@" in (url.host or ""):
        raise SharedStoreError("an @ within a password is written %40")
    return url


def checked_address(text: str) -> str:
    """An address as it was typed, but for a relative file: a resume may stand elsewhere.

    Raises:
        SharedStoreError: If it is none.
    """
    url = store_url(text)
    path = url.database or ""
    if url.drivername != SQLITE or path.startswith("file:") or Path(path).is_absolute():
        return text
    return url.set(database=str(Path(path).absolute())).render_as_string(hide_password=False)


def without_password(text: str) -> str:
    """The address as it may be kept in a file.

    Raises:
        SharedStoreError: If it is none.
    """
    from sqlalchemy import URL  # noqa: PLC0415 (slow, and only for this)

    url = store_url(text).difference_update_query(SECRETS)
    kept = URL.create(url.drivername, url.username or None, None, url.host, url.port, url.database)
    return kept.set(query=url.query).render_as_string()


def secrets_of(url: "URL") -> list[str]:
    """Every password in an address."""
    found = [url.password, *(url.query.get(name) for name in SECRETS)]
    return [one for one in found if isinstance(one, str) and one]
