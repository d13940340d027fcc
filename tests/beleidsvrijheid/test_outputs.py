"""What is written: atomic, the same bytes, ten digits; registers and generated pages."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from beleidsvrijheid.configuration import read_yaml, validate
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.outputs import MANY_ROWS, SIMULATED, write_bytes, write_csv, write_json, write_parquet
from beleidsvrijheid.publication import read_ids
from beleidsvrijheid.quality import as_html, as_table, compare_totals
from beleidsvrijheid.rawfiles import find_files
from document_project import pages

ROOT = Path(__file__).parents[2]


def test_csv_has_ten_digits_and_says_what_data_it_is(tmp_path):
    path = tmp_path / "a.csv"
    write_csv(pd.DataFrame({"nis": ["01001"], "value": [1 / 3], "gap": [np.nan]}), path, "simulated")
    assert path.read_text() == f"nis,value,gap,data_source\n01001,0.3333333333,,{SIMULATED}\n"


def test_a_table_without_rows_still_says_what_data_it_is(tmp_path):
    write_csv(pd.DataFrame(columns=["block", "r2_share"]), tmp_path / "a.csv", "simulated")
    assert (tmp_path / "a.csv").read_text() == f"block,r2_share,data_source\n,,{SIMULATED}\n"
    assert read_ids(tmp_path / "a.csv", ("block",)).empty


def test_json_is_sorted_rounded_and_without_nan(tmp_path):
    path = tmp_path / "a.json"
    write_json({"b": np.float64(2 / 3), "a": [np.nan, np.int64(3), True], "c": {1: np.inf}}, path)
    assert json.loads(path.read_text()) == {"a": [None, 3, True], "b": 0.6666666667, "c": {"1": None}}
    assert path.read_text().index('"a"') < path.read_text().index('"b"')


def test_what_rounding_left_of_a_zero_is_written_as_zero(tmp_path):
    rows = {"term": ["a", "b", "c"], "estimate": [3e-17, 3e-17, -2e-9], "std_error": [0.5, 1e-16, 0.5]}
    frame = pd.DataFrame(rows | {"p_value": [1e-20, 0.5, 0.5]})
    write_csv(frame, tmp_path / "a.csv")
    kept = "term,estimate,std_error,p_value\na,0,0.5,1e-20\nb,3e-17,1e-16,0.5\nc,-2e-09,0.5,0.5\n"
    assert (tmp_path / "a.csv").read_text() == kept
    assert frame["estimate"].tolist() == [3e-17, 3e-17, -2e-9]  # what was given stays as it is
    # Rows of unlike units: a share beside euros is no noise.
    write_csv(pd.DataFrame({"indicator": ["debt", "share"], "value": [4e9, 5e-4]}), tmp_path / "b.csv")
    assert "share,0.0005" in (tmp_path / "b.csv").read_text()
    write_csv(pd.DataFrame({"block": ["x"], "r2_share": [-4e-17], "ci_low": [0.0]}), tmp_path / "c.csv")
    assert (tmp_path / "c.csv").read_text().endswith("x,0,0\n")
    write_json({"residual_r2": {"r2": 2e-17, "ci_low": 0.0}, "aic": 2e-17}, tmp_path / "d.json")
    assert json.loads((tmp_path / "d.json").read_text()) == {"residual_r2": {"r2": 0, "ci_low": 0}, "aic": 2e-17}


def test_a_failed_write_leaves_the_old_file_and_no_leftovers(tmp_path, monkeypatch):
    path = tmp_path / "a.txt"
    write_bytes(b"old", path)
    monkeypatch.setattr("os.replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        write_bytes(b"new", path)
    assert path.read_bytes() == b"old" and [item.name for item in tmp_path.iterdir()] == ["a.txt"]


def test_parquet_twice_gives_the_same_bytes(tmp_path):
    frame = pd.DataFrame({"nis": ["01001"], "value": [0.1]})
    for name in ("a", "b"):
        write_parquet(frame, tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def totals(rows):
    return pd.DataFrame(rows, columns=["nis", "report_year", "year", "spending_eur"])


def test_totals_are_compared_and_every_case_is_listed():
    fields = totals([("a", 2014, 2014, 1000.0), ("b", 2014, 2014, 500.0), ("c", 2014, 2014, 5.0)])
    accounts = totals([("a", 2014, 2014, 1000.9), ("b", 2014, 2014, 600.0)])
    rows = compare_totals(fields, accounts)
    summary = [row for row in rows if "nis" not in row]
    assert [(row["n_checked"], row["n_failed"]) for row in summary] == [(3, 2)]
    cases = {row["nis"]: row for row in rows if "nis" in row}
    assert cases["b"]["expected"] == 600 and "one of the two is absent" in cases["c"]["reason"]


def test_the_page_shows_counts_and_escapes():
    table = as_table([{"check": "<b>x</b>", "kind": "check", "n_checked": 4, "n_failed": 1, "reason": "r"}], "s")
    page = as_html(table, "nl", SIMULATED)
    assert "75,0 %" in page and "&lt;b&gt;x" in page and SIMULATED in page and "Controles" in page


def configuration(path):
    return validate(read_yaml((ROOT / path).read_text(encoding="utf-8"), path))


def test_configured_files_must_exist(tmp_path, monkeypatch):
    deep = tmp_path / "a/b/c"  # the patterns begin with ../../../: they must not lead out of this test's own folder
    deep.mkdir(parents=True)
    monkeypatch.chdir(deep)
    config = configuration("tests/real/config.yaml")
    with pytest.raises(StudyError, match=r"data\.files\.\w+: no file matches"):
        find_files(config, read_all_sources())


def read_all_sources():
    from beleidsvrijheid.catalogue import read_sources

    return read_sources((ROOT / "workflow/sources.yaml").read_text(encoding="utf-8"))


def test_gathered_files_are_found_and_tidy_goes_first(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "data/raw/population"
    folder.mkdir(parents=True)
    (folder / "Bevolking_per_gemeente.xlsx").write_bytes(b"x")
    config = configuration("config.yaml")
    opened = config.model_copy(update={"data": config.data.model_copy(update={"source": "open"})})
    assert find_files(opened, read_all_sources()) == {"population": ["data/raw/population/Bevolking_per_gemeente.xlsx"]}
    (folder / "tidy.csv").write_text("nis,year,population\n")
    assert find_files(opened, read_all_sources()) == {"population": ["data/raw/population/tidy.csv"]}


@pytest.mark.parametrize("path", pages())
def test_generated_pages_have_not_drifted(path):
    assert (ROOT / path).read_text(encoding="utf-8") == pages()[path], f"{path}: run `make docs`"


@pytest.mark.parametrize("odd", [None, 'a,"b', True, pd.Timestamp("2020-01-01"), 0.1])
def test_a_long_table_is_written_as_a_short_one(tmp_path, odd):
    n = MANY_ROWS + 1
    frame = pd.DataFrame({
        "nis": pd.Series([f"{i:05d}" for i in range(n)], dtype="str"),
        "year": pd.array([pd.NA, *range(n - 1)], "Int64"),
        "value": [np.nan, np.inf, -1 / 3, 1e300, 0.0, *np.linspace(-1e-7, 1e9, n - 5)],
        "odd": [odd] * n,
    })  # fmt: skip
    write_csv(frame, tmp_path / "long.csv")
    parts = []
    for start in range(0, n, MANY_ROWS // 2):
        write_csv(frame[start : start + MANY_ROWS // 2], tmp_path / "part.csv")
        parts.append((tmp_path / "part.csv").read_bytes().split(b"\n", 1))
    assert (tmp_path / "long.csv").read_bytes() == parts[0][0] + b"\n" + b"".join(rest for _, rest in parts)


def test_texts_that_a_spreadsheet_would_run_are_quoted_and_numbers_are_not(tmp_path):
    frame = pd.DataFrame({"reason": ["=1+1", "-3", "a\r=2", None], "value": [-3.0, 1.5, 2.0, 0.0]})
    write_csv(frame, tmp_path / "a.csv", "open")
    text = (tmp_path / "a.csv").read_bytes().decode()
    assert text.splitlines()[1:4] == ["'=1+1,-3,open data", "-3,1.5,open data", "a =2,2,open data"]
