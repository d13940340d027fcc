"""The list of municipalities."""

import pytest

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.sources import municipalities

from .small_country import write


def test_municipalities_must_agree_with_the_mergers(tmp_path):
    columns = "nis_2018,naam_2018,nis_2019,naam_2019,nis_2025,naam_2025,prov_2018,prov_2025\n"
    path = write(tmp_path / "g.csv", columns + "95001,A,95010,AB,95010,AB,1,1\n95002,B,95010,AB,95010,AB,1,1\n")
    mergers = write(
        tmp_path / "m.csv",
        "valid_from,nis_old,name_old,nis_new,name_new\n2019-01-01,95001,A,95010,AB\n2019-01-01,95002,B,95010,AB\n",
    )
    assert municipalities.parse(path, mergers)["nis_285"].tolist() == ["95010", "95010"]
    empty = write(tmp_path / "m.csv", "valid_from,nis_old,name_old,nis_new,name_new\n")
    with pytest.raises(StudyError, match="95001 becomes 95010 on 2019-01-01"):
        municipalities.parse(path, empty)
