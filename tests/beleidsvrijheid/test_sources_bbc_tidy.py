"""BBC exports with a row per figure: layouts B and D as printed."""

import pandas as pd

from beleidsvrijheid.sources.bbc_totals import OF_BOARDS, OF_DETAILS

from .bbc_exports import ACROSS, FIELDS_ACROSS, PLANS, SOURCES, TIDY, changed, dropped, failing, parse_rows


def test_layout_b_is_read_as_printed(tmp_path):
    parsed = parse_rows(tmp_path, TIDY, PLANS)
    rows = parsed.table[["nis", "report_year", "year", "code", "spending_eur", "spending_per_inhabitant"]]
    assert rows.to_numpy().tolist() == [
        ["95001", 2020, 2020, "0740", 688120.0, 68.81],
        ["95001", 2020, 2021, "0740", 500000.5, 50.0],
        ["95002", 2020, 2020, "0740", -25000.0, -10.0],
    ]
    assert dropped(parsed)["subtotal rows dropped"] == 1 and not failing(parsed)
    assert parsed.notes["export.xlsx"]["filters"]["Status rapport"] == "Origineel"


def test_layout_b_with_codes_as_numbers_by_name_and_with_receipts(tmp_path):
    numbered = changed(TIDY, (4, 1, 95001), (5, 1, 95001), (6, 1, 95002))
    named = changed(TIDY, (3, 1, "Bestuur"), (4, 1, "Gemeente en OCMW Aalbeke"), (5, 1, "Aalbeke"), (6, 1, "BERKHOUT"))
    plain = parse_rows(tmp_path, TIDY, PLANS).table
    assert parse_rows(tmp_path, numbered, PLANS).table.equals(plain)
    named[6][0] = "Total"
    assert parse_rows(tmp_path, named, PLANS).table.equals(plain)
    received = parse_rows(tmp_path, changed(TIDY, (3, 8, "Ontvangst"), (3, 9, "Ontvangst per inwoner")), PLANS).table
    assert received["receipts_eur"].tolist() == plain["spending_eur"].tolist()
    assert received["spending_eur"].isna().all()


def test_layout_d_is_turned_and_its_subtotals_dropped(tmp_path):
    parsed = parse_rows(tmp_path, ACROSS)
    figures = parsed.table.set_index(["nis", "year", "code"])["spending_per_inhabitant"]
    assert figures.to_dict() == {
        ("95001", 2014, "214-0"): 3.5,
        ("95001", 2015, "664"): 1.0,
        ("95002", 2014, "664"): 2.0,
        ("95002", 2015, "664"): 0.0,  # printed as zero, so not absent
    }
    assert dropped(parsed)["subtotal rows dropped"] == 3 and dropped(parsed)["subtotal columns dropped"] == 1
    assert not failing(parsed)


def test_layout_d_with_two_measures_and_a_district(tmp_path):
    more = [[row[4] if isinstance(row[4], float) else None for row in ACROSS]]
    rows = [[*row, None if add is None else add * 10000] for row, add in zip(ACROSS, more[0], strict=True)]
    rows = changed(rows, (1, 7, "District Berkhout"), (1, 8, "Gemeente en OCMW Aalbeke"), (2, 8, "Uitgave"))
    parsed = parse_rows(tmp_path, rows)
    table = parsed.table.set_index(["nis", "year", "code"])
    assert table.at[("95001", 2014, "214-0"), "spending_eur"] == 35000
    assert pd.isna(table.at[("95002", 2014, "664"), "spending_eur"])
    assert dropped(parsed)["district columns dropped"] == 1 and not failing(parsed)


def test_layout_d_compares_the_totals_within_a_year_with_their_details(tmp_path):
    source = SOURCES["bbc_accounts_by_field_investment"]
    parsed = parse_rows(tmp_path, FIELDS_ACROSS, source)
    (row,) = [row for row in parsed.checks if row["check"] == OF_DETAILS]
    assert (row["n_checked"], row["n_failed"]) == (4, 0)  # of two municipalities, at two levels
    assert "4 totals over several years not compared" in row["reason"]
    assert len(parsed.table) == 4 and dropped(parsed)["subtotal rows dropped"] == 4
    spoiled = parse_rows(tmp_path, changed(FIELDS_ACROSS, (7, 8, 0.02)), source)
    summary, *cases = failing(spoiled)
    assert (summary["n_checked"], summary["n_failed"]) == (4, 2)
    assert [(case["file"], case["year"], case["value"], case["expected"]) for case in cases] == [
        ("export.xlsx", 2014, 2.0, 0.02)
    ] * 2
    assert [case["reason"].split(":")[0] for case in cases] == [
        f"row {row}, column 8 (Uitgave per inwoner)" for row in (4, 5)
    ]
    assert 0.02 in set(spoiled.table["spending_per_inhabitant"])  # kept as printed


def test_layout_d_allows_for_rounding_and_counts_a_total_without_details(tmp_path):
    """Half a cent for each of two details and for the total; a total that nothing adds up to is a figure lost."""
    source = SOURCES["bbc_accounts_by_field_investment"]
    assert not failing(parse_rows(tmp_path, changed(FIELDS_ACROSS, (4, 7, 6.015)), source))
    assert len(failing(parse_rows(tmp_path, changed(FIELDS_ACROSS, (4, 7, 6.016)), source))) == 2
    lost = [*FIELDS_ACROSS[:5], *FIELDS_ACROSS[6:]]
    assert [row["n_failed"] for row in failing(parse_rows(tmp_path, lost, source))] == [2, 1, 1]
    other = changed(FIELDS_ACROSS, (5, 4, "8 Leren en onderwijs"))
    assert [row["n_failed"] for row in failing(parse_rows(tmp_path, other, source))] == [2, 1, 1]


def test_layout_d_compares_a_column_of_totals_in_euros(tmp_path):
    source = SOURCES["bbc_accounts_by_field_investment"]
    rows = [[cell.replace(" per inwoner", "") if cell == "Uitgave per inwoner" else cell for cell in row]
            for row in FIELDS_ACROSS]  # fmt: skip
    rows = changed(rows, (6, 9, 3.5), (7, 9, 4.5), (8, 9, 3.5))
    summary, case = failing(parse_rows(tmp_path, rows, source))
    assert (summary["check"], summary["n_checked"], summary["n_failed"]) == (OF_BOARDS, 3, 1)
    assert "row 8 (Total), column 9 (Uitgave, 2015, 0750)" in case["reason"] and case["year"] == 2015


def test_layout_b_compares_totals_of_a_municipality(tmp_path):
    total = ["95001", "Meerjarenplan", 2020, 2020, "7 Vrije tijd", "Total", None, 688121.5, 68.81]
    assert [row["n_failed"] for row in failing(parse_rows(tmp_path, [*TIDY, total], PLANS))] == [1, 1]
    assert not failing(parse_rows(tmp_path, [*TIDY, [*total[:7], 688121, 68.81]], PLANS))
