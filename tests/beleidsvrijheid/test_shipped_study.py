"""What the shipped studies promise of claims, placebos and diagnostics: nothing is left without a check, or the reason is told."""

from pathlib import Path

import pytest

from beleidsvrijheid.configuration import read_text, read_yaml, validate

ROOT = Path(__file__).parents[2]
FOLDERS = {"shipped": ROOT, "real": ROOT / "tests/real"}
# docs/assumptions.md says why.
WITHOUT_VARIANT = {
    "shipped": {"D2", "G2", "M1", "M2", "N1", "N2", "O1", "P3", "I1", "M3", "S5"},
    "real": {"D2", "G2", "M1", "M2", "N1", "N2", "O1", "P3"},
}
PLACEBOS = {
    "shipped": "r1_before_the_reform r1_operational e6_dose_event_comparison e6_dose_event_operational e3_fake_date e3_operational "
    "e2_fake_date facility_event f8_operational_placebo k1_comparison r2_pooled_comparison r3_before_and_after_comparison "
    "pre_trend",
    "real": "plan_before_the_reform plan_operational e3_fake_date e3_operational e2_fake_date f8_operational_placebo k1_comparison "
    "k1_fake_date plan_peer_deviation_pooled_comparison plan_yearly_change_before_and_after_comparison pre_trend",
}


@pytest.fixture(scope="module", params=FOLDERS)
def study(request):
    """Name and configuration of a shipped study."""
    path = FOLDERS[request.param] / "config.yaml"
    return request.param, validate(read_yaml(read_text(path), path.name))


def test_every_claim_has_a_variant_or_is_told_to_have_none(study):
    name, config = study
    alone = {claim for claim, entry in config.claims.items() if not entry.variants}
    if name == "real":  # what has no source there cannot be varied
        alone -= {"F1", "F5", "F7", "G1", "P1", "P2", "P4", "S1", "S3", "S4"}
    assert alone == WITHOUT_VARIANT[name]
    told = (ROOT / "docs/assumptions.md").read_text(encoding="utf-8").split("Without\na variant, and why:")[1]
    reasons = [line.split("|")[1] for line in told.splitlines() if line.startswith("| ")]
    assert WITHOUT_VARIANT[name] <= {claim.strip() for row in reasons for claim in row.split(",")}


def test_no_placebo_is_a_variant_and_each_is_in_a_family(study):
    name, config = study
    placebos = set(PLACEBOS[name].split())
    assert placebos <= set(config.specifications)
    assert not placebos & {one for entry in config.claims.values() for one in entry.variants}
    families = [family for key, family in config.families.items() if key.startswith("placebo")]
    assert placebos == {one for family in families for one in family.specifications}


def test_formal_freedom_is_held_against_every_measure_by_dose_and_by_share(study):
    rows = study[1].claims["F1"].rows
    shares = ("unconditional_share", "unconditional_share_post")
    by_dose = {row.specification for row in rows if row.term == "reform_dose"}
    by_share = {row.specification for row in rows if row.term in shares}
    assert by_dose == by_share and len(by_dose) == 5
    assert {row.threshold for row in rows} == {0.3} and {row.expect for row in rows} == {"within"}


def test_facility_municipalities_can_be_left_out(study):
    config = study[1]
    assert config.outliers["facility"].is_facility
    assert any("facility" in entry.sample.exclude for entry in config.specifications.values())


def test_the_doses_of_other_streams_are_regressors_of_their_own():
    config = validate(read_yaml(read_text(ROOT / "config.yaml"), "config.yaml"))
    doses = {"reform_dose", "gesco_dose", "stedenfonds_dose"}
    assert any(doses <= set(config.specifications[one].controls) for one in config.claims["F4"].variants)
