"""Child process: the specifications and tables of a finished study again, by the library of this environment.

PYTHONPATH=PROJECT/scripts python estimating.py PROJECT STUDY FOLDER [SPECIFICATION ...]

Five files per specification and the CSV of each table that shows
no others go to FOLDER/results.
"""

import sys
from pathlib import Path

from beleidsvrijheid.study import load_study
from estimate_specification import main as estimate_specification
from make_table import main as make_table

PROJECT, STUDY, FOLDER = map(Path, sys.argv[1:4])
KINDS = {"estimates": "csv", "fits": "json", "samples": "csv", "inference": "csv", "attribution": "csv"}


def path_of(kind: str, name: str) -> Path:
    """Where this process writes a result file of a specification."""
    path = FOLDER / "results" / kind / f"{name}.{KINDS[kind]}"
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def main(chosen: list[str]) -> None:
    """Estimate these specifications (all without names), then the tables that can be made of them."""
    study = load_study(PROJECT, STUDY, {})
    config, panel = study.resolved(), STUDY / "data/processed/panel.parquet"
    names = chosen or study.estimable
    for name in names:
        paths = {kind: path_of(kind, name) for kind in KINDS}
        entry, settings = config["specifications"][name], study.settings()
        estimate_specification(panel, STUDY / "data/processed/exclusions.json", [], entry, name, settings, **paths)
    for name, entry in config["tables"].items():
        shown = study.shown_by("tables", name)
        if not shown or not set(shown) <= set(names) or study.extra("tables", name):
            continue
        folder = FOLDER / "results/tables"
        folder.mkdir(exist_ok=True)
        make_table(
            settings=entry,
            specifications={one: config["specifications"][one] for one in shown},
            files={kind: [str(path_of(kind, one)) for one in shown] for kind in KINDS},
            panel=str(panel),
            catalogue=str(PROJECT / "workflow/indicators.yaml"),
            fields=str(PROJECT / "workflow/tables/stable_fields.csv"),
            language=config["study"]["language"],
            data_source=config["data"]["source"],
            confidence=config["inference"]["confidence"],
            outputs={"csv": str(folder / f"{name}.csv"), "caption": str(folder / f"{name}.rst")},
            refused=study.refused,
            own_indicators=config["own_indicators"],
        )


if __name__ == "__main__":
    main(sys.argv[4:])
