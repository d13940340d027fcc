"""Names that clash or mean nothing, choices that nobody stated and keys that nobody reads: told before anything runs."""

import copy

import pytest
import yaml

from beleidsvrijheid.configuration import OTHER_RESULTS, validate
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.estimators import ESTIMATORS, FIELDS
from beleidsvrijheid.exclusions import with_exclusions
from beleidsvrijheid.indicators.freedom import GROUPS
from beleidsvrijheid.planning import FIELD_GROUPS, FINDINGS, check_references, verdictables

from .test_configuration import CODES, INDICATORS, SOURCES, TEXT

SHIPPED = yaml.safe_load(TEXT)


def changed(change):
    """The shipped configuration after an edit of its plain data."""
    content = copy.deepcopy(SHIPPED)
    change(content)
    return content


def assert_refused(change, message):
    with pytest.raises(StudyError, match=message):
        check_references(validate(changed(change)), INDICATORS, SOURCES, CODES)


def entry_of(name):
    """An edit of one specification: of these keys, None drops one."""

    def edit(**keys):
        def change(content):
            own = content["specifications"][name]
            own |= keys
            for key in [key for key, value in keys.items() if value is None]:
                del own[key]

        return change

    return edit


@pytest.mark.parametrize("section", OTHER_RESULTS)
def test_an_entry_has_a_name_that_no_specification_has(section):
    def change(content):
        (first, *_) = content[section]
        content[section]["f7_debt"] = content[section][first]

    assert_refused(change, f"{section}: 'f7_debt' is a name in specifications as well")


@pytest.mark.parametrize(("section", "other"), [("necessity", "mergers"), ("qca", "mergers"), ("qca", "necessity")])
def test_entries_of_two_sections_have_different_names(section, other):
    def change(content):
        (name, *_), (first, *_) = content[other], content[section]
        content[section][name] = content[section][first]

    name = next(iter(SHIPPED[other]))
    assert_refused(change, f"{section}: '{name}' is a name in {other} as well")


@pytest.mark.parametrize("key", ["dispersion", "dispersion_measure"])
def test_a_permutation_over_fields_states_its_measure_and_its_rows(key):
    assert_refused(entry_of("e2_field_permutation")(**{key: None}), f"field_permutation needs the key '{key}'")


def test_a_location_scale_model_over_fields_states_its_rows():
    assert_refused(entry_of("e3_location_scale")(dispersion=None), "location_scale needs the key 'dispersion'")
    # Over municipalities there are no rows to choose.
    assert SHIPPED["specifications"]["s2_variance"].keys().isdisjoint(FIELDS)
    validate(SHIPPED)


def test_influence_function_models_state_their_rows():
    assert_refused(entry_of("e5_rif")(dispersion=None), "rif needs the key 'dispersion'")


@pytest.mark.parametrize("name", [name for name, one in ESTIMATORS.items() if "dispersion" in one.keys(True)[0]])
def test_who_reads_dispersion_over_fields_needs_it(name):
    assert "dispersion" in ESTIMATORS[name].keys(True)[1]


@pytest.mark.parametrize(
    ("name", "keys", "message"),
    [
        ("k1_random_slope", {"dispersion": "window_means"}, "'dispersion' is not read by estimator random_slope"),
        ("s2_variance", {"dispersion": "yearly"}, "'dispersion' is not read by .* location_scale without `fields`"),
        ("s2_variance", {"windows": {"pre": [2014, 2014], "post": [2015, 2015]}}, "'windows' is not read by"),
        ("s2_variance", {"treated": ["operational"]}, "'treated' is not read by"),
        ("s2_variance", {"effects": ["municipality"]}, "'effects' is not read by"),
        (
            "d2_councillors_stopped",
            {"sample": {"exclude": ["smallest"]}},
            "'sample.exclude' is not read by .*published",
        ),
    ],
)
def test_a_key_that_the_estimator_does_not_read_is_refused(name, keys, message):
    assert_refused(entry_of(name)(**keys), message)


def test_keys_that_are_read_are_taken():
    validate(changed(entry_of("k1_random_slope")(windows={"pre": [2014, 2016], "post": [2017, 2019]})))
    validate(changed(entry_of("e3_location_scale")(windows={"pre": [2014, 2016], "post": [2017, 2019]})))


def test_a_family_names_a_test_that_there_is():
    def change(content):
        content["families"]["placebo_dose"]["test"] = "equivalance"

    assert_refused(change, "families.placebo_dose.test: .*'equivalance'")


@pytest.mark.parametrize("term", ["zz", "belfius_family", "reform_dose"])
def test_power_is_asked_of_columns_of_the_blocks(term):
    def change(content):
        content["power"]["primary"]["terms"] = [term]

    assert_refused(change, f"power.primary.terms: '{term}' is not known.*vte_per_1000")


def test_power_leaves_names_that_the_data_make_to_the_job():
    def change(content):
        content["power"]["primary"]["terms"] = ["log_population", "belfius_family=2", "a:b"]

    check_references(validate(changed(change)), INDICATORS, SOURCES, CODES)


def test_diagnostics_name_specifications_of_least_squares():
    assert_refused(lambda content: content["diagnostics"].append("f7_det"), "diagnostics: 'f7_det' is not known")
    assert_refused(
        lambda content: content["diagnostics"].append("r2_peer_deviation"),
        "diagnostics read estimates of ols; r2_peer_deviation is panel_ols",
    )


def test_groups_and_findings_are_those_of_the_schema():
    sectors = validate(SHIPPED).sectors
    assert set(FIELD_GROUPS) == set(GROUPS) == {key for key, value in sectors if isinstance(value, list)}
    places = {where.rpartition(".")[2] for where, _ in verdictables(validate(SHIPPED)) if where.startswith("rep")}
    assert places == set(FINDINGS) and "label" not in FINDINGS


def test_exclusions_are_read_into_the_settings(tmp_path):
    path = tmp_path / "exclusions.json"
    path.write_text('{"smallest": ["73028"]}', encoding="utf-8")
    settings = {"seed": 1}
    assert with_exclusions(settings, path) == {"seed": 1, "exclusions": {"smallest": ["73028"]}}
    assert settings == {"seed": 1}
