"""Configurations with a mistake: each refused by file and key before anything runs, and never taken in another sense."""

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from .account import Outcome, attempt, record
from .settings import PLAIN, checked, edited, places, value_at, with_value, written

QUIET = settings(
    derandomize=True,
    deadline=None,
    database=None,
    max_examples=40,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
# What is wrong -> a text of the configuration, what stands there instead, what the message must name besides the file.
BY_HAND = {
    "values": {
        "a seed below zero": ("seed: 20200101", "seed: -1", "seed"),
        "half a seed": ("seed: 20200101", "seed: 1.5", "seed"),
        "a seed in words": ("seed: 20200101", "seed: twenty", "seed"),
        "an empty title": ("Kleine studie om de pijplijn te toetsen", '""', "study.title.nl"),
        "another language": ("language: en", "language: de", "study.language"),
        "another vintage": ("vintage: 285", "vintage: 581", "geography.vintage"),
        "a vintage as text": ("vintage: 285", 'vintage: "285"', "geography.vintage"),
        "three years": ("pre: {years: [2014, 2015]}", "pre: {years: [2014, 2015, 2016]}", "period.pre.years"),
        "one year": ("pre: {years: [2014, 2015]}", "pre: {years: [2014]}", "period.pre.years"),
        "years backwards": ("pre: {years: [2014, 2015]}", "pre: {years: [2015, 2014]}", "pre must end before"),
        "periods that overlap": ("post: {years: [2020, 2023]}", "post: {years: [2015, 2023]}", "pre must end before"),
        "reform outside": ("reform_year: 2016", "reform_year: 1999", "sectors.reform_year"),
        "a field as a number": ('"016", ', "16, ", "sectors.reformed"),
        "an unknown field": ('"016", "0902"', '"0160", "0902"', "sectors.reformed"),
        "a field of both kinds": ('comparison: ["034"', 'comparison: ["070", "034"', "'070'"),
        "an unknown basket": ("baskets: [domains", "baskets: [dommains", "baskets"),
        "no basket": ("baskets: [domains, all_stable, reformed]", "baskets: []", "baskets"),
        "a share of one": ("capacity: 0.05, scale", "capacity: 1, scale", "block_shares.capacity"),
        "a negative share": (
            "block_shares: {capacity: 0.05, scale: 0.03",
            "block_shares: {capacity: 0.05, scale: -0.03",
            "block_shares.scale",
        ),
        "a cluster that is none": ("clusters: [V16]", "clusters: [V17]", "outliers.coast.clusters"),
        "few draws": ("draws: 99,", "draws: 98,", "inference.draws"),
        "too many draws": ("draws: 99,", "draws: 100000,", "inference.draws"),
        "a confidence of one": ("confidence: 0.95", "confidence: 1", "inference.confidence"),
        "a confidence in per cent": ("confidence: 0.95", "confidence: 95", "inference.confidence"),
        "other weights": ("weights: rademacher", "weights: gaussian", "inference.weights"),
        "an alpha of one": ("alpha: 0.05", "alpha: 1.0", "equivalence.alpha"),
        "no bound": ("r2_bounds: [0.10, 0.05]", "r2_bounds: []", "equivalence.r2_bounds"),
        "a quantile of one": ("quantiles: [0.1, 0.5, 0.9]", "quantiles: [0.1, 1]", "quantiles"),
        "a level in a list": ("alpha: 0.05", "alpha: [0.05]", "equivalence.alpha"),
        "a name with capitals": ("  s2_ceiling:", "  S2_ceiling:", "S2_ceiling"),
        "a name with a blank": ("  s2_ceiling:", "  s2 ceiling:", "s2 ceiling"),
        "a number for a list": ("lags: [1, 5]", "lags: 1", "lags"),
        "a lag of zero": ("lags: [1, 5]", "lags: [0]", "lags"),
        "a fake source": ("source: simulated", "source: invented", "data.source"),
        "a file of a simulated study": ("on_absent: stop", "on_absent: stop\n  files: {cpi: a.json}", "files"),
        "a mirror that is none": ("on_absent: stop", "on_absent: stop\n  mirror: ftp://x", "data.mirror"),
        "a mirror with a password": ("on_absent: stop", "on_absent: stop\n  mirror: http://u:p@h", "data.mirror"),
    },
    "references": {
        "an unknown outcome": ("outcome: portfolio_shift", "outcome: portfolio_shfit", "outcome"),
        "an unknown indicator": ("capacity: [vte_per_1000, real", "capacity: [vte_per_100, real", "blocks"),
        "an unknown control": ("controls: [belfius_family,", "controls: [belfius_familly,", "controls"),
        "an unknown exclusion": ("exclude: [smallest]", "exclude: [small]", "exclude"),
        "an unknown block": ("blocks: [capacity, scale, politics]", "blocks: [capacity, scales]", "scales"),
        "an unknown estimator": ("estimator: quantile", "estimator: lasso", "estimator"),
        "a covariance of another": ("covariance: {type: wilson}", "covariance: {type: HC3}", "covariance"),
        "an unknown effect": ("effects: [municipality, year]", "effects: [municipality, province]", "effects"),
        "an unknown column": ("columns: [r1_portfolio_shift, f6", "columns: [r1_portfolio, f6", "tables.descriptives"),
        "an unknown figure": ("{kind: dispersion,", "{kind: pie,", "figures.dispersion_by_field"),
        "an unknown primary": ("primary: r1_portfolio_shift", "primary: r9", "primary"),
        "an unknown family": ("entries: [slopes_of_scale]", "entries: [slopes]", "tables.slopes_of_scale"),
        "an unknown entry": ("entries: [scale_necessity]}", "entries: [necessary]}", "entries"),
        "an unknown term": ("term: log_population, columns", "term: log_pop, columns", "term"),
        "an unknown base": ("base: r1_portfolio_shift", "base: r7", "multiverse.shift_and_scale"),
        "an unknown focal": ("focal: log_population", "focal: log_area", "multiverse.shift_and_scale"),
        "an axis left out that is none": ("when: {sample: [inland]", "when: {sampel: [inland]", "shift_and_scale"),
        "a power run of none": ("specification: f8_shift_by_scale", "specification: f8_shift", "power"),
        "an unknown map": ("indicator: portfolio_shift, b", "indicator: portfolio, b", "figures.shift_map"),
        "two axes": ("staff_ambition, staff_realisation]", "staff_ambition]", "capacity_axes"),
    },
    "keys": {
        "an unknown key": ("seed: 20200101", "seed: 20200101\nsead: 1", "sead"),
        "an unknown inner key": ("language: en", "language: en\n  colour: red", "study.colour"),
        "a key of another estimator": ("quantiles: [0.1, 0.5, 0.9]", "quantiles: [0.5]\n    threshold: 1", "threshold"),
        "a required key lost": ("seed: 20200101", "", "seed"),
        "a section lost": ("inference: {draws: 99, weights: rademacher, confidence: 0.95}", "", "inference"),
        "a key twice": ("seed: 20200101", "seed: 20200101\nseed: 7", "'seed' occurs twice"),
        "an inner key twice": ("language: en", "language: en\n  language: nl", "'language' occurs twice"),
        "a name twice": ("  s2_ceiling:", "  s2_ceiling: {}\n  s2_ceiling:", "'s2_ceiling' occurs twice"),
        "a key in a list": ("lags: [1, 5]", "lags: [{lag: 1}]", "lags"),
        "a list for the file": (None, "- 1\n- 2\n", "keys and values"),
        "a text for the file": (None, "study\n", "keys and values"),
        "an empty file": (None, "", "keys and values"),
        "two documents": ("seed: 20200101", "---\nseed: 20200101", "YAML"),
        "a tab for blanks": ("seed: 20200101", "seed:\n\t- 1", "YAML"),
        "an open bracket": ("lags: [1, 5]", "lags: [1, 5", "YAML"),
        "an open quote": ("language: en", 'language: "en', "YAML"),
    },
}


def by_hand():
    return [(group, name, *case) for group, cases in BY_HAND.items() for name, case in cases.items()]


@pytest.mark.parametrize(("group", "name", "old", "new", "named"), [pytest.param(*one, id=one[1]) for one in by_hand()])
def test_a_mistake_is_refused_by_its_key(tmp_path, group, name, old, new, named):
    text = new if old is None else edited(old, new)
    result, told = attempt(lambda: checked(text, tmp_path / "study"), ("config.yaml", named))
    record(Outcome("configurations", group, name, result, told))


# From the configuration's own schema: every place that a study can have, with something that cannot stand there.


def shown(path):
    return ".".join(map(str, path))


@QUIET
@given(path=st.sampled_from(places()))
def test_another_type_is_refused_wherever_it_stands(tmp_path_factory, path):
    value = value_at(path)
    wrong = "text" if isinstance(value, list) else [1] if isinstance(value, dict) else {"x": 1}
    names = ("config.yaml", next(str(part) for part in reversed(path) if isinstance(part, str)))
    text = with_value(path, wrong)
    result, told = attempt(lambda: checked(text, tmp_path_factory.mktemp("study")), names[:1])
    record(Outcome("configurations", "wrong types (schema)", shown(path), result, told))


@QUIET
@given(path=st.sampled_from([(), *(path for path in places() if isinstance(value_at(path), dict))]), data=st.data())
def test_a_key_that_no_section_has_is_refused(tmp_path_factory, path, data):
    letters = st.text(alphabet="abcdefghijklmnopqrstuvwxyzé -./\\{}<>&%$#'\"=;|", min_size=1, max_size=12)
    key = data.draw(letters.filter(lambda text: text not in PLAIN and text.strip()))
    text = with_value((*path, "zz" + key), {"zz_no_such_key": 1})
    result, told = attempt(lambda: checked(text, tmp_path_factory.mktemp("study")), ("config.yaml",))
    record(Outcome("configurations", "unknown keys (schema)", f"{shown(path)}: {key}", result, told))


@QUIET
@given(path=st.sampled_from([path for path in places() if isinstance(path[-1], str) and len(path) > 1]))
def test_a_key_twice_is_refused_wherever_it_stands(tmp_path_factory, path):
    marked = with_value((*path[:-1], "zz_mark"), value_at(path))
    text = marked.replace("zz_mark:", f"{written({path[-1]: 0}).split(':')[0]}:", 1)
    result, told = attempt(lambda: checked(text, tmp_path_factory.mktemp("study")), ("config.yaml", "occurs twice"))
    record(Outcome("configurations", "keys twice (schema)", shown(path), result, told))
