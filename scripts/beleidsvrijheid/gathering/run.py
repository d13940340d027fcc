"""All sources of the catalogue: the list of municipalities first, for others ask per municipality; then all at once."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from beleidsvrijheid.catalogue import Source
from beleidsvrijheid.configuration import Data
from beleidsvrijheid.errors import StudyError
from beleidsvrijheid.gathering.client import Client
from beleidsvrijheid.gathering.collecting import Means
from beleidsvrijheid.gathering.failures import Failure
from beleidsvrijheid.gathering.journal import Journal
from beleidsvrijheid.gathering.receipts import Workplace
from beleidsvrijheid.gathering.routes import Route
from beleidsvrijheid.gathering.sources import ABSENT, FAILED, GIVEN, Line, gather_source
from beleidsvrijheid.rawfiles import RAW, files_in
from beleidsvrijheid.sources import municipalities

FIRST = "municipalities"


@dataclass(frozen=True)
class Outcome:
    """lines: the account. probes: address -> what it answered. offline: nothing answered, as without a network."""

    lines: list[Line]
    probes: dict[str, str]
    offline: bool

    @property
    def failed(self) -> bool:
        return any(line.status == FAILED for line in self.lines)


def keys_of(sources: Mapping[str, Source], environment: Mapping[str, str]) -> dict[str, str]:
    """The keys that the catalogue asks for, as far as the environment has them."""
    names = {address.key for source in sources.values() for address in source.addresses if address.key}
    return {name: environment[name].strip() for name in sorted(names) if environment.get(name, "").strip()}


def gather(
    sources: dict[str, Source], data: Data, queries: Mapping[str, str], keys: Mapping[str, str], mergers: Path,
    journal: Journal, raw: Path = RAW,
) -> Outcome:  # fmt: skip
    """Download what the catalogue has addresses for into data/raw, one folder per source.

    queries: path in the project -> text. mergers: the table of mergers, against which municipalities are checked.
    The caller holds the lock of the folder (`receipts.alone`). Raises StudyError when it is stopped from the keyboard.
    """
    client = Client(data.download, Route(data.mirror), journal)
    means = Means(client, keys, queries, _codes_from(sources, data, mergers, raw))
    try:
        lines = _all_lines(sources, data, means, raw)
        return Outcome(lines, _probe(sources, lines, client), client.offline)
    except KeyboardInterrupt:
        raise StudyError("stopped; `snakemake gather` goes on where it stopped") from None
    finally:
        client.stop()


def _all_lines(sources: dict[str, Source], data: Data, means: Means, raw: Path) -> list[Line]:
    def one(source: Source) -> list[Line]:
        if source.id in data.files:
            Workplace(raw / source.id).clear()  # what a killed run left of it is of no use any more
            return [Line(source.id, "", data.files[source.id], GIVEN)]
        return gather_source(source, raw / source.id, means)

    rest = [source for source in sources.values() if source.id != FIRST]
    lines = one(sources[FIRST]) if FIRST in sources else []
    with ThreadPoolExecutor(max(1, len(rest))) as pool:
        futures = [pool.submit(one, source) for source in rest]
        try:
            return lines + [line for future in futures for line in future.result()]
        except BaseException:
            means.client.stop()
            raise


def _probe(sources: dict[str, Source], lines: list[Line], client: Client) -> dict[str, str]:
    """Ask, once each, the addresses of absent sources that may one day give them."""
    absent = {line.source for line in lines if line.status == ABSENT}
    urls = dict.fromkeys(url for source in sources.values() if source.id in absent for url in source.probes)
    answers = {}
    for url in urls:
        answers[url] = client.ask(url)
        client.journal.note(f"{url}: {answers[url]}")
    return answers


def _codes_from(sources: dict[str, Source], data: Data, mergers: Path, raw: Path) -> Callable[[int], list[str]]:
    """Codes of the municipalities of a vintage, read once, from whatever file of theirs there is."""

    @cache
    def units():
        given = data.files.get(FIRST)
        files = sorted(map(str, Path().glob(given))) if given else files_in(raw / FIRST, sources[FIRST])
        if not files:
            raise Failure(f"the codes of the municipalities are needed first: no file {sources[FIRST].place}")
        try:
            return municipalities.parse(municipalities.choose([Path(file) for file in files]), mergers)
        except StudyError as mistake:
            raise Failure(f"the codes of the municipalities are needed first: {mistake}") from None

    return lambda vintage: sorted(units()[f"nis_{vintage}"].unique())
