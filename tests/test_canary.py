"""A study whose libraries compute a known number wrong stops before anything is computed, with one message."""

import re
import shutil

import pytest

from .conftest import Study, copy_project

pytestmark = pytest.mark.slow

# What a release of a library may do: run by Python itself at its start.
BROKEN = """
import sys

if any(word.endswith("check_numbers.py") for word in sys.orig_argv):
    from statsmodels.regression import linear_model

    fit = linear_model.WLS.fit

    def wrong(self, *args, **options):
        result = fit(self, *args, **options)
        result.params[1] = -2.6e8
        return result

    linear_model.WLS.fit = wrong
"""


def test_a_study_with_a_broken_library_stops_before_anything_is_computed(tmp_path):
    project = copy_project(tmp_path / "project")
    study = Study(tmp_path / "study", project)
    study.folder.mkdir()
    shutil.copy2(project / "study" / "config.yaml", study.folder)
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "sitecustomize.py").write_text(BROKEN, encoding="utf-8")
    done = study.run("-c1", PYTHONPATH=str(broken))
    printed = done.stdout + done.stderr
    assert done.returncode != 0
    assert "statsmodels, weighted least squares" in printed and "Installed: numpy" in printed
    assert "Traceback" not in printed and printed.count("known numbers come out wrong") == 1
    assert not re.findall(r"^Job \d+: ", printed, re.MULTILINE) and not study.files("results", "data")
    # Mended, the same command runs: nothing is left locked.
    mended = study.run("-c1", "results/run_config.yaml")
    assert mended.returncode == 0 and "results/canary.csv" in study.files("results")
