"""Belfius clusters and their corrections."""

import pandas as pd
import pytest

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.sources import belfius

from .small_country import REFERENCE, SOURCES, write


def test_a_misprinted_cluster_needs_a_reviewed_correction(tmp_path):
    path = write(tmp_path / "belfius.csv", "nis_2018,cluster\n95001,V1\n95002,V61\n")
    with pytest.raises(StudyError, match="95002: cluster 'V61' does not exist"):
        belfius.parse([path], SOURCES["belfius_clusters"], REFERENCE)
    header = "nis_2018,column,printed,corrected,reason\n"
    corrections = write(tmp_path / "corrections.csv", header + "95002,cluster,V61,V16,misprint\n")
    parsed = belfius.parse([path, corrections], SOURCES["belfius_clusters"], REFERENCE)
    assert parsed.table["cluster"].tolist() == ["V1", "V16"]
    stale = write(tmp_path / "corrections.csv", header + "95001,cluster,V61,V16,misprint\n")
    with pytest.raises(StudyError, match="95001: the source does not print 'V61'"):
        belfius.parse([path, stale], SOURCES["belfius_clusters"], REFERENCE)


def test_families_follow_the_clusters():
    assert belfius.family(pd.Series([1, 5, 6, 8, 9, 12, 13, 14, 15, 16])).tolist() == [1, 1, 2, 2, 3, 3, 4, 4, 5, 6]
