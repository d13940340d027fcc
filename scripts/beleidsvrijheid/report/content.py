"""The parts of the report in their order: sections of paragraphs, lists, figures and tables, and the ledger of claims."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from markupsafe import Markup

from beleidsvrijheid.catalogue import Source
from beleidsvrijheid.claims import Claim, specifications_of
from beleidsvrijheid.report import findings, robustness
from beleidsvrijheid.report.embedding import LONGEST_TABLE, inline_svg, n_rows, read_caption, table_fragment
from beleidsvrijheid.report.findings import KINDS, OF_CLAIMS, TOPICS
from beleidsvrijheid.report.telling import CLAIMS, GAPS, REPLICATION, Telling

REFERENCE = "De Roover, Wynen, Van Dooren & Boon (2022), Bestuurswetenschappen 76(1), 5-26"
FINDINGS = ("used_beyond_formal", "formal_stimulates", "little_explained")
IN_LEDGER = "claims"  # the kind of table that the ledger stands for
TESTS = "robustness"


@dataclass(frozen=True)
class Shown:
    """A figure or table: id on the page, title, content (empty where it is only named), caption, file."""

    id: str
    title: Markup
    content: Markup
    file: str
    about: list[Markup] = field(default_factory=list)
    items: list[Markup] = field(default_factory=list)


@dataclass(frozen=True)
class Section:
    """A heading with what stands under it. level: 2, or 3 for a topic under the results."""

    id: str
    title: Markup
    level: int = 2
    paragraphs: list[Markup] = field(default_factory=list)
    items: list[Markup] = field(default_factory=list)
    figures: list[Shown] = field(default_factory=list)
    tables: list[Shown] = field(default_factory=list)


@dataclass(frozen=True)
class Catalogues:
    """sources: by id, with publisher and what it measures. constructs: entries, with what no open data speaks to."""

    sources: Mapping[str, Source]
    constructs: Sequence[Mapping[str, Any]]


def sections(telling: Telling, catalogues: Catalogues) -> list[Section]:
    """Every section but the ledger, which `claims` gives."""
    drawn, made = figures(telling), tables(telling)
    parts = [
        ("summary", summary(telling), []),
        ("question", question(telling), []),
        ("data", data(telling), data_items(telling, catalogues)),
        ("gaps", gaps(telling), gap_items(telling, catalogues)),
        ("results", [], []),
    ]
    told = {topic: findings.paragraphs(topic, telling) for topic in TOPICS}
    parts += [(topic, lines, []) for topic, lines in told.items() if lines or drawn.get(topic) or made.get(topic)]
    parts += [(TESTS, robustness.paragraphs(telling), []), ("limits", limits(telling), [])]
    return [
        Section(name, telling.say(f"{'topic' if name in TOPICS else 'section'}.{name}"), 3 if name in TOPICS else 2,
                lines, items, drawn.get(name, []), made.get(name, []))
        for name, lines, items in parts
    ]  # fmt: skip


# Words around the findings


def summary(telling: Telling) -> list[Markup]:
    """The verdicts in one sentence, then the three published findings."""
    told = [
        telling.say("summary.all", n=telling.results.count(CLAIMS), told=telling.tally(CLAIMS))
        if telling.config["claims"]
        else telling.say("summary.none")
    ]
    for finding in FINDINGS:
        if telling.results.value(REPLICATION, "count", finding=finding):
            n = telling.results.count(REPLICATION, finding=finding)
            known = {"finding": telling.say(f"finding.{finding}"), "told": telling.tally(REPLICATION, finding=finding)}
            told.append(telling.say("summary.finding", n=n, **known))
    published = telling.config["replication"]["as_published"]
    return [*told, telling.say("summary.published")] if len(told) > 1 and published is None else told


def question(telling: Telling) -> list[Markup]:
    """What is asked, what it replicates, and how it stands to the plan."""
    told = [telling.say("question.reform", year=telling.setting("sectors", "reform_year"))]
    if telling.config["replication"]["candidates"]:
        told.append(telling.say("question.replication", reference=telling.name(REFERENCE)))
    kinds = [row["kind"] for row in telling.results.rows("deviations.csv")]
    if kinds[0] in ("none", "not_frozen"):
        return [*told, telling.say(f"question.plan.{kinds[0]}")]
    n = telling.results.count("deviations.csv", kind="|".join(sorted(set(kinds))))
    return [*told, telling.say("question.plan.differs", n=n, file=telling.file("results/deviations.csv"))]


def data(telling: Telling) -> list[Markup]:
    """Units, periods, files; the primary specification; how many sources are at hand."""
    pre, post = (telling.years("period", when, "years") for when in ("pre", "post"))
    units = telling.setting("geography", "vintage")
    base = telling.setting("deflator", "base_year")
    told = [telling.say("data.units", n=units, base=base, pre=pre, post=post)]
    primary = telling.config["primary"]
    if primary:
        told.append(telling.not_estimated(primary) or _primary(primary, telling))
    counts = {
        "n": telling.results.count(GAPS, construct="source"),
        "present": telling.results.count(GAPS, construct="source", status="present"),
    }
    return [*told, telling.say("data.sources", **counts)]


def _primary(name: str, telling: Telling) -> Markup:
    entry = telling.config["specifications"][name]
    place = entry.get("beleidsveld") or ""
    outcome = telling.labels.indicator(entry["outcome"])
    outcome = f"{outcome}, {telling.labels.place(place)}" if place else outcome
    n = telling.results.show(telling.place(name), "/n_obs", "0")
    return telling.say("data.primary", label=telling.specification(name), outcome=telling.name(outcome), n=n)


def data_items(telling: Telling, catalogues: Catalogues) -> list[Markup]:
    """One item per publisher of sources at hand: what they measure, for how many municipalities, in which years."""
    told: dict[str, list[Markup]] = {}
    for row in telling.results.rows(GAPS, construct="source", status="present"):
        entry, where = catalogues.sources[row["source"]], {"construct": "source", "source": row["source"]}
        figures = {
            "units": telling.results.show(GAPS, "coverage_units", "0", **where),
            "years": telling.results.show(GAPS, "coverage_years", "text", **where),
        }
        key = "data.coverage" if figures["units"] else "data.years"
        coverage = telling.say(key, **figures) if figures["years"] else Markup("")
        # The catalogue describes sources in English.
        measures = Markup('<span class="name" lang="en">{}</span>').format(entry.measures)
        told.setdefault(entry.publisher, []).append(measures + coverage)
    return [
        telling.say("data.source", publisher=telling.name(publisher), measured=_listed(measured))
        for publisher, measured in told.items()
    ]


def _listed(items: list[Markup]) -> Markup:
    """One item as it is, several as a list of their own."""
    listed = Markup("").join(Markup("<li>{}</li>").format(item) for item in items)
    return Markup("<ul>{}</ul>").format(listed) if len(items) > 1 else items[0]


def gaps(telling: Telling) -> list[Markup]:
    """How much of what belongs to the question can be measured, and whether all specifications could be estimated."""
    constructs = "|".join(
        sorted({row["construct"] for row in telling.results.rows(GAPS)} - {"source", "specification"})
    )
    counts = {
        status: telling.results.count(GAPS, construct=constructs, status=status)
        for status in ("present", "partial", "absent", "unmeasurable")
    }
    return [telling.say("gaps.count", **counts, file=telling.file("results/data_gaps.html"))]


def gap_items(telling: Telling, catalogues: Catalogues) -> list[Markup]:
    """What no open source measures, and every specification that was not estimated, each with the reason."""
    reasons = [
        telling.say("gaps.construct", label=telling.name(one["label"][telling.language]),
                    reason=telling.name(one["unmeasurable"][telling.language]))
        for one in catalogues.constructs
        if one.get("unmeasurable")
    ]  # fmt: skip
    refused = [telling.not_estimated(name) for name in telling.config["specifications"]]
    return [*reasons, *(one for one in refused if one is not None)]


def limits(telling: Telling) -> list[Markup]:
    """What the study cannot say."""
    keys = ["observed", "shocks", "before", "verdict"]
    keys += ["replication"] if telling.config["replication"]["candidates"] else []
    keys += ["simulated"] if telling.config["data"]["source"] == "simulated" else []
    return [telling.say(f"limit.{key}") for key in keys]


# Figures and tables


def figures(telling: Telling) -> dict[str, list[Shown]]:
    """Figures of the study by topic, embedded where they were drawn as SVG."""
    found: dict[str, list[Shown]] = {}
    for name, entry in telling.config["figures"].items():
        told = _caption(name, "figure", telling)
        file, form = f"figures/{name}.svg", telling.config["output"]["figures"][0]
        drawing = Markup("")
        if file in telling.results:
            drawing = inline_svg(telling.results.text(file), name)
        where = f"results/figures/{name}.{'svg' if drawing else form}"
        shown = _shown(f"figure-{name}", told, drawing, where, f"results/captions/{name}.figure.rst")
        found.setdefault(_topic(entry["kind"], entry["specifications"], telling), []).append(shown)
    return found


def tables(telling: Telling) -> dict[str, list[Shown]]:
    """Tables of the study by topic; long ones, and those without HTML, are named only. Claims have the ledger."""
    found: dict[str, list[Shown]] = {}
    for name, entry in telling.config["tables"].items():
        if entry["kind"] == IN_LEDGER:
            continue
        file, form = f"tables/{name}.html", telling.config["output"]["tables"][0]
        page = telling.results.text(file) if file in telling.results else ""
        content = table_fragment(page) if page and n_rows(page) <= LONGEST_TABLE else Markup("")
        where = f"results/tables/{name}.{'html' if page else form}"
        caption = _caption(name, "table", telling)
        shown = _shown(f"table-{name}", caption, content, where, f"results/captions/{name}.table.rst")
        if entry["kind"] == "multiplicity":
            family = telling.label(telling.config["families"][entry["entries"][0]], name)
            shown = replace(shown, title=Markup("{}: {}").format(shown.title, family))
        found.setdefault(_topic(entry["kind"], entry["columns"], telling), []).append(shown)
    return found


def _caption(name: str, kind: str, telling: Telling) -> tuple[str, list[str], list[str], str]:
    return read_caption(telling.results.text(f"captions/{name}.{kind}.rst"))


def _shown(
    identity: str, caption: tuple[str, list[str], list[str], str], content: Markup, file: str, origin: str
) -> Shown:
    """Its caption as it was written by the run, each part with the file it stands in."""
    mark = Markup('<span data-origin="{}" data-form="caption">{}</span>')
    title, told, items, closing = caption
    about = [mark.format(origin, one) for one in [*told, closing]]
    return Shown(
        identity, mark.format(origin, title), content, file, about, [mark.format(origin, one) for one in items]
    )


def _topic(kind: str, specifications: list[str], telling: Telling) -> str:
    """The topic of a kind; where a kind serves several, the one most of whose claims rest on the specifications."""
    counts = dict.fromkeys(TOPICS, 0)
    for topic, claim in ((topic, claim) for topic, claims in TOPICS.items() for claim in claims):
        settings = telling.config["claims"].get(claim)
        if settings and kind in OF_CLAIMS:
            rests = specifications_of(Claim.from_settings(settings, telling.config["equivalence"]))
            counts[topic] += len(set(rests) & set(specifications))
    best = max(counts, key=counts.__getitem__)
    return best if counts[best] else KINDS.get(kind, TESTS)


# Ledger


def claims(telling: Telling) -> list[dict[str, Any]]:
    """One entry per claim, in the order of the configuration: id, verdict and what is told of it, part by part."""
    shown, results = [], telling.results
    for claim in telling.config["claims"]:
        where = {"claim_id": claim}
        verdict = results.value(CLAIMS, "verdict", **where)
        columns = ("statement", "source", "test", "reason", "deviations")
        texts = {column: results.show(CLAIMS, column, "text", **where) for column in columns}
        number = findings.statistic(claim, telling)
        key = f"ledger.{findings.form_of(claim, telling)}"
        shown.append(
            texts
            | {"id": telling.name(claim), "verdict": verdict, "says": telling.say(f"verdict.{verdict}")}
            | {"number": telling.say(key, **number) if number else "", "robustness": _robustness(where, telling)}
        )
    return shown


def _robustness(where: dict[str, str], telling: Telling) -> Markup:
    share = telling.results.show(CLAIMS, "robustness", "%0", **where)
    return share + " %" if share else share
