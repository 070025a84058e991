"""Command lines whose mistakes are told in one line."""

import argparse
import sys
from typing import NoReturn

USAGE = 2  # exit code of a command that could not do what was typed


class Parser(argparse.ArgumentParser):
    """Says a mistake in one line on stderr and ends with exit code 2."""

    def error(self, message: str) -> NoReturn:
        """Refuse the arguments."""
        sys.stderr.write(one_line(f"{self.prog}: {message}") + "\n")
        raise SystemExit(USAGE)


def one_line(text: str) -> str:
    """A message without line breaks and what would steer a terminal."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
