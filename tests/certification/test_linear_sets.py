"""Every path on every linear set: enough digits, or a refusal that is listed here; never a wrong number in silence."""

import pytest

from . import sets
from .digits import Agreement, agreements
from .paths import PATHS, applies

ONCE = list(sets.linear_sets())
PROBLEMS = [*ONCE, *map(sets.doubled, ONCE), sets.grunfeld(), sets.weighted(), sets.grunfeld(1e9)]
# Set -> what the refusal says and the paths that give it; other paths and sets refuse nothing.
EXACT = "the outcome is an exact combination of th"
REFUSED = {
    "wampler1": (EXACT, {"ols", "panel_ols, pooled", "multiverse, pooled", "wild bootstrap"}),
    "wampler2": (EXACT, {"ols", "panel_ols, pooled", "multiverse, pooled", "wild bootstrap"}),
    "wampler1, twice": (EXACT, {"panel_ols, municipality effects", "multiverse, municipality effects"}),
    "wampler2, twice": (EXACT, {"panel_ols, municipality effects", "multiverse, municipality effects"}),
}


def measured(problem: sets.Problem, path) -> list[Agreement]:
    return [one for kind in path.kinds if applies(path, problem, kind) for one in agreements(path, problem, kind)]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.name)
@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.name)
def test_enough_digits_or_a_refusal_by_name(problem, path):
    found = measured(problem, path)
    if not found:
        assert "both" in path.name or problem.r2 == 1 or not (path.weights and problem.is_panel)
        return
    words, paths = REFUSED.get(problem.name, ("", set()))
    assert {one.verdict for one in found} == ({"refused"} if path.name in paths else {"met"}), found
    assert all(words in one.refusal for one in found if one.refusal)


def test_every_least_squares_covariance_is_measured():
    from beleidsvrijheid.estimators import LEAST_SQUARES

    own = {kind.name for path in PATHS for kind in path.kinds}
    # wild_cluster has the matrix of cluster; its p-values are in test_further.
    assert own == {*LEAST_SQUARES, "driscoll_kraay"} - {"wild_cluster"}


@pytest.mark.parametrize("name", ["Filip.dat", "Pontius.dat", "test_data.txt"])
def test_what_the_user_may_supply(name):
    if sets.supplied(name) is None:
        pytest.skip(f"{name} is in no installed package; {sets.VARIABLE} names the folder that holds it")
    if name.endswith(".dat"):
        problem = sets.nist_file(sets.supplied(name), sets.DEGREES[name.removesuffix(".dat")])
        assert problem.name in {one.name for one in PROBLEMS} and len(problem.outcome) in (40, 82)
    else:
        assert sum(1 for _ in sets.supplied(name).open(encoding="ascii")) == 5000
