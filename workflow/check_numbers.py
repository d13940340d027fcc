"""Numbers whose right value is known, worked out before any job of a run; a wrong one stops it.

No rule: an input of every job that computes would make Snakemake overlook what else has changed in the run that makes it
again (an `ancient` file hides its readers, see Snakefile).
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))

from beleidsvrijheid.canary import as_table, run, stop_where_broken
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.outputs import write_csv
from beleidsvrijheid.versions import environment


def main(canary: str, data_source: str) -> None:
    """Write results/canary.csv; exit with one message where a number is wrong, and leave the file of the last good run."""
    outcomes = run()
    try:
        stop_where_broken(outcomes, environment())
    except StudyError as mistake:
        sys.exit(f"\n{mistake}\n")
    os.makedirs(os.path.dirname(canary), exist_ok=True)
    write_csv(as_table(outcomes), canary, data_source)


if __name__ == "__main__":
    main(*sys.argv[1:])
