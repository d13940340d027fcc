"""What was found, by topic: sentences whose words follow from verdicts and intervals, never the other way round."""

from markupsafe import Markup

from beleidsvrijheid.report.telling import CLAIMS, Telling

# Topic -> claims of workflow/claims.yaml that belong to it, in the order of the report.
TOPICS = {
    "beyond": ("F1", "F3"),
    "stimulates": ("F2", "F5"),
    "dispersion": (),
    "explained": ("F4",),
    "scale": ("S1", "S2", "S3", "S4", "F8", "F9"),
    "capacity": ("P1", "P2", "P3", "P4", "S5", "I1", "I2", "N1"),
    "politics": ("D1", "D2", "D3"),
    "money": ("F6", "F7", "G1", "G2"),
    "mergers": ("M1", "M2", "M3", "O1", "N2"),
}
# Kinds of figures and tables -> topic; those of OF_CLAIMS stand with the claims that rest on their specifications.
OF_CLAIMS = ("event_study", "regression")
KINDS = {
    "dispersion": "dispersion",
    "event_study": "stimulates",
    "attribution": "explained",
    "coefficients": "explained",
    "regression": "explained",
    "scale_ceiling": "scale",
    "necessity": "scale",
    "qca": "scale",
    "mergers": "mergers",
    "descriptives": "data",
    "attrition": "data",
    "replication": "summary",
    "deviations": "question",
}
BLOCKS = {"capacity": "capacity", "politics": "politics", "scale": "scale"}


def paragraphs(topic: str, telling: Telling) -> list[Markup]:
    """What there is to tell on a topic; empty where the study has nothing on it."""
    told = [*OWN.get(topic, lambda _: [])(telling), *_block(topic, telling), *_claims(topic, telling)]
    return [telling.say(f"about.{topic}"), *told] if told else []


def _claims(topic: str, telling: Telling) -> list[Markup]:
    asked = [one for one in TOPICS[topic] if one in telling.config["claims"]]
    if not asked:
        return []
    where = {"claim_id": "|".join(asked)}
    told = [claim_sentence(one, telling) for one in asked]
    if len(asked) > 1:
        total = telling.results.count(CLAIMS, **where)
        told.insert(0, telling.say("tally", n=total, told=telling.tally(CLAIMS, **where)))
    return told


def claim_sentence(claim: str, telling: Telling) -> Markup:
    """A claim with its verdict and the number that rests on."""
    results, where = telling.results, {"claim_id": claim}
    verdict = results.value(CLAIMS, "verdict", **where)
    known = {"statement": results.show(CLAIMS, "statement", "text", **where), "id": telling.name(claim)}
    if verdict == "not_testable":
        return telling.say("is.not_testable", **known, reason=results.show(CLAIMS, "reason", "text", **where))
    tested = telling.say("rests.on", test=results.show(CLAIMS, "test", "text", **where))
    parts = [telling.say(f"is.{verdict}", **known), tested]
    figures = statistic(claim, telling)
    if figures:
        parts.append(telling.say(f"rests.{form_of(claim, telling)}", **figures))
        settings = telling.config["claims"][claim]
        if sum(len(settings.get(key) or ()) for key in ("rows", "parts", "specifications")) > 1:
            parts.append(telling.say("rests.several"))
    share = results.figure(CLAIMS, "robustness", **where)
    if share is not None:
        key = {0: "rests.alone", 1: "rests.everywhere"}.get(share, "rests.robust")
        parts.append(telling.say(key, share=results.show(CLAIMS, "robustness", "%0", **where)))
    return Markup(" ").join(parts)


def statistic(claim: str, telling: Telling) -> dict[str, Markup]:
    """The number of a claim, its interval (empty where it has none) and its threshold; nothing without a number."""
    results, where = telling.results, {"claim_id": claim}
    figures = results.interval(CLAIMS, "statistic", **where)
    return figures | {"threshold": results.exact(CLAIMS, "threshold", **where)} if figures["estimate"] else {}


def form_of(claim: str, telling: Telling) -> str:
    """What the number of a claim is: an estimate with its interval, one without, or the statistic of a test."""
    where = {"claim_id": claim}
    if telling.results.value(CLAIMS, "ci_low", **where) is not None:
        return "interval"
    # A test that decides is held against the level of the tests (claims/rows.py).
    is_level = telling.results.figure(CLAIMS, "threshold", **where) == telling.config["equivalence"]["alpha"]
    return "test" if is_level else "point"


# How much is explained


def explained(telling: Telling) -> list[Markup]:
    """The primary specification: R2 of the blocks, its tests, the part of each block, the coefficients."""
    primary = telling.config["primary"]
    if not primary:
        return [telling.say("data.primary.none")]
    refusal = telling.not_estimated(primary)
    if refusal is not None:
        return [refusal]
    return [
        Markup(" ").join([_r2(primary, telling), *_r2_tests(primary, telling)]),
        *_shares(primary, telling),
        *_coefficients(primary, telling),
    ]


def _r2(name: str, telling: Telling) -> Markup:
    file = telling.place(name)
    known = {"label": telling.specification(name), "n": telling.results.show(file, "/n_obs", "0")}
    own = telling.results.value(file, "/residual_r2/r2")
    if own is None:
        r2 = telling.results.show(file, "/r2", "3")
        return telling.say("explained.plain" if r2 else "explained.no_r2", **known, r2=r2)
    ends = {"estimate": "r2", "low": "ci_low", "high": "ci_high"}
    shares = {key: telling.results.show(file, f"/residual_r2/{one}", "%1") for key, one in ends.items()}
    return telling.say("explained.r2", **known, **shares, cv=telling.results.show(file, "/r2_cv", "3"))


def _r2_tests(name: str, telling: Telling) -> list[Markup]:
    file, told = f"inference/{name}.csv", []
    for bound in telling.config["equivalence"]["r2_bounds"]:
        for test in ("r2_non_inferiority", "r2_bootstrap"):
            where = {"test": test, "term": "blocks", "bound": bound}
            p = telling.results.figure(file, "p_value", **where)
            if p is not None:
                key = "explained.below" if p < telling.config["equivalence"]["alpha"] else "explained.not_below"
                shown = {"bound": ("bound", "2"), "p": ("p_value", "p")}
                figures = {one: telling.results.show(file, *place, **where) for one, place in shown.items()}
                told.append(telling.say(key, **figures))
    return told


def _shares(name: str, telling: Telling) -> list[Markup]:
    file = f"attribution/{name}.csv"
    parts = [
        telling.say("explained.block", block=telling.name(telling.labels.block(block)), **figures)
        for block in (row["block"] for row in telling.results.rows(file))
        if (figures := telling.results.interval(file, "r2_share", block=block))["estimate"]
    ]
    return [telling.say("explained.blocks") + " " + Markup("; ").join(parts) + "."] if parts else []


def _coefficients(name: str, telling: Telling) -> list[Markup]:
    file, tests = f"estimates/{name}.csv", f"inference/{name}.csv"
    blocks = telling.config["specifications"][name].get("blocks") or {}
    of_blocks = {"block": "|".join(blocks)}
    count = telling.results.count
    if not telling.results.rows(file, **of_blocks):
        return []
    ends = {"above": {"ci_low": ">0"}, "below": {"ci_high": "<0"}}
    counts = {key: count(file, **of_blocks, **where) for key, where in ends.items()}
    told = [telling.say("explained.coefficients", n=count(file, **of_blocks), **counts)]
    tested = {"test": "equivalence", "bound": telling.config["equivalence"]["coefficient_bounds"][0]}
    if telling.results.rows(tests, **tested):
        verdicts = {"small": "equivalent", "open": "undetermined (underpowered)"}
        counts = {key: count(tests, **tested, verdict=verdict) for key, verdict in verdicts.items()}
        bound = telling.setting("equivalence", "coefficient_bounds", 0, form="2")
        told.append(telling.say("explained.equivalent", **counts, bound=bound))
    return [Markup(" ").join(told)]


def _block(topic: str, telling: Telling) -> list[Markup]:
    """The part of a topic's block in R2 of the primary specification."""
    primary, block = telling.config["primary"], BLOCKS.get(topic)
    if not primary or block is None:
        return []
    figures = telling.results.interval(f"attribution/{primary}.csv", "r2_share", block=block)
    return [telling.say("block.share", **figures)] if figures["estimate"] else []


# Dispersion and scale


def dispersion(telling: Telling) -> list[Markup]:
    """Ratios of dispersion, fields one by one, and the permutation of whole fields."""
    told = [
        Markup(" ").join(parts) for name in telling.estimated("dispersion_ratio") if (parts := _ratios(name, telling))
    ]
    for name in telling.estimated("dispersion_change"):
        told += _fields(name, telling)
    for name in telling.estimated("field_permutation"):
        estimate = telling.results.interval(f"estimates/{name}.csv", equation="mean", term="reform")
        p = telling.results.show(f"inference/{name}.csv", "p_value", "p", test="permutation", term="reform")
        if p and estimate["low"]:
            label = telling.specification(name)
            told.append(telling.say("dispersion.permutation", label=label, **estimate, p=p))
    return told


def _ratios(name: str, telling: Telling) -> list[Markup]:
    file, told = f"estimates/{name}.csv", []
    for group in ("reformed", "comparison"):
        key = _words(file, telling, 1, ("rose", "fell", "open"), equation=group, term="sd_log_ratio")
        if key:
            figures = telling.results.interval(file, equation=group, term="sd_log_ratio")
            told.append(telling.say(f"dispersion.{key}", group=telling.labels.place(group), **figures))
    where = {"equation": "reformed-comparison", "term": "log_sd_ratio"}
    key = _words(file, telling, 0, ("more", "less", "same"), **where)
    return [*told, telling.say(f"dispersion.{key}", **telling.results.interval(file, **where))] if key else told


def _words(file: str, telling: Telling, value: float, words: tuple[str, str, str], **where: object) -> str | None:
    """Which word an interval bears: above the value, below it, or neither; None without an interval."""
    ends = [telling.results.figure(file, end, **where) for end in ("ci_low", "ci_high")]
    if None in ends:
        return None
    return words[0] if ends[0] > value else words[1] if ends[1] < value else words[2]


def _fields(name: str, telling: Telling) -> list[Markup]:
    file, told = f"estimates/{name}.csv", []
    for group in ("reformed", "comparison"):
        fields = "|".join(telling.config["sectors"][group])
        where = {"equation": fields, "term": "sd_log_change"}
        if not fields or not telling.results.rows(file, **where):
            continue
        counts = {
            "n": telling.results.count(file, **where),
            "up": telling.results.count(file, **where, ci_low=">0"),
            "down": telling.results.count(file, **where, ci_high="<0"),
        }
        told.append(telling.say("dispersion.fields", group=telling.labels.place(group), **counts))
    return [telling.say("dispersion.one_by_one") + " " + Markup("; ").join(told) + "."] if told else []


def scale(telling: Telling) -> list[Markup]:
    """Slopes at the lowest and the highest quantile."""
    told = []
    for name in telling.estimated("quantile"):
        settings, file = telling.config["specifications"][name], f"estimates/{name}.csv"
        term = next((term for terms in (settings.get("blocks") or {}).values() for term in terms), "")
        figures = {}
        for side, quantile in (("low", min(settings["quantiles"])), ("high", max(settings["quantiles"]))):
            found = telling.results.interval(file, equation=f"quantile_{quantile:g}", term=term)
            figures |= {f"{side}_{key}": one for key, one in found.items()}
        if figures["low_low"] and figures["high_low"]:
            label, of = telling.specification(name), telling.name(telling.labels.term(term))
            told.append(telling.say("scale.quantile", label=label, term=of, **figures))
    return told


OWN = {"explained": explained, "dispersion": dispersion, "scale": scale}
