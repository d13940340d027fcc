"""Munnell, wage_panel, Card, Mroz, and Petersen where it is supplied, as printed to the last decimal."""

import pytest

from . import published, sets

TABLES = list(published.tables())


@pytest.mark.parametrize("table", TABLES, ids=lambda one: f"{one.set} {one.table}")
def test_numbers_are_as_printed(table):
    compared, wrong = table.compare()
    assert compared == sum(map(len, table.printed.values())) and wrong == []


def test_every_printed_table_is_compared_where_its_data_are_there():
    wanted = {(name, table) for name, own in sets.reference("published").items() for table in own}
    without = {pair for pair in wanted if pair[0] == "petersen"} if sets.supplied("test_data.txt") is None else set()
    assert {(one.set, one.table) for one in TABLES} == wanted - without


def test_as_printed_means_rounded_to_the_decimals():
    assert published.is_as_printed(0.07549, "0.075") and published.is_as_printed(-0.0755, "-0.076")
    assert not published.is_as_printed(0.0744, "0.075") and not published.is_as_printed(0.07551, "0.075")
