"""Maps: classes as printed, hatches where nothing is known, borders of another year; the plots of quantiles and capacity."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import LineCollection

from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.figures.canvas import Frame
from beleidsvrijheid.figures.capacity import capacity_values, rank_correlation
from beleidsvrijheid.figures.classes import classes_of
from beleidsvrijheid.figures.maps import BELOW_ZERO, EVERY_SHAPE, NO_VALUE, SHAPES, class_labels, mapped

from . import published_maps as maps
from . import published_study as study
from .test_figures import STYLE, draw, drawn, results_for, style

RNG = np.random.default_rng(3)
SKEWED = np.exp(RNG.normal(0, 1.2, 285))
SIGNED = RNG.normal(0.02, 0.1, 285)


def map_axes(**options):
    with style(STYLE):
        figure, told = drawn("map", **options)
    return figure.axes[0], told, figure


def printed(language: str = "en", **options) -> list[str]:
    frame = Frame(study.study_labels(language), "simulated", 0.95)
    return class_labels(frame, mapped(maps.panel(), maps.settings("map", **options), maps.extra()))


# Classes


@pytest.mark.parametrize("scheme", ["quantile", "equal"])
@pytest.mark.parametrize("values", [SKEWED, 1000 * SKEWED, SIGNED], ids=["ratio", "euro", "signed"])
def test_limits_are_rounded_before_values_are_classed(scheme, values):
    classes = classes_of(values, scheme, 5)
    edges = np.array([*classes.lower, classes.upper])
    np.testing.assert_array_equal(edges, edges.round(classes.decimals))
    assert edges[0] <= values.min() and values.max() <= edges[-1] and (np.diff(edges) > 0).all()
    number = classes.of(values)
    assert (values >= edges[number]).all() and (values[number < 4] < edges[number[number < 4] + 1]).all()


def test_quantiles_hold_as_many_and_equal_classes_are_as_wide():
    counts = np.bincount(classes_of(SKEWED, "quantile", 5).of(SKEWED))
    assert counts.sum() == 285 and counts.max() - counts.min() <= 12  # rounding moves a few
    equal = classes_of(SKEWED, "equal", 4)
    np.testing.assert_allclose(np.diff(equal.lower), (SKEWED.max() - SKEWED.min()) / 4, rtol=0.2)


def test_both_signs_get_as_many_classes_with_zero_between():
    classes = classes_of(SIGNED, "quantile", 5)
    assert classes.is_diverging and len(classes.lower) == 4 and 0.0 in classes.lower
    assert classes.lower[1] == -classes.lower[3] and classes.lower[0] == -classes.upper
    assert not classes_of(SKEWED, "quantile", 5).is_diverging


def test_few_values_are_classes_of_their_own():
    classes = classes_of(np.array([0.0, 1.0, 1.0, 0.0, 1.0]), "quantile", 5)
    assert classes.kind == "values" and classes.lower == (0.0, 1.0)
    assert classes.of(np.array([1.0, 0.0])).tolist() == [1, 0]
    assert len(classes_of(np.full(9, 0.3), "equal", 5).lower) == 1


def test_ties_give_fewer_classes_and_none_twice():
    values = np.concatenate([np.zeros(200), RNG.uniform(0.1, 1, 85)])
    classes = classes_of(values, "quantile", 5)
    assert 1 < len(classes.lower) < 5 and len(set(classes.lower)) == len(classes.lower)
    assert np.bincount(classes.of(values), minlength=len(classes.lower)).min() > 0


def test_given_limits_are_kept_even_where_a_class_is_empty():
    classes = classes_of(np.array([0.3, 0.4, 0.9, 0.35, 0.2, 0.61]), "breaks", 5, [0.1, 0.5])
    assert classes.lower[1:] == (0.1, 0.5) and classes.decimals == 1
    assert np.bincount(classes.of(np.array([0.3, 0.5, 0.05]))).tolist() == [1, 1, 1]


# The map


def test_legend_and_note_say_what_a_recount_finds():
    axes, told, figure = map_axes()
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    values = np.array(list(maps.VALUES.values()))
    assert len(legend) == 6 and legend[-1] == "no value (N = 1)"
    for text in legend[:-1]:
        low, high, n = re.fullmatch(r"([\d.]+) to ([\d.]+) \(N = (\d+)\)", text).groups()
        is_last = text == legend[-2]
        inside = (values >= float(low)) & ((values <= float(high)) if is_last else (values < float(high)))
        assert inside.sum() == int(n)
    assert (
        "Classes: 5 (quantiles" in axes.get_xlabel() and "Municipalities: 10, of which 1 without" in axes.get_xlabel()
    )
    assert all(text in told.text for text in legend)


def test_numbers_follow_the_language():
    assert printed("nl")[0].startswith("0,1") and " tot 0,1" in printed("nl")[0]
    assert printed("nl", scheme="breaks", breaks=[0.2, 0.5]) == [
        "< 0,2 (N = 2)", "0,2 tot 0,5 (N = 5)", "≥ 0,5 (N = 2)", "geen waarde (N = 1)",
    ]  # fmt: skip


def test_missing_is_hatched_and_not_a_class():
    axes, _, _ = map_axes()
    hatches = [one.get_hatch() for one in axes.collections]
    assert hatches.count(NO_VALUE) == 1 and hatches.count(None) == len(hatches) - 1
    hatched = axes.collections[hatches.index(NO_VALUE)]
    assert len(hatched.get_paths()) == 1 and hatched.get_facecolor()[0][:3].tolist() == [1, 1, 1]
    assert b"<pattern" in draw("map") and b"<pattern" not in draw("capacity")


def test_classes_get_darker_in_grey_and_dots_tell_the_sides_of_zero_apart():
    axes, _, _ = map_axes()
    shades = [one.get_facecolor()[0][:3] @ [0.2126, 0.7152, 0.0722] for one in axes.collections if not one.get_hatch()]
    assert (np.diff(shades) < -0.05).all()
    axes, told, _ = map_axes(indicator="real_spending", beleidsveld="074", year=2020)
    assert [one.get_hatch() for one in axes.collections] == [BELOW_ZERO, BELOW_ZERO, None, None, NO_VALUE]
    assert "dots mark those below" in told.text


def test_neighbours_still_share_their_border_after_simplifying():
    import shapely

    from beleidsvrijheid.figures.maps import _shapes

    shapes = _shapes(maps.shapes(285))
    assert shapely.coverage_is_valid(shapes.geometry.to_numpy())
    assert shapely.union_all(shapes.geometry.to_numpy()).area == pytest.approx(0.12, rel=1e-6)


def length_of(lines) -> float:
    """Degrees of border drawn."""
    return sum(np.hypot(*np.diff(path.vertices, axis=0).T).sum() for path in lines.get_paths())


@pytest.mark.parametrize(("vintage", "borders"), [(308, 3.1), (300, 3.0)])
def test_a_finer_vintage_adds_its_borders_once_and_splits_no_value(vintage, borders):
    plain, _, _ = map_axes()
    axes, told, _ = map_axes(vintage=vintage)
    dotted, own = (one for one in axes.collections if isinstance(one, LineCollection))
    assert length_of(dotted) == pytest.approx(borders) and length_of(own) == pytest.approx(2.9)
    assert f"the {vintage} municipalities" in told.text
    assert [len(one.get_paths()) for one in axes.collections if not isinstance(one, LineCollection)] == [
        len(one.get_paths()) for one in plain.collections
    ]


def test_a_coarser_vintage_is_dissolved_from_the_study_s_own():
    fine = maps.extra() | {SHAPES: maps.shapes(308).drop(columns="vintage")}
    with style(STYLE):
        from beleidsvrijheid.figures import draw_figure

        figure, told = draw_figure(
            "map", {}, study.study_labels("en"), data_source="open", confidence=0.95, panel=maps.panel(), extra=fine,
            settings=maps.settings("map", vintage=285), vintage=308,
        )  # fmt: skip
    assert length_of(figure.axes[0].collections[-1]) == pytest.approx(2.9) and "heavy lines: the 285" in told.text
    assert "of which 3 without a value" in told.text


def test_shapes_of_a_finer_vintage_that_are_not_there_are_named():
    lacking = maps.extra() | {EVERY_SHAPE: maps.shapes(285)}
    with style(STYLE), pytest.raises(StudyError, match=r"vintage: 308: source geometry has no shapes of 308"):
        drawn("map", vintage=308, extra=lacking)


def test_without_shapes_or_values_the_map_says_so():
    assert b"No map: the source of borders" in draw("map", extra={})
    assert b"No map: not a single value" in draw("map", indicator="overhead_share", beleidsveld="")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"beleidsveld": "reformed"}, r"beleidsveld: 'reformed': portfolio_shift has no values.*'domains'"),
        ({"year": 2020}, r"year: 2020: portfolio_shift has no values of it; allowed: none"),
        ({"period": "post"}, r"period: 'post': portfolio_shift has no values"),
    ],
)
def test_values_that_are_not_there_are_named(options, message):
    with style(STYLE), pytest.raises(StudyError, match=message):
        drawn("map", **options)


def test_a_value_of_several_periods_asks_which():
    panel = pd.concat([maps.rows("breadth", {"90001": 3.0}).assign(period=name) for name in ("pre", "post")])
    with pytest.raises(StudyError, match="several; name one of post, pre"):
        mapped(panel, maps.settings("map", indicator="breadth", beleidsveld=""), maps.extra())


def test_values_without_a_shape_are_counted():
    extra = maps.extra()
    shown = mapped(maps.panel(), maps.settings("map"), extra | {SHAPES: extra[SHAPES][1:]})
    assert shown.unshaped == 1 and len(shown.values) == 8 and shown.n_missing == 1


# Quantiles and capacity


def test_the_path_over_quantiles_is_that_of_the_estimates():
    with style(STYLE):
        figure, told = drawn("quantile")
    line = figure.axes[0].lines[-1]
    assert line.get_xdata().tolist() == [0.1, 0.5, 0.9] and line.get_ydata().tolist() == [0.002, 0.018, 0.05]
    band = figure.axes[0].collections[0].get_paths()[0].vertices[:, 1]
    assert band.min() == pytest.approx(0.002 - 1.96 * 0.006) and band.max() == pytest.approx(0.05 + 1.96 * 0.006)
    assert "quantile 0.9 0.050 (0.038 to 0.062)" in told.text


def test_a_quantile_plot_without_a_term_leaves_out_the_constant():
    with style(STYLE):
        figure, _ = drawn("quantile", term=None)
        other, _ = drawn("quantile", term="vte_per_1000")
    assert len(figure.axes) == 1 and "not estimated" in other.axes[0].texts[0].get_text()


def test_three_axes_give_three_panels_of_the_same_dots():
    with style(STYLE):
        figure, told = drawn("capacity")
    values = capacity_values(maps.panel(), maps.AXES)
    assert len(values) == 10 and values["type"].tolist().count(3) == 3
    dots = [sum(len(line.get_xdata()) for line in axes.lines) for axes in figure.axes]
    assert sorted(dots) == [0, 9, 9, 10]  # one municipality lacks the third axis
    both = values[maps.AXES[:2]].rank()
    assert rank_correlation(values, *maps.AXES[:2]) == pytest.approx(np.corrcoef(both.T)[0, 1])
    assert "3: planned no growth (3)" in told.text
    looks = {(line.get_marker(), line.get_mfc()) for axes in figure.axes for line in axes.lines}
    assert len({marker for marker, _ in looks}) == 3


def test_an_axis_without_values_says_so():
    assert b"no values" in draw("capacity", axes=["vte_per_1000", "staff_ambition", "overhead_share"])


# What stands for a figure


def test_an_alternative_is_in_every_format_and_language():
    labels = {language: drawn_told("coefficients", language) for language in ("nl", "en")}
    assert "interval zonder nul" in labels["nl"].text and "leaves out zero" in labels["en"].text
    assert re.search(r"\d,\d", labels["nl"].text) and not re.search(r"\d\.\d", labels["nl"].shown)
    svg = draw("coefficients").decode()
    assert re.search(r'<svg role="img" aria-labelledby="shown-title shown-desc" ', svg)
    assert f'<desc id="shown-desc">{labels["en"].text.replace("&", "&amp;")}</desc>' in svg
    png, pdf = (draw("coefficients", form) for form in ("png", "pdf"))
    assert labels["en"].text.encode() in png
    assert b"/Subject" in pdf and "furthest from zero".encode("utf-16-be") in pdf.replace(b"\\", b"")


def drawn_told(kind, language="en", **about):
    with style(STYLE):
        return drawn(kind, language, **about)[1]


def test_the_largest_coefficient_and_the_count_are_those_of_the_estimates():
    result = results_for("coefficients")["r1_portfolio_shift"]
    rows = result.estimates[result.estimates["block"].isin(list(study.BLOCKS))]
    away = int(((rows["ci_low"] > 0) | (rows["ci_high"] < 0)).sum())
    far = rows.loc[rows["standardised"].abs().idxmax(), "term"]
    told = drawn_told("coefficients").text
    label = study.study_labels("en").term(far)
    assert f"Shift: {len(rows)} coefficients, {away} of them" in told and f"furthest from zero is {label}, " in told


def test_a_refused_specification_is_in_the_alternative():
    gone = {name: study.refused(result) for name, result in results_for("quantile").items()}
    told = drawn_told("quantile", results=gone).text
    assert "not estimated" in told and "interval" not in told


def test_an_alternative_is_escaped_in_an_svg():
    labels = study.study_labels("en")
    poisoned = {key: entry | {"label": {"en": '<b>&"', "nl": ""}} for key, entry in labels.indicators.items()}
    content = draw("capacity", labels=replace(labels, indicators=poisoned))
    assert b"&lt;b&gt;&amp;" in content and b"<b>" not in content
