"""BBC exports with a row per board: layouts A, C and E as printed."""

import pytest

from beleidsvrijheid.sources import bbc

from .bbc_exports import (
    BOARDS,
    BY_FIELD,
    FOOTER,
    PLANS,
    REFERENCE,
    TERRITORY,
    WIDE,
    dropped,
    failing,
    parse_debt,
    parse_rows,
    parse_text,
    save_text,
)


def test_layout_a_is_read_as_printed(tmp_path):
    parsed = parse_text(tmp_path, WIDE)
    table = parsed.table.set_index(["nis", "code"])
    assert table.at[("95001", "0740"), "spending_eur"] == 688120
    assert table.at[("95001", "0750"), "spending_eur"] == -12345  # corrections keep their sign
    assert table.at[("95002", "0740"), "spending_per_inhabitant"] == 10
    assert ("95002", "0750") not in table.index  # absent is not zero
    assert set(table["year"]) == {2014} and not failing(parsed)
    assert parsed.notes["export.csv"] == {"status": "Origineel", "report_years": ["2014"], "rows": 2}


def test_windows_line_ends_a_byte_order_mark_quotes_and_blank_lines_change_nothing(tmp_path):
    plain = parse_text(tmp_path, WIDE).table
    quoted = WIDE.replace("7 Cultuur en vrije tijd", '"7 Cultuur; en vrije tijd"')
    for text in (WIDE.replace("\n", "\r\n"), "\ufeff" + WIDE, quoted, WIDE + ";;;;\n\n"):
        path = tmp_path / "other.csv"
        path.write_bytes(text.encode("utf-8"))
        assert bbc.parse([path], BY_FIELD, REFERENCE).table.equals(plain)


def test_boards_by_name_in_a_csv(tmp_path):
    text = WIDE.replace("NIS-code", "Bestuur").replace("95001", "Gemeente en OCMW Aalbeke").replace("95002", "Berkhout")
    assert parse_text(tmp_path, text).table.equals(parse_text(tmp_path, WIDE).table)


def test_the_footer_of_a_csv_goes_into_the_notes(tmp_path):
    footer = FOOTER.replace("Investering", "Exploitatie")
    parsed = parse_text(tmp_path, WIDE + footer + "\n")
    assert len(parsed.table) == 3
    assert parsed.notes["export.csv"]["filters"]["Niveau 7"] == "210 a, 211 b, 212 c of 214 d"


def test_layout_c_is_read_by_name_and_its_footer_kept(tmp_path):
    parsed = parse_rows(tmp_path, BOARDS)
    table = parsed.table.set_index(["nis", "code"])["spending_per_inhabitant"]
    assert table.to_dict() == {("95001", "214-0"): 3.5, ("95002", "214-0"): 1.25, ("95002", "230/4"): -2.0}
    assert parsed.notes["export.xlsx"]["filters"]["Type bestuur"] == "Gemeente en OCMW of District"


def test_layout_c_with_more_rows_above_and_a_row_of_measures(tmp_path):
    head = [["Type rapport", "Jaarrekening", "Jaarrekening"], ["Rapportjaar", 2014, 2014], *BOARDS[:2]]
    rows = [*head, ["Bestuur", "Uitgave per inwoner", "Uitgave per inwoner"], *BOARDS[2:]]
    assert parse_rows(tmp_path, rows).table.equals(parse_rows(tmp_path, BOARDS).table)


def test_districts_in_a_workbook_are_dropped_and_counted(tmp_path):
    rows = [*BOARDS[:4], ["District Berkhout", 9.0, 9.0], ["Total", 2.0, 1.0], *BOARDS[4:]]
    parsed = parse_rows(tmp_path, rows)
    assert len(parsed.table) == 3
    assert dropped(parsed)["district rows dropped"] == dropped(parsed)["subtotal rows dropped"] == 1


def test_layout_e_keeps_one_level_of_bestuur(tmp_path):
    parsed = parse_debt(tmp_path, TERRITORY)
    assert list(parsed.table.columns) == ["nis", "vintage", "year", "debt_eur", "debt_per_inhabitant"]
    rows = parsed.table[["nis", "year", "debt_eur"]].to_numpy().tolist()
    assert rows == [["95001", 2014, 9e6], ["95001", 2015, 8.5e6], ["95002", 2014, 1e6]]
    assert dropped(parsed)["other boards dropped"] == 3 and dropped(parsed)["subtotal rows dropped"] == 1
    assert not failing(parsed)
    assert parsed.notes["schuld.csv"]["filters"]["Status rapport"] == "Origineel"


def test_layout_e_with_one_level_only_needs_no_choice(tmp_path):
    lines = [line for line in TERRITORY.splitlines() if ";OCMW" not in line and ";AGB" not in line]
    assert parse_debt(tmp_path, "\n".join(lines)).table["debt_eur"].tolist() == [1e7, 8.5e6, 1e6]


def test_layout_e_with_fields_is_read_as_finance(tmp_path):
    head = [line.replace(";", ";;", 1) for line in WIDE.splitlines()[:7]]
    body = ["Grondgebied;Bestuur;Uitgave;Uitgave per inwoner;Uitgave;Uitgave per inwoner"]
    body += ["Aalbeke;Total;688.120;68,81;-12.345;-1,23", "Berkhout;Total;25.000;10,00;;"]
    assert parse_text(tmp_path, "\n".join([*head, *body])).table.equals(parse_text(tmp_path, WIDE).table)


def test_plans_may_overlap_in_years(tmp_path):
    first = WIDE.replace("Jaarrekening", "Meerjarenplan").replace(
        "Boekjaar;2014;2014;2014;2014", "Boekjaar;2020;2020;2020;2020"
    )
    second = first.replace("Rapportjaar;2014;2014;2014;2014", "Rapportjaar;2020;2020;2020;2020")
    paths = [save_text(tmp_path / "mjp 2014.csv", first), save_text(tmp_path / "mjp 2020.csv", second)]
    table = bbc.parse(paths, PLANS, REFERENCE).table
    assert table.groupby("report_year").size().to_dict() == {2014: 3, 2020: 3}


@pytest.mark.parametrize("n_fields", [3, 40])
def test_many_cells_one_by_one(tmp_path, n_fields):
    """Every cell of a larger export against the number that was written."""
    labels = [f"{100 + field:04d} Veld" for field in range(n_fields)]
    head = {"Type rapport": ["Jaarrekening"] * n_fields, "Rapportjaar": ["2014"] * n_fields}
    head |= {"Boekjaar": ["2014"] * n_fields, "Beleidsveld": labels, "NIS-code": ["Uitgave"] * n_fields}
    amounts = {
        nis: [(at - 1) * 1234567 + step for at in range(n_fields)] for step, nis in enumerate(("95001", "95002"))
    }
    rows = [[nis, *(f"{one:,}".replace(",", ".") for one in own)] for nis, own in amounts.items()]
    lines = [";".join([label, *cells]) for label, cells in head.items()] + [";".join(row) for row in rows]
    table = parse_text(tmp_path, "\n".join(lines)).table
    assert table["spending_eur"].tolist() == [*amounts["95001"], *amounts["95002"]]
