"""The page to look around in, used in a real browser as a reader uses it; its figures against those of the library."""

import csv
import io
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from beleidsvrijheid.exclusions import with_exclusions
from beleidsvrijheid.explorer.page import explorer_page
from beleidsvrijheid.explorer.prediction import fit_model, predict
from beleidsvrijheid.outputs import SIMULATED
from beleidsvrijheid.sources.reading import read_table

from . import browser as driving
from .merged_figures import compare, content_of, drawn_groups, merged_by_library

ROOT = Path(__file__).parents[1]
MEGABYTES = 6
PAIRS = 12
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not all(map(driving.found, driving.NAMES)),
        reason="no chromium with chromedriver (Debian: chromium, chromium-driver)",
    ),
]


@pytest.fixture(scope="module")
def page(finished_study) -> Path:
    return finished_study.path("results/explorer.html")


@pytest.fixture(scope="module")
def config(finished_study):
    return yaml.safe_load(finished_study.read("results/run_config.yaml"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("browser")


@pytest.fixture(scope="module")
def session(folder):
    with driving.browser(folder) as one:
        yield one


@pytest.fixture
def opened(session, page):
    """The page as it opens, its logs empty."""
    session.log("browser"), session.log("performance")
    session.open(page)
    return session


@pytest.fixture(scope="module")
def content(page):
    return content_of(page)


def downloaded(session, folder: Path, name: str) -> list[dict[str, str]]:
    """Rows of the file that a click on a download button leaves."""
    path = folder / f"{name}.csv"
    path.unlink(missing_ok=True)
    session.run("document.querySelector(`[data-download=${CSS.escape(arguments[0])}]`).click()", name)
    end = time.monotonic() + 60
    while not (path.exists() and path.read_bytes().endswith(b"\n")):
        assert time.monotonic() < end, (
            f"{path.name} was not downloaded; there are {[one.name for one in folder.glob('*.csv')]}"
        )
        time.sleep(0.05)
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))


# What the page is


def test_the_page_is_one_small_file_that_asks_for_nothing(opened, page):
    assert page.stat().st_size < MEGABYTES * 1e6
    opened.click('[data-language="nl"]')
    opened.run("change({ parts: [0, 1, 2], other: 3 })")
    asked = [
        one
        for one in opened.requests()
        if not one.startswith(("file:", "data:", "blob:", "chrome:", "chrome-untrusted:", "about:"))
    ]
    assert asked == []
    assert [entry for entry in opened.log("browser") if entry["level"] in ("SEVERE", "WARNING")] == []
    assert opened.run("return document.querySelectorAll('link, img[src], script[src], iframe').length") == 0


def test_nothing_can_leave_the_page(opened):
    opened.run("fetch('https://example.org/').then(() => window.left = 'yes', () => window.left = 'no')")
    assert opened.until("return window.left") == "no"
    opened.run(
        "window.code = 'not run'; setTimeout('window.code = 1'); setTimeout(() => { window.waited = true; }, 50)"
    )
    assert opened.until("return window.waited") and opened.run("return window.code") == "not run"
    assert any("Content Security Policy" in entry["message"] for entry in opened.log("browser"))


def test_first_paint_comes_within_a_second(session, page):
    times = []
    for _ in range(3):
        session.open(page)
        times.append(session.run("return performance.getEntriesByType('paint').map((entry) => entry.startTime)[0]"))
    print(f"first paint after {', '.join(f'{one:.0f}' for one in times)} ms")
    assert min(times) < 1000


def test_the_label_is_always_in_sight(opened):
    for place in (0, 1500, 4000):
        opened.run("document.documentElement.style.scrollBehavior = 'auto'; scrollTo(0, arguments[0])", place)
        box = opened.run("const box = byId('banner').getBoundingClientRect(); return [box.top, box.bottom]")
        assert box[0] == 0 and box[1] > 20
    assert opened.text("#banner") == SIMULATED


def test_no_municipality_of_a_simulated_page_exists(content):
    real = read_table(ROOT / "workflow/tables/mergers.csv")
    codes = {code for column in real if column.startswith("nis") for code in real[column]}
    names = {name for column in real if column.startswith("na") for name in real[column]}
    assert codes and not codes & set(content["places"]["nis"]) and not names & set(content["places"]["name"])


def test_without_shapes_or_model_all_the_rest_is_there(session, content, finished_study, tmp_path):
    bare = content | {"shapes": [], "model": {"why": "model.none", "what": ""}, "claims": []}
    assets = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "workflow/report/explorer").iterdir()}
    library = finished_study.read("data/processed/chart_library.js")
    page = tmp_path / "bare.html"
    page.write_text(explorer_page(bare, assets, library), encoding="utf-8")
    session.log("browser")
    session.open(page, "#lang=en&merge=" + "+".join(content["places"]["nis"][:2]))
    assert "No map" in session.text("#map-keys") and not session.run("return byId('map').checkVisibility()")
    assert "No prediction" in session.text("#prediction") and session.text("#merge-table").count("from sums") > 5
    assert [entry for entry in session.log("browser") if entry["level"] in ("SEVERE", "WARNING")] == []


# Look up and compare


def test_a_municipality_is_found_by_name_and_shown_with_its_own_figure(opened, content):
    place = len(content["places"]["nis"]) // 2
    opened.write("#search", content["places"]["name"][place])
    assert opened.text("#name") == content["places"]["name"][place]
    shown = opened.run("return [state.nis, data.items[state.item].values[state.nis]]")
    item = content["items"][content["model"]["outcome"]]
    assert shown == [place, item["values"][place]]
    assert opened.text("#figure") == opened.run("return number(arguments[0])", item["values"][place])
    opened.write("#search", "Nergenshuizen")
    assert "Nergenshuizen" in opened.text("#search-wrong") and opened.text("#name") == content["places"]["name"][place]


def test_the_place_in_the_distribution_and_the_medians_are_those_of_the_panel(opened, content, finished_study):
    opened.run("change({ nis: 7, other: 9, group: arguments[0] })", content["items"][0]["group"])
    rows = opened.run(
        "return [seriesNames(), groupItems().map((item) => [item.id, seriesValues(item.values, seriesNames())])]"
    )[1]
    panel = pd.read_parquet(finished_study.path("data/processed/panel.parquet"))
    static = panel[(panel["level"] == "municipality") & panel["year"].isna() & (panel["beleidsveld"] == "")]
    wide = static.pivot(index="nis", columns="indicator", values="value").sort_index()
    same = {
        name: wide[wide[column] == wide[column].iloc[7]]
        for name, column in (("cluster", "belfius_cluster"), ("size", "size_band"))
    }
    assert rows
    for indicator, values in rows:
        expected = {
            "own": wide[indicator].iloc[7],
            "other": wide[indicator].iloc[9],
            "flanders": wide[indicator].median(),
        }
        expected |= {name: own[indicator].median() for name, own in same.items()}
        assert values == pytest.approx(expected, rel=1e-5)
        share = (
            100
            * ((wide[indicator] < expected["own"]).sum() + (wide[indicator] == expected["own"]).sum() / 2)
            / wide[indicator].count()
        )
        known = [
            value
            for value in next(one for one in content["items"] if one["id"] == indicator)["values"]
            if value is not None
        ]
        assert opened.run("return percentile(arguments[0], arguments[1])", values["own"], known) == pytest.approx(
            share, abs=0.5
        )


def test_a_missing_figure_is_said_and_never_a_zero(opened, content, folder):
    at = next(
        (number, item["values"].index(None))
        for number, item in enumerate(content["items"])
        if None in item["values"] and not item["categorical"]
    )
    opened.run("change({ item: arguments[0], nis: arguments[1] })", *at)
    assert opened.text("#figure") == "missing"
    opened.until("return byId('map').querySelector('path[fill=\"url(#hatch)\"]')")
    item = content["items"][at[0]]
    name = item["id"] + (f"_{item['field'].replace('/', '_')}" if item["field"] else "")
    rows = downloaded(opened, folder, f"map_{name}")
    assert rows[at[1]][name] == "" and len(rows) == len(item["values"])


def test_the_map_answers_to_the_arrow_keys(opened):
    opened.run("change({ nis: 140 }); byId('map').focus()")
    opened.press("right")
    moved = opened.run("return [state.nis, middle(state.nis)[0] - middle(140)[0]]")
    assert moved[0] != 140 and moved[1] > 0


def test_a_click_on_the_map_chooses_a_municipality(opened):
    opened.run("change({ nis: 0 })")
    opened.until("return Boolean(views.map.result)")
    opened.run(
        "const shape = byId('map').querySelectorAll('.mark-shape path')[100];"
        "shape.scrollIntoView({block: 'center', behavior: 'instant'});"
        "const box = shape.getBoundingClientRect();"
        "const at = {bubbles: true, clientX: box.x + box.width / 2, clientY: box.y + box.height / 2};"
        "shape.dispatchEvent(new MouseEvent('click', at))"
    )
    assert opened.until("return state.nis") == 100


# Merge


def test_merged_figures_are_those_of_the_library(opened, content, finished_study):
    groups = drawn_groups(content["places"]["nis"], PAIRS)
    assert compare(opened, content, groups, merged_by_library(finished_study.folder, groups)) >= 200


def test_what_depends_on_others_is_never_derived(content):
    derived = {item["id"]: item["recipe"] for item in content["items"]}
    assert derived["portfolio_shift"]["kind"] == "shift" and derived["vte_per_1000"]["kind"] == "mean"
    assert derived["coalition_change"]["kind"] == "largest"
    assert all(
        recipe is None for name, recipe in derived.items() if name.startswith(("peer_deviation", "need_adjusted"))
    )


def test_merging_by_keyboard_shows_the_whole_and_its_prediction(opened, content, folder):
    names, nis = content["places"]["name"], content["places"]["nis"]
    for place in (20, 21):
        opened.write("#part", names[place])
    assert opened.run("return state.parts") == [20, 21]
    assert names[20] in opened.text("#parts") and names[21] in opened.text("#parts")
    rows = {row["indicator"]: row for row in downloaded(opened, folder, f"merger_{nis[20]}_{nis[21]}")}
    people = [next(one for one in content["items"] if one["id"] == "population")["values"][place] for place in (20, 21)]
    assert float(rows["population"]["together"]) == pytest.approx(sum(people), rel=1e-5)
    assert rows["population"]["basis"] == "mean" and {row["data_source"] for row in rows.values()} == {SIMULATED}
    assert "prediction interval" in opened.text("#prediction")
    opened.click("#parts button")
    assert opened.run("return state.parts") == [21] and opened.text("#merge-few") == "Choose at least 1 more."


def test_what_has_no_recipe_is_said_and_left_empty(opened, content, folder):
    nis, own = content["places"]["nis"], content["items"][0]
    opened.run("data.items[0].recipe = null; change({ parts: [20, 21] })")
    row = next(
        one for one in downloaded(opened, folder, f"merger_{nis[20]}_{nis[21]}") if one["indicator"] == own["id"]
    )
    assert row["together"] == "" and row["basis"] == "none" and float(row[nis[20]]) == own["values"][20]
    assert "cannot be derived from the parts" in opened.text("#merge-table tbody tr")


def test_the_prediction_is_that_of_the_model_fitted_here(opened, content, finished_study, config):
    name = config["primary"]
    entries = yaml.safe_load((ROOT / "workflow/indicators.yaml").read_text(encoding="utf-8"))
    settings = {"categorical": [entry["id"] for entry in entries if entry.get("categorical")]}
    settings = with_exclusions(settings, finished_study.path("data/processed/exclusions.json"))
    panel = pd.read_parquet(finished_study.path("data/processed/panel.parquet"))
    model = fit_model(panel, config["specifications"][name], settings)
    for places in ([3, 4], [50, 60, 70], [100, 101]):
        told = opened.run(
            "return { ...prediction(arguments[0]), ...modelColumns(predictorValues(arguments[0])) }", places
        )
        columns = np.array(told["columns"], float)
        expected = predict(model, columns, config["inference"]["confidence"])
        assert [told["point"], told["low"], told["high"]] == pytest.approx(expected, rel=1e-9, abs=1e-10)
        assert told["low"] < told["point"] < told["high"]


def test_a_prediction_outside_the_data_says_so(opened, content):
    sizes = next(item for item in content["items"] if item["id"] == "log_population")["values"]
    largest = sorted(range(len(sizes)), key=lambda place: -(sizes[place] or 0))[:4]
    opened.run("change({ parts: arguments[0] })", largest)
    assert "Outside what the data hold" in opened.text("#prediction") and "ln inhabitants" in opened.text("#prediction")


# Claims and specifications


def test_claims_and_specifications_are_those_of_the_results(opened, finished_study, folder):
    claims = pd.read_csv(finished_study.path("results/claims.csv"), keep_default_na=False)
    rows = downloaded(opened, folder, "claims")
    assert [(row["claim_id"], row["verdict"], row["reason"]) for row in rows] == list(
        claims[["claim_id", "verdict", "reason"]].itertuples(index=False, name=None)
    )
    assert opened.run("return byId('claims-list').children.length") == len(claims)
    opened.run("byId('claims-list').querySelector('summary').click()")
    assert claims["statement"].iloc[0] in opened.text("#claims-list")
    estimates = pd.read_csv(finished_study.path("results/estimates/p1_staff_by_scale.csv"))
    opened.run("change({ specification: 'p1_staff_by_scale' })")
    shown = downloaded(opened, folder, "estimates_p1_staff_by_scale")
    assert [float(row["estimate"]) for row in shown] == pytest.approx(list(estimates["estimate"]), rel=1e-5)
    differs = {row["key"]: row for row in downloaded(opened, folder, "differences_p1_staff_by_scale")}
    assert differs["outcome"]["primary"] == "portfolio_shift" and differs["outcome"]["this"] == "vte_per_1000"


# Languages, address, files


def test_the_page_changes_language_and_the_address_keeps_all(opened, page, content):
    opened.run("change({ nis: 30, other: 31, parts: [5, 6] })")
    opened.click('[data-language="nl"]')
    assert (
        opened.text("#title") == content["title"]["nl"] and opened.run("return document.documentElement.lang") == "nl"
    )
    assert opened.text("#look-title") == "Een gemeente" and "Bij " in opened.text("#percentile")
    kept = opened.run("return location.hash")
    opened.open(page, kept)
    assert opened.run("return [state.lang, state.nis, state.other, state.parts]") == ["nl", 30, 31, [5, 6]]
    assert "voorspellingsinterval" in opened.text("#prediction")
    numbers = opened.run("return [number(1234567.8), number(0.25)]")
    assert numbers == ["1.234.568", "0,25"]
    unfilled = opened.run("return document.body.innerText.match(/\\{\\w+\\}|undefined|NaN|\\[object/g)")
    assert unfilled is None


def test_formula_characters_in_a_file_are_inert(opened):
    table = {
        "columns": [{"id": "a"}, {"id": "b"}],
        "rows": [["=1+1", -2.5], ["@x", None], ['"q", r', 3], ["+4", 0], [{"text": "shown", "value": "-5"}, 1]],
    }
    lines = opened.run("return csv(arguments[0])", table).splitlines()
    assert lines[0] == "a,b,data_source"
    assert lines[1:] == [f"{line},{SIMULATED}" for line in ("'=1+1,-2.5", "'@x,", '"""q"", r",3', "'+4,0", "'-5,1")]


def test_a_name_cannot_become_markup(opened):
    opened.run(
        "data.places.name[0] = '<img src=x onerror=alert(1)></script><b>Bold</b>'; change({ nis: 0, parts: [0, 1] })"
    )
    assert opened.run("return document.querySelectorAll('main img, main b').length") == 0
    assert "<img" in opened.text("#name")


# Keyboard and contrast


def test_the_tab_key_reaches_everything_and_the_focus_is_seen(opened):
    opened.run("document.activeElement.blur(); scrollTo(0, 0)")
    wanted = opened.run(
        "return [...document.querySelectorAll('a[href], button, input, select, summary, [tabindex=\"0\"]')]"
        ".filter((one) => one.checkVisibility()).map((one, number) => { one.dataset.stop = number; return number; })"
    )
    reached, unseen = set(), []
    for _ in range(len(wanted) + 5):
        opened.press("tab")
        stop = opened.run(
            "const one = document.activeElement, style = getComputedStyle(one);"
            "const seen = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;"
            "return [one.dataset.stop, seen, one.outerHTML.slice(0, 80)]"
        )
        if stop[0] is not None:
            reached.add(int(stop[0]))
            unseen += [] if stop[1] else [stop[2]]
    assert reached == set(wanted) and unseen == []


CONTRAST = """
const light = ([r, g, b]) => [r, g, b].map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
  .reduce((sum, c, at) => sum + c * [0.2126, 0.7152, 0.0722][at], 0);
const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
const behind = (one) => {
  for (; one; one = one.parentElement) {
    const own = parts(getComputedStyle(one).backgroundColor);
    if (own.length === 3 || own[3] > 0) return own;
  }
  return [255, 255, 255];
};
const found = {};
for (const one of document.querySelectorAll('body *')) {
  const own = [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
  if (!own || one.closest('script, style, noscript, svg') || !one.checkVisibility()) continue;
  const [a, b] = [light(parts(getComputedStyle(one).color)), light(behind(one))].sort((x, y) => y - x);
  found[`${getComputedStyle(one).color} on ${behind(one).join()}`] = (a + 0.05) / (b + 0.05);
}
for (const text of document.querySelectorAll('.chart svg text')) {
  const fill = text.getAttribute('fill');
  const value = document.createElement('span'); value.style.color = fill; document.body.append(value);
  const [a, b] = [light(parts(getComputedStyle(value).color)), light(behind(text.closest('.chart')))].sort((x, y) => y - x);
  value.remove();
  found[`chart ${fill}`] = (a + 0.05) / (b + 0.05);
}
return found;
"""


def test_every_text_stands_out_from_what_is_behind_it(opened):
    opened.run(
        "change({ parts: [0, 1], other: 2 }); for (const one of document.querySelectorAll('details')) one.open = true"
    )
    opened.until("return document.querySelectorAll('.chart svg text').length > 20")
    found = opened.run(CONTRAST)
    assert len(found) > 4 and {pair: ratio for pair, ratio in found.items() if ratio < 4.5} == {}


def test_a_phone_shows_all_without_scrolling_sideways(folder, page):
    phone = folder / "phone"
    phone.mkdir()
    with driving.browser(phone, 500, 844) as session:
        session.devtools("Emulation.setDeviceMetricsOverride", width=390, height=844, deviceScaleFactor=1, mobile=True)
        session.open(page)
        session.run("change({ parts: [0, 1], other: 2 })")
        assert session.run("return document.documentElement.scrollWidth") <= 390
