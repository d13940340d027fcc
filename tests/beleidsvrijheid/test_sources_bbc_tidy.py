"""BBC exports with a row per figure: layouts B and D as printed."""

import pandas as pd

from .bbc_exports import ACROSS, PLANS, TIDY, changed, dropped, failing, parse_rows


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
