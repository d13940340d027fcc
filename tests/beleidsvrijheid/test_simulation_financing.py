"""Financing, receipts, debt and actions of the simulated country: parsed back, they are what was drawn."""

import numpy as np
import pandas as pd
import pytest

from beleidsvrijheid.quality import compare_totals
from beleidsvrijheid.simulation import financing, layouts
from beleidsvrijheid.simulation.country import draw_country
from beleidsvrijheid.simulation.covariates import draw_municipalities
from beleidsvrijheid.simulation.parameters import ACCOUNT_YEARS, SIMULATED, YEARS
from beleidsvrijheid.simulation.register import draw_register
from beleidsvrijheid.simulation.registers import published_dose
from beleidsvrijheid.sources.reader import parse
from beleidsvrijheid.sources.reading import Reference

from .small_country import NO_ALIASES, SOURCES

SEED = 11


@pytest.fixture(scope="module")
def country():
    """places, register, and units as the parsers know them."""
    places = draw_municipalities(draw_country(1, np.random.default_rng(SEED)), np.random.default_rng(SEED + 1))
    register = draw_register(places.country, np.random.default_rng(SEED + 2))
    codes = {f"nis_{vintage}": register.nis_2025 for vintage in (308, 300, 285)}
    return places, register, pd.DataFrame(codes | {f"naam_{v}": register.name_2025 for v in (308, 300, 285)})


@pytest.fixture(scope="module")
def files(country, project_root):
    places, register, _ = country
    folder = project_root / "workflow" / "tables"
    names = ("policy_fields", "stable_fields", "domains")
    tables = [pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False) for name in names]
    labels = layouts.field_labels(*tables)
    return dict(financing.finance_files(places, register, labels, tables[0], np.random.default_rng([SEED, 204])))


@pytest.fixture(scope="module")
def drawn(country):
    return financing.draw_finances(country[0], np.random.default_rng([SEED, 204]))


@pytest.fixture(scope="module")
def parsed(country, files, tmp_path_factory):
    places, register, units = country
    people = places.country.unit_population
    population = pd.DataFrame(
        {
            "nis": np.repeat(register.nis_2025, len(YEARS)),
            "year": list(YEARS) * len(people),
            "population": people.ravel(),
        }
    )
    folder, results, paths = tmp_path_factory.mktemp("raw"), {}, {}
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        paths.setdefault(path.parent.name, []).append(path)
    for source, own in paths.items():
        results[source] = parse(
            SOURCES[source], own, Reference(units, NO_ALIASES, population.astype({"population": float}))
        )
    return results


def totals(parsed, column):
    return parsed.table.groupby(["nis", "year"])[column].sum()


def expected(amounts, nis):
    """Sum per municipality and year of {year: (U, C)}."""
    return pd.concat({year: pd.Series(own.sum(axis=1), index=nis) for year, own in amounts.items()}).swaplevel()


def test_nothing_fails_and_files_are_small(parsed, files):
    rows = [row for one in parsed.values() for row in one.checks if row["kind"] == "check" and row["n_failed"]]
    assert rows == []
    assert len(files) == 9 and max(map(len, files.values())) < 500_000


def test_receipts_come_back_to_the_euro(parsed, drawn, country):
    nis = country[1].nis_2025
    for source, amounts in (
        ("bbc_accounts_by_account_operating", drawn.receipts),
        ("bbc_accounts_by_field_operating", drawn.receipts_by_field),
    ):
        read, put = totals(parsed[source], "receipts_eur"), expected(amounts, nis)
        pd.testing.assert_series_equal(read.sort_index(), put.sort_index().astype(float), check_names=False)
        assert parsed[source].table["spending_eur"].isna().all()
    codes = set(parsed["bbc_accounts_by_account_operating"].table["code"])
    assert {"7300", "7301", "74000", "74001", "7401/4", "7405/9"} <= codes


def test_fields_add_up_to_accounts(parsed):
    for section in ("operating", "financing"):
        pair = [parsed[f"bbc_accounts_by_{view}_{section}"].table for view in ("field", "account")]
        if section == "financing":  # layout D has figures per inhabitant only
            continue
        rows = compare_totals(*pair)
        assert rows and all(row["n_failed"] == 0 for row in rows)
    plans = [parsed[f"bbc_plans_by_{view}_financing"].table for view in ("field", "account")]
    assert all(row["n_failed"] == 0 for row in compare_totals(*plans))


def test_financing_in_layout_d_is_the_amount_over_inhabitants(parsed, drawn, country):
    places, register, _ = country
    people, nis = places.country.unit_population, register.nis_2025
    table = parsed["bbc_accounts_by_account_financing"].table
    assert table["spending_eur"].isna().all() and set(table["code"]) == {"4233", "424", "1733"}
    living = pd.Series(people[:, YEARS.index(2019)], index=nis)
    own = table[table["year"] == 2019].groupby("nis")["spending_per_inhabitant"].sum() * living
    np.testing.assert_allclose(own[nis], drawn.repaid[2019].sum(axis=1), rtol=1e-9)


def test_debt_moves_with_loans_and_repayments(parsed, drawn, country):
    table = parsed["debt"].table
    read = table.pivot(index="nis", columns="year", values="debt_eur").loc[country[1].nis_2025]
    assert read.columns.tolist() == list(ACCOUNT_YEARS)
    np.testing.assert_array_equal(read.to_numpy(), drawn.debt)
    repaid = np.stack([drawn.repaid[year].sum(axis=1) for year in ACCOUNT_YEARS[1:]], axis=1)
    loans = np.diff(drawn.debt, axis=1) + repaid
    assert (loans >= 0).all() and 0.5 < (loans > 0).mean() < 0.9


def test_grants_are_those_of_the_file_of_general_grants(drawn, country):
    """Before the reform the sectoral grants are specific receipts, from 2016 on general ones, of the same size."""
    places = country[0]
    accounts = [account[0].split(" ")[0] for account in financing.RECEIPTS]
    extra, specific = accounts.index("REK74001"), accounts.index("REK7405/9")
    assert (drawn.receipts[2015][:, extra] == 0).all()
    dose = drawn.receipts[2016][:, extra] / places.country.unit_population[:, YEARS.index(2016)]
    np.testing.assert_allclose(dose, published_dose(places), atol=0.05)
    assert drawn.receipts[2015][:, specific].sum() - drawn.receipts[2016][:, specific].sum() > 100e6


def test_some_municipalities_only_had_a_grant_for_development_cooperation_and_integration(parsed, drawn):
    """Zero-dose units; the grants of all fields together are what they were, and nothing is left of them in 2016."""
    table = parsed["bbc_accounts_by_field_operating"].table
    for code, (share, _) in financing.GRANT_FIELDS.items():
        own = table[(table["code"] == code) & (table["receipts_eur"] > 0)]
        assert own["nis"].nunique() == round(share * len(drawn.debt)) and set(own["year"]) == {2014, 2015}
    places = len(financing.RECEIPT_FIELDS)
    leisure = drawn.receipts_by_field[2015][:, 3:6].sum(axis=1) + drawn.receipts_by_field[2015][:, places:].sum(axis=1)
    specific = drawn.receipts[2015][:, -1] - drawn.receipts_by_field[2015][:, 6:places].sum(axis=1)
    np.testing.assert_array_equal(leisure, specific)


def test_actions_come_back_with_their_plan(parsed, files):
    table = parsed["plan_actions"].table
    assert set(table["report_year"]) == {2020} and set(table["action"]) == {"AC000001", "AC000002"}
    assert table["nis"].nunique() >= 280 and (table["spending_eur"] > 0).all()
    assert SIMULATED in files["plan_actions/acties 2020.csv"].decode()
    assert parsed["debt"].notes["financiele schuld.csv"]["filters"]["Opmerking"] == SIMULATED


def test_all_six_layouts_are_written(files):
    begins = {name: content[:40] for name, content in files.items()}
    assert sum(content.startswith(b"PK") for content in begins.values()) == 2
    assert sum(content.startswith(b"Type rapport;Jaarrekening") for content in begins.values()) == 4
    assert begins["debt/financiele schuld.csv"].startswith(b"Type rapport;;")
    assert begins["plan_actions/acties 2020.csv"].startswith(b"Bestuur;Beleidsdoelst.")
