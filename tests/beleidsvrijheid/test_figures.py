"""Figures: the same bytes twice, the kind of data inside, labels that are only text."""

import io
import re
import struct
from dataclasses import replace
from functools import cache
from xml.parsers import expat

import pandas as pd
import pytest

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.figures import FORMATS, KINDS, draw_figure, figure_bytes, style
from beleidsvrijheid.figures.canvas import row_places
from beleidsvrijheid.figures.scale_ceiling import points_of
from beleidsvrijheid.outputs import SIMULATED
from beleidsvrijheid.publication import read_ids

from . import published_ceilings as ceilings
from . import published_checks as checks
from . import published_maps as maps
from . import published_multiverse as multiverse
from . import published_study as study

OF_PANEL = ("map", "capacity")
OPTIONS = {kind: maps.settings(kind) for kind in (*OF_PANEL, "quantile")}
STYLE = study.ROOT / "workflow" / "report" / "study.mplstyle"
SHOCKS = read_ids(study.ROOT / "workflow" / "tables" / "shocks.csv")
DOLLARS = "$x_1$"
HOSTILE = r"$\badcmd$ & 50% <b> -- \input{x} _^"


def results_for(kind):
    if kind == "dispersion":
        chosen = [study.dispersion_result()]
    elif kind in OF_PANEL:
        chosen = []
    elif kind in ("scale_ceiling", "quantile"):
        chosen = [study.ceiling_result()]
    elif kind == "event_study":
        chosen = [study.event_result()]
    elif kind == "necessity":
        chosen = list(ceilings.results(kind).values())
    else:
        chosen = [
            study.regression_result("r1_portfolio_shift", "Shift"),
            study.refused(study.regression_result("r1_aitchison_shift", "Aitchison")),
            study.regression_result("r1_own_change", "Own", 0.06),
        ]
    return {result.name: result for result in chosen}


def drawn(kind, language="en", source="simulated", labels=None, results=None, extra=None, **options):
    """The figure of a kind, and the text that stands for it."""
    return draw_figure(
        kind,
        results if results is not None else results_for(kind),
        labels or study.study_labels(language),
        data_source=source,
        confidence=0.95,
        settings=OPTIONS.get(kind, {}) | options,
        sectors={"reformed": study.REFORMED, "comparison": study.COMPARISON},
        panel=maps.panel() if kind in OF_PANEL else study.panel(),
        extra=checks.extra() | ceilings.extra() | multiverse.extra() | maps.extra() if extra is None else extra,
        shocks=SHOCKS,
    )


def draw(kind, form="svg", source="simulated", **about) -> bytes:
    with style(STYLE):
        figure, told = drawn(kind, source=source, **about)
        return figure_bytes(figure, form, source, told, "shown")


@cache
def usual(kind) -> bytes:
    """The figure of the made-up study as it is."""
    return draw(kind)


@pytest.mark.parametrize("kind", KINDS)
def test_two_draws_give_the_same_bytes_without_a_clock(kind):
    first = usual(kind)
    assert first == draw(kind)
    assert b"<dc:date>" not in first


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_repeats_and_carries_the_kind_of_data(form):
    content = draw("attribution", form)
    assert content == draw("attribution", form)
    assert SIMULATED.encode() in content


def test_png_is_fit_for_print_and_has_no_time():
    content = draw("attribution", "png")
    at = content.index(b"pHYs") + 4
    dots_per_metre = struct.unpack(">I", content[at : at + 4])[0]
    assert dots_per_metre * 0.0254 == pytest.approx(300, abs=0.1)
    assert b"tIME" not in content and b"Software" not in content


@pytest.mark.parametrize("kind", KINDS)
def test_the_kind_of_data_stands_in_the_figure(kind):
    assert f"<!-- {SIMULATED} -->".encode() in usual(kind)
    assert SIMULATED.encode() not in draw(kind, source="open")


@pytest.mark.parametrize("kind", KINDS)
def test_hostile_labels_are_inert(kind):
    labels = study.study_labels("en")
    poisoned = {key: entry | {"label": {"nl": HOSTILE, "en": HOSTILE}} for key, entry in labels.indicators.items()}
    fields = dict.fromkeys(labels.fields, HOSTILE)
    results = {
        name: replace(r, settings=r.settings | {"label": {"en": HOSTILE}}) for name, r in results_for(kind).items()
    }
    content = draw(kind, labels=replace(labels, indicators=poisoned, fields=fields), results=results)
    assert b"<b>" not in content.replace(b"&lt;b&gt;", b"")
    expat.ParserCreate().Parse(content, True)  # well-formed


@pytest.mark.parametrize("kind", ["map", "capacity", "coefficients", "scale_ceiling"])
def test_a_dollar_in_a_label_prints_as_itself(kind):
    labels = study.study_labels("en")
    dollars = {key: entry | {"label": {"nl": DOLLARS, "en": DOLLARS}} for key, entry in labels.indicators.items()}
    content = draw(kind, labels=replace(labels, indicators=dollars)).decode()
    # Outlines stand after the text they spell: parsed as mathematics it would have no dollars, nor one outline a letter.
    outlines = re.search(rf"<!-- [^>]*{re.escape(DOLLARS)}[^>]* -->(.*?)(?:<!--|$)", content, re.DOTALL)
    assert outlines and outlines[1].count("<use ") >= len(DOLLARS)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "map"])
def test_languages_differ_in_words_and_numbers(kind):
    dutch, english = draw(kind, language="nl"), usual(kind)
    assert dutch != english
    assert re.search(rb"<!-- \D?\d+,\d+ -->", dutch) and not re.search(rb"<!-- \D?0\.\d+ -->", dutch)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in OF_PANEL])
def test_a_refused_specification_is_named_and_does_not_crash(kind):
    nothing = {name: study.refused(result) for name, result in results_for(kind).items()}
    assert b"not estimated" in draw(kind, results=nothing)


def test_an_absent_specification_without_settings_does_not_crash():
    for kind in KINDS:
        bare = {name: replace(study.refused(r), settings={}) for name, r in results_for(kind).items()}
        assert draw(kind, "png", results=bare)


def test_wrong_kind_and_format_are_named():
    with pytest.raises(StudyError, match=r"wrong value 'pie'.*dispersion"):
        draw("pie")
    with pytest.raises(StudyError, match=r"wrong value 'map'.*with a panel"):
        draw_figure("map", {}, study.study_labels("en"), data_source="open", confidence=0.95)
    with pytest.raises(StudyError, match=r"wrong value 'gif'.*svg"):
        draw("attribution", "gif")


def test_the_style_leaves_the_callers_settings_alone():
    import matplotlib

    before = matplotlib.rcParams["font.size"]
    with matplotlib.rc_context({"font.size": 31.0}):
        content = draw("attribution")
        assert matplotlib.rcParams["font.size"] == 31.0
    assert matplotlib.rcParams["font.size"] == before
    assert content == draw("attribution")


def test_municipalities_outside_the_sample_get_no_dot():
    result = study.ceiling_result()
    ruled = replace(result, settings=result.settings | {"sample": {"exclude": ["smallest"]}})
    gone = study.panel()["nis"].iloc[:40].tolist()
    assert len(points_of(result, study.panel(), {"smallest": gone})) == 280
    assert len(points_of(ruled, study.panel(), {"smallest": gone, "coast": ["90041"]})) == 240


def test_a_field_without_an_estimate_says_how_many_municipalities_it_has():
    steps = study.samples(("too few municipalities", 27, 0, "087/8: positive in both periods for 27 municipalities"))
    result = replace(study.dispersion_result(), samples=steps)
    content = draw("dispersion", results={result.name: result})
    assert b"<!-- not estimated: 27 municipalities -->" in content


def test_headings_keep_their_distance():
    assert row_places([True, False, False, True]) == pytest.approx([0.0, 0.85, 1.85, 3.15])


def test_no_letters_are_clipped():
    from PIL import Image

    for kind in KINDS:
        image = Image.open(io.BytesIO(draw(kind, "png", "nl"))).convert("L")
        width, height = image.size
        edges = [image.crop(box) for box in ((0, 0, width, 1), (0, height - 1, width, height), (0, 0, 1, height))]
        assert all(edge.getextrema()[0] == 255 for edge in edges), kind


def test_a_location_scale_model_has_a_panel_for_either_equation():
    first = study.regression_result("e3", "E3")
    twin = first.estimates.assign(equation="log_variance")
    reform = twin[:1].assign(term="reform", block="reform", standardised=float("nan"))
    pair = {"e3": replace(first, estimates=pd.concat([first.estimates, twin, reform]))}
    labels = study.study_labels("en")
    with style(STYLE):
        figure, _ = draw_figure("coefficients", pair, labels, data_source="simulated", confidence=0.95)
        apart, _ = draw_figure("coefficients", {"e3": first}, labels, data_source="simulated", confidence=0.95)
    mean, scale = figure.axes
    assert (mean.get_title(loc="left"), scale.get_title(loc="left")) == ("Mean", "ln variance")
    # The reform has no standardised coefficient in ln variance and is drawn as it is.
    assert len(scale.lines) == len(mean.lines) + 2
    assert len(apart.axes) == 1
