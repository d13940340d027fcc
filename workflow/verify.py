"""Say what differs from the last finished `make study`: inputs, code, environment, results, Snakemake's records.

Compares contents, whatever their dates. Exit status 0 where nothing differs, 1 otherwise. Writes nothing.
"""

import argparse
import fcntl
import os
import sys
from collections import Counter
from pathlib import Path

from tampering import present_manifest

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.manifest import MANIFEST, SECTIONS, differences, read_manifest


def refuse_during_a_run(study: Path) -> None:
    """Raise StudyError while a run changes the folder. The lock is only looked at: the folder may be read-only."""
    try:
        with open(study / ".study.lock", "rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return
    except BlockingIOError:
        raise StudyError(f"{study}: a run of this study is going on; verify it when it has ended") from None


def verify(study: Path) -> int:
    """Print what differs. Returns the exit status; raises StudyError where nothing can be compared."""
    if not study.is_dir():
        raise StudyError(f"{study}: no such folder; name a folder that holds a config.yaml (STUDY=...)")
    refuse_during_a_run(study)
    before = read_manifest(study)
    if before is None:
        raise StudyError(
            f"{study / MANIFEST}: no such file, so there is nothing to compare with; a finished `make study` writes it"
        )
    now = present_manifest(study)
    found = differences(before, now)
    print("".join(f"{one.told()}\n" for one in found), end="")
    counts = ", ".join(f"{len(now[section])} {section}" for section in SECTIONS)
    if not found:
        print(f"As the last finished run left it: {counts}.")
        return 0
    per_section = Counter(one.section for one in found)
    told = ", ".join(f"{number} in {section}" for section, number in per_section.items())
    print(f"{len(found)} differences from the last finished run: {told} (compared: {counts}).")
    return 1


def main(arguments: list[str]) -> int:
    """Verify the study named by the environment or in the arguments. Returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--study", default=os.environ.get("VERIFY_STUDY") or ".", help="folder with config.yaml")
    options = parser.parse_args(arguments)
    try:
        return verify(Path(options.study).resolve())
    except (StudyError, OSError) as mistake:
        print(f"\n{mistake}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
