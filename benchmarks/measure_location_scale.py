"""Time of the location-scale model of the reform (E3) on 60,000 rows, larger than any study of Flanders.

Run with `make bench`, or alone. 300 municipalities, ten fields of which five reformed, 20 years, ten predictors: 40 columns
in the mean and 69 in the ln variance, with the clustered jackknife covariance that is published. The best of several fresh
processes of one thread each, as jobs of a study have.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
MUNICIPALITIES, FIELDS, REFORMED, YEARS, PREDICTORS = 300, 10, 5, 20, 10
PLANTED = 0.3  # rise of the ln variance in reformed fields after the reform
REPEATS = 3
THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


def made_up():
    """Rows of municipality x field x year as E3 has them, with a planted rise of the ln variance."""
    import pandas as pd

    from beleidsvrijheid.models.field_sample import LongSample

    rng = np.random.default_rng(20_261_122)
    unit, field, year = (index.ravel() for index in np.indices((MUNICIPALITIES, FIELDS, YEARS)))
    predictors = rng.normal(size=(MUNICIPALITIES, PREDICTORS))
    names = [f"z{number}" for number in range(PREDICTORS)]
    reformed, post = (field < REFORMED).astype(float), (year >= YEARS // 2).astype(float)
    log_variance = PLANTED * reformed * post + 0.2 * predictors[unit, 0]
    outcome = 3 + 0.5 * field + np.exp(log_variance / 2) * rng.normal(size=len(unit))
    rows = {"nis": np.char.zfill(unit.astype(str), 5), "field": np.char.zfill(field.astype(str), 3), "time": year}
    rows |= {"reformed": reformed, "post": post, "outcome": outcome}
    frame = pd.DataFrame(rows | dict(zip(names, predictors[unit].T, strict=True)))
    return LongSample(frame, {"capacity": names[:5], "politics": names[5:]}, [], pd.DataFrame(), [])


def run_here() -> None:
    """In a process of its own: estimate once; print rows and seconds as JSON."""
    sys.path.insert(0, str(ROOT / "scripts"))
    from beleidsvrijheid.models.location_scale import reform_problem

    sample = made_up()
    began = time.perf_counter()
    found = reform_problem(sample).fit()
    seconds = time.perf_counter() - began
    at = found.variance_terms.index("reform")
    assert abs(found.variance[at] - PLANTED) < 5 * found.errors()[1][at]
    print(json.dumps({"rows": len(sample.frame), "seconds": seconds}))


def measure() -> tuple[int, float]:
    """Rows, and the best wall time of several processes."""
    alone = os.environ | dict.fromkeys(THREADS, "1")
    command = [sys.executable, __file__, "--here"]
    runs = [
        json.loads(subprocess.run(command, capture_output=True, text=True, check=True, env=alone).stdout)
        for _ in range(REPEATS)
    ]
    return runs[0]["rows"], min(run["seconds"] for run in runs)


if __name__ == "__main__":
    if "--here" in sys.argv:
        run_here()
    else:
        print("{:,} rows: {:.2f} s".format(*measure()))
