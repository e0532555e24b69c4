"""The command line of `scripts/lighthouse`: marks of the first page as Lighthouse's mobile run gives them."""

import json
import os
import shutil
import subprocess  # nosec B404  our own tool, no shell
import sys
import tempfile
from pathlib import Path
from statistics import median

from tests.databases import ROOT
from tests.e2e import world

GOALS = {"performance": 0.95, "accessibility": 0.98}
SHOWN = ("first-contentful-paint", "largest-contentful-paint", "total-blocking-time", "cumulative-layout-shift")
FLAGS = "--headless=new --no-sandbox --disable-gpu"


def marks(tool: str, url: str) -> dict[str, float]:
    """{category or audit: its mark, or its number in the audit's own unit} of one run."""
    command = [tool, url, "--quiet", "--output=json", "--output-path=stdout", f"--chrome-flags={FLAGS}"]
    command.append(f"--only-categories={','.join(GOALS)}")
    environment = os.environ | {"CHROME_PATH": shutil.which("chromium") or ""}
    ran = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)  # nosec B603
    report = json.loads(ran.stdout)
    found = {name: report["categories"][name]["score"] for name in GOALS}
    return found | {name: report["audits"][name]["numericValue"] for name in SHOWN}


def main(tool: str, rounds: int) -> int:
    with tempfile.TemporaryDirectory() as folder:
        server = world.make(Path(folder) / "data", ROOT / "pwa" / "dist", "--households", "60")
        with world.running(server):
            runs = [marks(tool, f"{server.url}/") for _ in range(rounds)]
    middle = {name: median(run[name] for run in runs) for name in runs[0]}
    for name, value in middle.items():
        goal = f"  (goal {GOALS[name]})" if name in GOALS else ""
        print(f"{name:26} {value:8.2f}{goal}")
    return int(any(middle[name] < goal for name, goal in GOALS.items()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
