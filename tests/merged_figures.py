"""Figures of merged municipalities in the page to look around in, against those of the library on the same study."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from beleidsvrijheid.catalogue import read_sources
from beleidsvrijheid.indicators.inputs import Inputs
from beleidsvrijheid.indicators.panel import build_panel
from beleidsvrijheid.indicators.registers import FACILITIES
from beleidsvrijheid.mergers import indicators_of_merges
from beleidsvrijheid.sources.reading import read_table

ROOT = Path(__file__).parents[1]
SECTIONS = ("geography", "period", "sectors", "baskets", "deflator", "outliers")


def content_of(page: Path) -> dict[str, Any]:
    """The data inside the page."""
    text = page.read_text(encoding="utf-8")
    return json.loads(text.split('<script type="application/json" id="data">')[1].split("</script>")[0])


def drawn_groups(nis: list[str], pairs: int) -> list[list[str]]:
    """Random pairs and a trio of municipalities."""
    drawn = np.random.default_rng(3).permutation(len(nis))
    groups = [[nis[one] for one in drawn[start : start + 2]] for start in range(0, 2 * pairs, 2)]
    return [*groups, [nis[one] for one in drawn[2 * pairs : 2 * pairs + 3]]]


def merged_by_library(study: Path, groups: list[list[str]]) -> pd.Series:
    """(unit code, indicator, field) -> static value after the merger; study: the folder of a finished study."""
    config = yaml.safe_load((study / "results/run_config.yaml").read_text(encoding="utf-8"))
    processed = study / "data/processed"
    tables = {path.stem: pd.read_parquet(path) for path in (processed / "harmonised").glob("*.parquet")}
    tables[FACILITIES] = read_table(ROOT / "workflow/tables/facility_municipalities.csv")
    codes, units = read_table(ROOT / "workflow/tables/policy_fields.csv"), pd.read_parquet(processed / "units.parquet")
    inputs = Inputs(tables, units, codes, {name: config[name] for name in SECTIONS})
    sources = read_sources((ROOT / "workflow/sources.yaml").read_text(encoding="utf-8"))
    panel = pd.read_parquet(processed / "panel.parquet")
    rows = indicators_of_merges(panel, inputs, groups, sources, build_panel)
    rows = rows[rows["year"].isna()].drop_duplicates(["unit", "indicator", "beleidsveld"])
    return rows.set_index(["unit", "indicator", "beleidsveld"])["after"]


def compare(session, content: dict[str, Any], groups: list[list[str]], values: pd.Series) -> int:
    """Assert that the open page derives the same figures; how many were compared."""
    compared = 0
    for members in groups:
        places = [content["places"]["nis"].index(nis) for nis in members]
        told = session.run("return data.items.map((item) => mergedValue(item, arguments[0]))", places)
        unit = content["places"]["nis"][session.run("return largestPart(arguments[0])", places)]
        for item, own in zip(content["items"], told, strict=True):
            assert (own["basis"] == "none") == (item["recipe"] is None)
            if item["recipe"] is None:
                assert own["value"] is None
                continue
            expected = values.get((unit, item["id"], item["field"]), np.nan)
            value = np.nan if own["value"] is None else own["value"]
            exact = item["recipe"]["kind"] != "largest"  # what is taken over has the digits that are shipped
            told_of = (members, item["id"])
            assert value == pytest.approx(expected, rel=1e-9 if exact else 1e-5, abs=1e-12, nan_ok=True), told_of
            compared += 1
    return compared
