"""What every part of the report is told with: result files, the configuration as run, and labels, in one language."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from markupsafe import Markup

from beleidsvrijheid.publication import Labels
from beleidsvrijheid.report.origin import Results
from beleidsvrijheid.report.words import WORDS
from beleidsvrijheid.words import word

CONFIGURATION, CLAIMS, REPLICATION, GAPS = "run_config.yaml", "claims.csv", "replication.csv", "data_gaps.csv"
SECOND = "second_estimates.csv"
VERDICTS = ("supported", "contradicted", "undetermined", "not_testable")


@dataclass(frozen=True)
class Telling:
    """results: the files of the study. labels: for ids of indicators and fields. data_source: simulated or open."""

    results: Results
    labels: Labels

    @cached_property
    def config(self) -> dict[str, Any]:
        """The configuration as run."""
        return self.results.tree(CONFIGURATION)

    @property
    def language(self) -> str:
        """nl or en."""
        return self.labels.language

    def say(self, key: str, **values: object) -> Markup:
        """A fixed text with its braces filled; what is not Markup already is escaped."""
        text = Markup(word(key, self.language, of=WORDS))
        return text.format(**values) if values else text

    def name(self, text: object) -> Markup:
        """A name or id as it stands in the configuration or a catalogue: digits in it are no results."""
        return Markup('<span class="name">{}</span>').format(text)

    def file(self, path: str) -> Markup:
        """A file by its path."""
        return Markup("<code>{}</code>").format(path)

    def setting(self, *keys: object, form: str = "text") -> Markup:
        """A value of the configuration as run."""
        return self.results.show(CONFIGURATION, "".join(f"/{key}" for key in keys), form)

    def years(self, *keys: object) -> Markup:
        """First and last year of a period of the configuration."""
        ends = [self.setting(*keys, place) for place in (0, 1)]
        return Markup("{}\u2013{}").format(*ends) if ends[1] and str(ends[0]) != str(ends[1]) else ends[0]

    def joined(self, parts: Iterable[Markup]) -> Markup:
        """Parts of a sentence, with commas and a last "and"."""
        *most, last = list(parts)
        return Markup(", ").join(most) + (self.say("and") if most else "") + last

    def label(self, entry: Mapping[str, Any], otherwise: str) -> Markup:
        """Label of an entry of the configuration."""
        return self.name((entry.get("label") or {}).get(self.language) or otherwise)

    def specification(self, name: str) -> Markup:
        """Label of a specification."""
        return self.label(self.config["specifications"].get(name, {}), name)

    def place(self, name: str) -> str:
        """The file that says how a specification was estimated."""
        return f"fits/{name}.json"

    def not_estimated(self, name: str) -> Markup | None:
        """Why a specification has no estimates, as a sentence; None where it has."""
        for place in range(len(self.config["refused"].get(name, ()))):
            reason = self.setting("refused", name, place, form="sentence")
            return self.say("not_estimated", label=self.specification(name), reason=reason)
        file = self.place(name)
        if file in self.results and self.results.value(file, "/status") == "estimated":
            return None
        reason = (
            self.results.show(file, "/reason", "sentence") if file in self.results else self.file(f"results/{file}")
        )
        return self.say("not_estimated", label=self.specification(name), reason=reason)

    def estimated(self, estimator: str) -> list[str]:
        """Names of the specifications of an estimator that have estimates."""
        chosen = [name for name, one in self.config["specifications"].items() if one["estimator"] == estimator]
        return [name for name in chosen if self.not_estimated(name) is None]

    def tally(self, file: str, **where: object) -> Markup:
        """How often each verdict was reached among rows of claims.csv or replication.csv."""
        counts = {
            verdict: self.results.count(file, **where, verdict=verdict)
            for verdict in VERDICTS
            if self.results.value(file, "count", **where, verdict=verdict)
        }
        return self.joined(
            self.say("tally.one", n=n, verdict=self.say(f"verdict.{verdict}")) for verdict, n in counts.items()
        )
