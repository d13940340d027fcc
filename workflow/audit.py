"""make audit: known vulnerabilities of the packages in requirements.lock, by pip-audit, which uv fetches for the occasion.

Exit status 0: none known. 1: some are, as printed. 2: not checked (no network, or pip-audit cannot be had), and it says so.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FETCHED = (sys.executable, "-m", "uv", "tool", "run", "--from", "pip-audit")
ASKED = (
    "pip-audit",
    "--requirement",
    str(ROOT / "requirements.lock"),
    "--require-hashes",
    "--disable-pip",
    "--format",
    "json",
)
NONE, SOME, NOT_CHECKED = 0, 1, 2
PATIENCE = 300  # seconds


def audit(fetched: tuple[str, ...] = FETCHED) -> tuple[int, str]:
    """Exit status and what to print. fetched: the command that makes pip-audit available."""
    try:
        tried = subprocess.run([*fetched, "pip-audit", "--version"], capture_output=True, text=True, timeout=PATIENCE)
        if tried.returncode != 0:
            return NOT_CHECKED, f"NOT CHECKED: pip-audit cannot be fetched: {_last(tried.stderr)}"
        done = subprocess.run([*fetched, *ASKED], capture_output=True, text=True, timeout=PATIENCE)
        packages = json.loads(done.stdout)["dependencies"]
    except (OSError, subprocess.TimeoutExpired) as problem:
        return NOT_CHECKED, f"NOT CHECKED: {problem}"
    except (ValueError, KeyError, TypeError):
        return NOT_CHECKED, f"NOT CHECKED: {_last(done.stderr)}"
    return judged(packages)


def judged(packages: list[dict[str, Any]]) -> tuple[int, str]:
    """Status and text of pip-audit's answer. It ends with 0 also where it could look up no package at all: these are counted."""
    found = [f"{one['name']} {one['version']}: {flaw['id']}" for one in packages for flaw in one.get("vulns", [])]
    skipped = [one["name"] for one in packages if "skip_reason" in one]
    if found:
        return SOME, "\n".join(
            [*found, f"{len(found)} known; {len(skipped)} of {len(packages)} packages not looked up"]
        )
    if skipped or not packages:
        return NOT_CHECKED, f"NOT CHECKED: {len(skipped)} of {len(packages)} packages could not be looked up"
    return NONE, f"no known vulnerability in the {len(packages)} packages of requirements.lock"


def _last(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no reason given"


if __name__ == "__main__":
    status, told = audit()
    print(told, file=sys.stderr if status else sys.stdout)
    sys.exit(status)
