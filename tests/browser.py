"""A real browser without a window, that opens a page, does what a test asks, and tells of it."""

import html
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--enable-unsafe-swiftshader",
    "--hide-scrollbars", "--window-size=1400,1200", "--virtual-time-budget=60000",
    "--enable-logging=stderr", "--v=0",
)  # fmt: skip
WATCH = """<script>
window.wrongs = [];
addEventListener("error", (event) => wrongs.push(event.error?.stack ?? event.message));
addEventListener("unhandledrejection", (event) => wrongs.push(String(event.reason)));
for (const kind of ["error", "warn"]) {
  const before = console[kind];
  console[kind] = (...words) => { wrongs.push(words.join(" ")); before(...words); };
}
</script>"""
ACT = """<script>
async function until(claim) {
  for (let i = 0; i < 400 && !claim(); i += 1) {
    await new Promise((done) => setTimeout(done, 50));
  }
}
(async () => {
  const found = {};
  try {
    await until(() => document.body.dataset.drawn);
    await (async () => { %s })();
  } catch (error) { wrongs.push(error.stack); }
  found.wrongs = wrongs;
  const place = document.createElement("pre");
  place.id = "found";
  place.textContent = JSON.stringify(found);
  document.body.append(place);
})();
</script>"""


def chromium() -> str | None:
    """The path of a browser; None where there is none."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def acted(page: Path, script: str, folder: Path) -> dict[str, Any]:
    """Open a copy of a page, run a script on it once it is drawn, and return what it found.

    The script fills ``found``; ``wrongs`` are all errors and warnings of the console.
    """
    browser = chromium()
    assert browser is not None
    text = page.read_text("utf-8").replace("<head>", f"<head>{WATCH}", 1)
    copy = folder / "acted.html"
    copy.write_text(text.replace("</body>", ACT % script + "</body>"), "utf-8")
    command = [
        browser,
        *FLAGS,
        f"--user-data-dir={folder / 'profile'}",
        "--dump-dom",
        copy.as_uri(),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=420, check=True)
    told = re.search(r'<pre id="found">(.*?)</pre>', done.stdout, re.DOTALL)
    assert told, done.stderr[-2000:]
    return dict(json.loads(html.unescape(told[1])))
