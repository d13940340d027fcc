"""A job's log holds its one message; a user's mistake leaves no traceback."""

import pytest

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.jobs import job_log


def test_a_mistake_ends_the_job_with_its_message_in_the_log(tmp_path):
    log = tmp_path / "job.log"
    with pytest.raises(SystemExit) as stop, job_log(log):
        raise StudyError("a.csv: row 3: wrong")
    assert stop.value.code == 1 and log.read_text() == "ERROR a.csv: row 3: wrong\n"


def test_faults_of_ours_are_in_the_log(tmp_path):
    log = tmp_path / "job.log"
    with pytest.raises(ZeroDivisionError), job_log(log) as logger:
        logger.info("started")
        raise ZeroDivisionError
    text = log.read_text()
    assert text.startswith("INFO started\n") and "Traceback" in text


def test_two_runs_leave_the_same_log(tmp_path):
    for name in ("a", "b"):
        with job_log(tmp_path / name) as logger:
            logger.info("rows: %d", 3)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
