"""Runs command lines in processes that need not import everything anew."""

import json
import os
import select
import signal
import subprocess
import sys
from pathlib import Path

WARM = Path(__file__).with_name("warm.py")
IMPORTS_S = 100


class Commands:
    """Asks one process, which has imported what commands need, to fork itself for each."""

    def __init__(self, folder: Path) -> None:
        self._files = {name: folder / name for name in ("stdout", "stderr")}
        self._process = subprocess.Popen(
            [sys.executable, str(WARM)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert self._answered(IMPORTS_S) == "ready"

    def run(
        self, module: str, *arguments: str, folder: Path, timeout_s: float = 200
    ) -> subprocess.CompletedProcess[str]:
        """Run ``python -m module arguments`` to its end."""
        for file in self._files.values():
            file.write_text("")
        asked = {
            "module": module,
            "arguments": arguments,
            "folder": str(folder),
            "environment": dict(os.environ),
            **{name: str(file) for name, file in self._files.items()},
        }
        assert self._process.stdin is not None
        self._process.stdin.write(f"{json.dumps(asked)}\n")
        self._process.stdin.flush()
        code = int(self._answered(timeout_s))
        said = {name: file.read_text("utf-8") for name, file in self._files.items()}
        return subprocess.CompletedProcess([module, *arguments], code, **said)

    def _answered(self, timeout_s: float) -> str:
        assert self._process.stdout is not None
        if not select.select([self._process.stdout], [], [], timeout_s)[0]:
            os.killpg(self._process.pid, signal.SIGKILL)
            raise subprocess.TimeoutExpired(WARM.name, timeout_s)
        return self._process.stdout.readline().strip()

    def close(self) -> None:
        """End that process."""
        self._process.communicate()
