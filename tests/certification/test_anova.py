"""NIST's analyses of variance: F and R2 as certified, or a refusal where floats hold too few digits of the figures."""

import pytest

from .anova import LARGEST, SETS, agreements, analysis, exact
from .digits import right

REFUSED = ("SmLs07", "SmLs08", "SmLs09")


@pytest.mark.parametrize("name", [name for name in SETS if name not in LARGEST])
def test_enough_digits_or_a_refusal_by_name(name):
    found = agreements(name)
    assert {one.verdict for one in found} == ({"refused"} if name in REFUSED else {"met"}), found
    assert all("digits" in one.refusal for one in found if one.refusal)


def test_floats_hold_too_few_digits_of_the_last_sets_for_any_program():
    for name, least, most in (("SmLs01", 14, 15), ("SmLs04", 10, 11), ("SmLs07", 4, 5)):
        limit = right(float(exact(name)["statistic"]), analysis(name).certified["statistic"])
        assert least <= limit <= most, name
