"""Freeze the plan of a study: a checksum of every choice in config.yaml that decides results goes into plan.sha256.

A plan that stands is replaced only with --again, which says what has changed since.
"""

import argparse
import os
import sys
from pathlib import Path

from run_study import ROOT

sys.path.insert(0, str(ROOT / "scripts"))

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.plan import NONE, PLAN, deviations, freeze, load_plan, plan_hashes
from beleidsvrijheid.study import load_study


def changes(found) -> str:
    """One line per difference: kind, section and entry."""
    names = [".".join(part for part in (row.section, row.key) if part) for row in found.itertuples()]
    return "\n".join(f"  {kind:<8} {name}" for kind, name in zip(found["kind"], names, strict=True))


def freeze_study(study: Path, again: bool) -> str:
    """Write the plan of a study folder and return what to tell. Raises StudyError where a plan stands and differs."""
    # Raw files need not be there: a plan is made before them.
    resolved = load_study(ROOT, study, {}, gathers=True).resolved()
    plan = None if again and not is_readable(study) else load_plan(study)
    found = deviations(plan, plan_hashes(resolved))
    if plan is not None and found["kind"].tolist() == [NONE]:
        return f"{study / PLAN}: as it was frozen on {plan.frozen}; nothing has changed"
    if plan is not None and not again:
        raise StudyError(
            f"{study / PLAN}: was frozen on {plan.frozen} and config.yaml has changed since:\n{changes(found)}\n"
            "Leave it, and the report lists these as deviations; or freeze the plan again: make freeze ARGS=--again"
        )
    told = f"Changed since {plan.frozen}:\n{changes(found)}\n" if plan is not None else ""
    made = freeze(study, resolved)
    return f"{told}{study / PLAN}: {len(made.hashes)} checksums, plan {made.sha256}. Commit it with config.yaml."


def is_readable(study: Path) -> bool:
    """Whether the plan that stands can be read; --again may replace one that cannot."""
    try:
        load_plan(study)
    except StudyError:
        return False
    return True


def main(arguments: list[str]) -> int:
    """Freeze the plan of the study named by the environment or in the arguments. Returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--study", default=os.environ.get("FREEZE_STUDY") or ".", help="folder with config.yaml")
    parser.add_argument("--again", action="store_true", help="replace a plan that stands")
    options = parser.parse_args(arguments)
    study = Path(options.study).resolve()
    try:
        if not study.is_dir():
            raise StudyError(f"{options.study}: no such folder; name a folder that holds a config.yaml (STUDY=...)")
        print(freeze_study(study, options.again))
    except (StudyError, OSError) as mistake:
        print(f"\n{mistake}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
