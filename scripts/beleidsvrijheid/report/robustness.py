"""How firm the findings stand: every defensible variant, families of tests, what could overturn an estimate, power."""

from markupsafe import Markup

from beleidsvrijheid.report.telling import CLAIMS, SECOND, Telling
from beleidsvrijheid.words import word


def paragraphs(telling: Telling) -> list[Markup]:
    """What the study did to test its own results."""
    told = [
        *(one for name in telling.config["multiverse"] for one in _multiverse(name, telling)),
        *_families(telling),
        *(one for name in telling.config["diagnostics"] for one in _diagnosed(name, telling)),
        *(one for name in telling.config["power"] for one in _power(name, telling)),
        *_claims(telling),
    ]
    return [*(told or [telling.say("robust.none")]), *_estimated_again(telling)]


def _estimated_again(telling: Telling) -> list[Markup]:
    same = telling.results.count(SECOND, status="same|estimate_same")
    if not telling.results.rows(SECOND, status="same|estimate_same|no_lower_loss"):
        return []
    loss = telling.results.count(SECOND, status="no_lower_loss")
    return [telling.say("robust.again", same=same, loss=loss, file=telling.file(f"results/{SECOND}"))]


def _multiverse(name: str, telling: Telling) -> list[Markup]:
    results, folder = telling.results, f"multiverse/{name}"
    record, joint, entry = f"{folder}/record.csv", f"{folder}/joint.csv", telling.config["multiverse"][name]
    if record not in results:
        return []
    columns = {"estimated": "n_estimated", "cells": "n_cells", "removed": "n_removed"}
    counts = {key: results.show(record, column, "0") for key, column in columns.items()}
    of_all = {"method": _method(joint, telling)}
    told = telling.say(
        "robust.multiverse",
        label=telling.label(entry, name),
        term=telling.name(telling.labels.term(entry["focal"])),
        median=results.show(joint, "estimate", "3", **of_all, test="median"),
        share=results.show(joint, "estimate", "%0", **of_all, test="share_significant"),
        **counts,
    )
    return [Markup(" ").join([told, *_joint(joint, entry, telling, **of_all), *_axis(f"{folder}/axes.csv", telling)])]


def _method(joint: str, telling: Telling) -> str:
    """The joint test that is told: the first there is."""
    return next((row["method"] for row in telling.results.rows(joint)), "")


def _joint(joint: str, entry: dict, telling: Telling, **where: str) -> list[Markup]:
    smallest = telling.results.figure(joint, "p_value", **where, test="smallest_p")
    if smallest is None:
        return []
    is_rejected = smallest < telling.config["equivalence"]["alpha"]
    ps = {
        key: telling.results.show(joint, "p_value", "p", **where, test=test)
        for key, test in (("median_p", "median"), ("family_p", "smallest_p"))
    }
    verdict = telling.say("robust.joint.rejects" if is_rejected else "robust.joint.open")
    method = word(f"method.{where['method']}", telling.language)
    return [telling.say("robust.joint", method=method, verdict=verdict, **ps)]


def _axis(axes: str, telling: Telling) -> list[Markup]:
    rows = [row for row in telling.results.rows(axes, is_primary=True) if row["variance_share"]]
    if not rows:
        return []
    first = max(rows, key=lambda row: float(row["variance_share"]))
    where = {"axis": first["axis"], "is_primary": True}
    share = telling.results.show(axes, "variance_share", "%0", **where)
    return [telling.say("robust.axis", axis=telling.name(first[f"axis_{telling.language}"]), share=share)]


def _families(telling: Telling) -> list[Markup]:
    parts, alpha = [], telling.config["equivalence"]["alpha"]
    for name, entry in telling.config["families"].items():
        file = f"multiplicity/{name}.csv"
        if not telling.results.rows(file):
            continue
        counts = {
            "n": telling.results.count(file, p_value=">-1"),
            "before": telling.results.count(file, p_value=f"<{alpha}"),
            "after": telling.results.count(file, holm_p=f"<{alpha}"),
        }
        shown = telling.setting("equivalence", "alpha", form="2")
        parts.append(telling.say("robust.family", label=telling.label(entry, name), alpha=shown, **counts))
    return [telling.say("robust.families") + " " + Markup("; ").join(parts) + "."] if parts else []


def _diagnosed(name: str, telling: Telling) -> list[Markup]:
    results, file = telling.results, f"diagnostics/{name}.csv"
    told, moran = [], {"test": "spatial", "variant": "moran_residuals"}
    p = results.figure(file, "p_value", **moran) if file in results else None
    if p is not None:
        key = "robust.spatial" if p < telling.config["equivalence"]["alpha"] else "robust.not_spatial"
        estimate = results.show(file, "estimate", "3", **moran)
        told.append(telling.say(key, estimate=estimate, p=results.show(file, "p_value", "p", **moran)))
    flips = {"test": "influence", "variant": "flips"}
    if results.rows(file, **flips):
        counts = {"n": results.count(file, **flips), "k": results.count(file, **flips, estimate=">0")}
        told.append(telling.say("robust.flips", **counts))
    values = {"test": "omitted_variable", "variant": "robustness_value"}
    rows = [row for row in results.rows(file, **values) if row["estimate"]]
    if rows:
        term = max(rows, key=lambda row: float(row["estimate"]))["term"]
        share = results.show(file, "estimate", "%1", **values, term=term)
        told.append(telling.say("robust.value", term=telling.name(telling.labels.term(term)), value=share))
    label = telling.say("robust.diagnosed", label=telling.specification(name))
    return [Markup(" ").join([label, *told])] if told else []


def _power(name: str, telling: Telling) -> list[Markup]:
    file, entry = f"power/{name}.csv", telling.config["power"][name]
    bound = telling.config["equivalence"]["r2_bounds"][0]
    where = {"test": "r2_non_inferiority", "bound": bound, "true_value": 0}
    power = telling.results.show(file, "power", "%0", **where) if file in telling.results else ""
    known = {"label": telling.specification(entry["specification"]), "power": power}
    shown = telling.setting("equivalence", "r2_bounds", 0, form="2")
    return [telling.say("robust.power", **known, bound=shown)] if power else []


def _claims(telling: Telling) -> list[Markup]:
    if not telling.results.value(CLAIMS, "count", robustness=">-1"):
        return []
    counts = {
        "n": telling.results.count(CLAIMS, robustness=">-1"),
        "k": telling.results.count(CLAIMS, robustness="1"),
    }
    return [telling.say("robust.claims", **counts)]
