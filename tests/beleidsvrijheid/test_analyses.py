"""Necessity and fsQCA entries from job to reader: files that repeat, reasons of refusals, results that claims can read."""

import json

import pytest

import analyse_configurations
import analyse_necessity
from beleidsvrijheid.analyses import entry_results
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.outputs import SIMULATED
from beleidsvrijheid.publication import read_extra
from beleidsvrijheid.sentences import sentence
from beleidsvrijheid.tables import build_table, render

from . import published_ceilings as ceilings
from . import published_study as study

SETTINGS = {"inference": {"draws": 99}, "minimum_municipalities": 100, "seed": 7, "data_source": "simulated"}
NECESSITY = ("", "_bottleneck", "_ceilings", "_sample", "_record")
QCA = ("_truth_table", "_solutions", "_necessity", "_conditions", "_sample", "_record")


def run(script, section, name, entry, parts, folder):
    """Run a job as its rule does; returns its files by part."""
    folder.joinpath("results", section).mkdir(parents=True, exist_ok=True)
    study.panel().to_parquet(folder / "panel.parquet")
    (folder / "exclusions.json").write_text(json.dumps(ceilings.SETTINGS["exclusions"]))
    outputs = {part.removeprefix("_") or "effects": f"results/{section}/{name}{part}.csv" for part in parts}
    script.main("panel.parquet", "exclusions.json", entry, name, SETTINGS, outputs)
    return {part: (folder / path).read_bytes() for part, path in outputs.items()}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_two_runs_give_the_same_bytes_and_say_what_they_are(folder):
    for script, section, entry, parts in (
        (analyse_necessity, "necessity", ceilings.necessity_entry(), NECESSITY),
        (analyse_configurations, "qca", ceilings.qca_entry(), QCA),
    ):
        first = run(script, section, "one", entry, parts, folder)
        assert first == run(script, section, "one", entry, parts, folder)
        assert all(SIMULATED.encode() in content for content in first.values())


def test_the_stream_is_the_entrys_own(folder):
    one, other = (
        run(analyse_necessity, "necessity", name, ceilings.necessity_entry(), NECESSITY, folder)
        for name in ("one", "other")
    )
    assert one["ceilings"] == other["ceilings"] and one["effects"] != other["effects"]


def test_written_files_come_back_as_results(folder):
    run(analyse_necessity, "necessity", "scale", ceilings.necessity_entry(), NECESSITY, folder)
    (result,) = entry_results(read_extra([f"results/necessity/scale{part}.csv" for part in NECESSITY])).values()
    assert not result.refused and result.fit["n_obs"] == 280 and result.settings["label"]["en"] == "Scale as a ceiling"
    row = result.row("ce_fdh", "log_population")
    assert 0 < row["estimate"] < 1
    tests = result.inference.set_index(["test", "term"])
    assert tests.loc[("necessity_ce_fdh", "log_population"), "statistic"] == row["estimate"]
    run(analyse_configurations, "qca", "enough", ceilings.qca_entry(), QCA, folder)
    (result,) = entry_results(read_extra([f"results/qca/enough{part}.csv" for part in QCA])).values()
    assert result.row("outcome/intermediate/1", "solution")["estimate"] > 0.5


def test_a_refused_entry_writes_headers_and_its_reason(folder):
    entry = ceilings.necessity_entry(conditions=["breadth"])
    run(analyse_necessity, "necessity", "gone", entry, NECESSITY, folder)
    extra = read_extra([f"results/necessity/gone{part}.csv" for part in NECESSITY])
    assert extra["necessity/gone"].empty and entry_results(extra)["gone"].refused
    for language, reason in (("nl", "niet geschat: geen gemeente heeft"), ("en", "not estimated: no municipality has")):
        table = build_table(
            "necessity", {}, study.study_labels(language), data_source="simulated", confidence=0.95, extra=extra
        )
        assert reason in render(table, "md") and reason in render(table, "html")


@pytest.mark.parametrize("language", ["nl", "en"])
def test_tables_show_results_and_refusals_beside_each_other(language):
    labels = study.study_labels(language)
    necessity, qca = (
        build_table(kind, {}, labels, data_source="simulated", confidence=0.95, extra=ceilings.extra())
        for kind in ("necessity", "qca")
    )
    effects, bottleneck, gone = necessity.groups
    assert gone.rows[0].key == "refused"
    assert [row.key for row in effects.rows] == ["effect_size", "p_value", "accuracy", "n_obs"]
    assert [row.key for row in bottleneck.rows] == [f"{level}" for level in range(0, 101, 10)]
    assert len(necessity.columns) == 4 and [one.span for one in necessity.spanners] == [2, 2]
    assert bottleneck.rows[0].cells[0].text == "NN"
    d = ceilings.extra()["necessity/scale"].iloc[0]["effect_size"]
    assert effects.rows[0].cells[0].value == pytest.approx(d)
    words = " ".join(row.label for group in qca.groups for row in group.rows)
    assert ("Groei personeel" in words) == (language == "nl") and " × " in words and "~" not in words
    assert any(group.rows[0].key == "refused" for group in qca.groups)


def test_a_mistake_names_its_key(folder):
    with pytest.raises(StudyError, match=r"^config\.yaml: necessity\.one: scope\.log_population"):
        entry = ceilings.necessity_entry(scope={"log_population": [9.0, 9.5]})
        run(analyse_necessity, "necessity", "one", entry, NECESSITY, folder)
    with pytest.raises(StudyError, match=r"^config\.yaml: qca\.one: sample\.exclude: unknown outlier rule 'x'"):
        entry = ceilings.qca_entry(sample={"exclude": ["x"]})
        run(analyse_configurations, "qca", "one", entry, QCA, folder)


@pytest.mark.parametrize(
    ("english", "dutch"),
    [
        ("vte_per_1000: the same value in every row", ": in elke rij dezelfde waarde"),
        ("no configuration is sufficient at these cutoffs", "geen combinatie is voldoende bij deze drempels"),
        ("staff: every case is more in than out of the set at these anchors", "elk geval is eerder binnen dan buiten"),
        ("staff: 2 cases at exactly 0.5, in no configuration", "2 gevallen op precies 0,5"),
        ("permutation of the outcome over municipalities, 99 draws", "permutatie van de uitkomst over gemeenten, 99"),
        ("no municipality has peer_deviation for reformed but of single years", "tenzij van losse jaren"),
        ("direct calibration at the anchors of the configuration, no sampling error", "directe kalibratie"),
        ("~outcome: more than 200 models, the rest left out", "meer dan 200 modellen"),
        ("parsimonious solutions assume the same of outcome and negation for 10 (a, b)", "spaarzame oplossingen"),
    ],
)
def test_sentences_have_dutch(english, dutch):
    assert dutch in sentence(english, study.study_labels("nl"))
    assert sentence(english, study.study_labels("en")) != sentence(english, study.study_labels("nl"))
