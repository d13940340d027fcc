"""Captions of tables and figures, written from the run itself in reStructuredText.

The report includes them through workflow/report/caption.rst.
"""

from beleidsvrijheid.numbers import format_number
from beleidsvrijheid.outputs import data_source_label
from beleidsvrijheid.publication import Labels, Result
from beleidsvrijheid.sentences import sentence
from beleidsvrijheid.tables.model import number
from beleidsvrijheid.tables.regression import CR3, regression_title
from beleidsvrijheid.tables.sample import sample_sentence
from beleidsvrijheid.words import word

SHOWS = {
    "regression": "caption.regression",
    "attribution": "caption.table.attribution",
    "descriptives": "caption.descriptives",
    "attrition": "caption.attrition",
    "claims": "caption.claims",
    "replication": "caption.replication",
    "deviations": "caption.deviations",
    "necessity": "caption.table.necessity",
    "qca": "caption.qca",
    "diagnostics": "caption.diagnostics",
    "multiplicity": "caption.multiplicity",
    "mergers": "caption.mergers",
    "multiverse": "caption.multiverse",
    "correlation": "caption.correlation",
    "robustness": "caption.robustness",
    "codebook": "caption.codebook",
}
# These show data, not coefficients or what explains them.
DESCRIPTIVE = (
    "caption.descriptives",
    "caption.attrition",
    "caption.dispersion",
    "caption.claims",
    "caption.replication",
    "caption.deviations",
    "caption.mergers",
    "caption.power",
    "caption.correlation",
    "caption.codebook",
    "caption.capacity",
    "caption.map",
)
# These are about all specifications: the table itself says which, a caption only how many.
OF_ALL = ("caption.descriptives", "caption.attrition", "caption.codebook")
SPECIAL = frozenset("\\`*_|<>[]{}():.-+=~^\"'#")


def escape(text: str) -> str:
    """Text that reStructuredText and Jinja print as it stands, on one line."""
    plain = " ".join("".join(character if character.isprintable() else " " for character in text).split())
    return "".join(f"\\{character}" if character in SPECIAL else character for character in plain)


def table_caption(kind: str, results: dict[str, Result], labels: Labels, data_source: str) -> str:
    """Caption of a table: what it shows, each specification's n, covariance and sample, kind of data."""
    return _caption(
        SHOWS[kind],
        f"title.{kind}",
        results,
        labels,
        data_source,
        with_sample=kind in ("regression", "attribution", "correlation"),
    )


def figure_caption(kind: str, results: dict[str, Result], labels: Labels, data_source: str, told: str = "") -> str:
    """Caption of a figure, as `table_caption`. told: what a figure of no specification shows, in sentences."""
    return _caption(f"caption.{kind}", f"figure.{kind}", results, labels, data_source, with_sample=True, told=told)


def _caption(
    shows: str,
    title: str,
    results: dict[str, Result],
    labels: Labels,
    data_source: str,
    *,
    with_sample: bool,
    told: str = "",
) -> str:
    language = labels.language
    heading = regression_title(results, language) if title == "title.regression" else word(title, language)
    lines = [f"**{escape(heading)}**\n\n{escape(word(shows, language))}"]
    if shows in OF_ALL:
        sentences = [_counted(results, labels)]
    else:
        sentences = [_specification(result, labels, with_sample) for result in results.values()]
    sentences += [told] if told and not results else []
    lines.append("\n".join(f"* {escape(sentence)}" for sentence in sentences))
    closing = [word("note.data", language, source=data_source_label(data_source))]
    if shows not in DESCRIPTIVE:
        closing.insert(0, word("note.observational", language))
    lines.append(escape(" ".join(closing)))
    return "\n\n".join(line for line in lines if line) + "\n"


def _counted(results: dict[str, Result], labels: Labels) -> str:
    """How many specifications there are, and which were not estimated."""
    refused = [labels.specification(result) for result in results.values() if result.refused]
    counts = [format_number(n, 0, labels.language) for n in (len(results), len(refused))]
    names = f" ({'; '.join(refused)})" if refused else ""
    return word("caption.counted", labels.language, n=counts[0], refused=counts[1], names=names)


def _specification(result: Result, labels: Labels, with_sample: bool) -> str:
    language = labels.language
    label = labels.specification(result)
    if result.refused:
        return word("caption.refused", language, label=label, name=result.name, reason=labels.reason(result))
    clusters = number(result.fit.get("n_clusters"))
    text = word(
        "caption.specification",
        language,
        label=label,
        name=result.name,
        outcome=labels.outcome(result),
        n=format_number(number(result.fit.get("n_obs")), 0, language),
        clusters=word("caption.clusters", language, n=format_number(clusters, 0, language)) if clusters else "",
        covariance=_covariance(result, labels),
    )
    return f"{text} {sample_sentence(result, labels)}".strip() if with_sample else text


def _covariance(result: Result, labels: Labels) -> str:
    """The covariance, and how a jackknife takes the place of the plain sandwich."""
    convention = str(result.fit.get("clustered_convention") or "")
    told = [labels.covariance(result), sentence(convention.rstrip("."), labels) if CR3 in convention else ""]
    return "; ".join(part for part in told if part)
