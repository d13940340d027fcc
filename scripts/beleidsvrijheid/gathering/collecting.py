"""One address of the catalogue -> its files, complete and checked, in the work folder of the source."""

import json
import re
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from beleidsvrijheid.catalogue import Address, Source
from beleidsvrijheid.gathering import paging
from beleidsvrijheid.gathering.archives import write_archive
from beleidsvrijheid.gathering.client import Body, Client, Wanted, check_body
from beleidsvrijheid.gathering.failures import Failure, Unusable
from beleidsvrijheid.gathering.receipts import Receipt, Workplace
from beleidsvrijheid.gathering.routes import host_of

_KEY = re.compile(r"[\x21-\x7e]+")
_MEGABYTE = 1_000_000


class KeyAbsent(Failure):
    """The environment has no key for this address."""


@dataclass(frozen=True)
class Means:
    """What every collection needs.

    keys: name of an environment variable -> key. queries: path of a query in the project -> its text.
    codes: vintage -> codes of its municipalities; raises Failure where they are not known.
    """

    client: Client
    keys: Mapping[str, str]
    queries: Mapping[str, str]
    codes: Callable[[int], list[str]]


def collect(source: Source, address: Address, names: list[str], work: Workplace, means: Means) -> None:
    """Stage the files `names` of an address. Raises Failure; KeyAbsent where its key is not set."""
    # A mirror asks for no key, and the publisher's is none of its business.
    key = None if means.client.route.mirror else _key(address, means.keys)
    job = _Collection(source, address, work, means, key)
    if address.each is not None:
        job.bundle()
    elif address.paging is not None:
        job.pages()
    elif address.follow == "export":
        job.newest_export()
    else:
        _together([lambda name=name: job.file(name, address.files[name]) for name in names], means.client)


def _key(address: Address, keys: Mapping[str, str]) -> tuple[str, str] | None:
    if address.key is None or address.key_header is None:
        return None
    key = keys.get(address.key, "").strip()
    if not key:
        raise KeyAbsent(f"it needs a key: set the environment variable {address.key}")
    if not _KEY.fullmatch(key):
        raise KeyAbsent(f"the environment variable {address.key} is not a key: it holds blanks or unusual characters")
    return address.key_header, key


@dataclass(frozen=True)
class _Collection:
    source: Source
    address: Address
    work: Workplace
    means: Means
    key: tuple[str, str] | None

    def wanted(self, url: str, name: str, **more: Any) -> Wanted:
        address = self.address
        fields: dict[str, Any] = {"content": address.content, "pinned": address.sha256.get(name)} | more
        return Wanted(
            url, largest=address.largest_mb * _MEGABYTE, hosts=tuple(address.redirects), key=self.key, **fields
        )

    def file(self, name: str, url: str) -> None:
        """One file from one address."""
        self._finish(name, url, self.means.client.fetch(self.wanted(url, name), self.work.path(name)))

    def newest_export(self) -> None:
        """The file that a list of exports names as its newest."""
        listed = self.work.parts_of(self.address) / "exports.json"
        self.means.client.fetch(self.wanted(self.address.url, f"{self.address.file}#1", content="json"), listed)
        name = newest_name(json.loads(listed.read_bytes()), Path(self.address.file).suffix)
        self.file(self.address.file, f"https://{host_of(self.address.url)}/files/{name}")

    def bundle(self) -> None:
        """Requests for every municipality, put together in one archive."""
        address, client = self.address, self.means.client
        folder = self.work.parts_of(address)
        members = {
            f"gemeente/{nis}/{member}": address.url.replace("{nis}", nis).replace("{member}", member)
            for nis in self.means.codes(address.each)
            for member in address.members
        }
        paths = {name: folder / name.replace("/", "_") for name in members}
        count = _Count(f"{self.source.id}: {address.file}", len(members), client)

        def one(name: str) -> None:
            self._once(self.wanted(members[name], name), paths[name])
            count.step()

        _together([lambda name=name: one(name) for name in members], client)
        target = self.work.path(address.file)
        write_archive(target, paths)
        self._finish(address.file, address.url, self._made(target, "zip"))

    def pages(self) -> None:
        """An answer in pages, put together in one file."""
        address, route = self.address, self.means.client.route
        folder, stem = self.work.parts_of(address), Path(address.query or "").stem

        def page(number: int, url: str, form: tuple[tuple[str, str], ...] | None) -> Any:
            path = folder / f"{number}.json"
            name = f"{address.file}#{number}"
            more = {"form": form, "form_name": f"query={stem}&page={number:d}", "accept": "sparql"} if form else {}
            self._once(self.wanted(url, name, **more), path)
            self.means.client.journal.note(f"{self.source.id}: {address.file}: page {number}")
            return json.loads(path.read_bytes())

        if address.paging == "wfs":
            content = paging.wfs(address.url, page)
        elif address.paging == "odata":
            hosts = {host_of(address.url)}
            content = paging.odata(address.url, page, lambda url, link: route.leads_to(url, link, hosts))
        else:
            content = paging.sparql(address.url, self.means.queries[address.query], page)
        target = self.work.path(address.file)
        target.write_bytes(paging.written(content))
        self._finish(address.file, address.url, self._made(target, "json"))

    def _once(self, wanted: Wanted, path: Path) -> None:
        """A part of an answer, unless a killed run has it already."""
        try:
            check_body(path, wanted)
        except (FileNotFoundError, Unusable):
            self.means.client.fetch(wanted, path)

    def _made(self, path: Path, content: str) -> Body:
        """A file put together from answers, checked like one that was received."""
        largest = 4 * max(self.address.largest_mb * _MEGABYTE, path.stat().st_size)
        try:
            return check_body(path, replace(self.wanted(self.address.url, path.name, content=content), largest=largest))
        except Unusable as problem:
            raise Failure(f"{path.name}, put together from its parts: {problem}") from None

    def _finish(self, name: str, url: str, body: Body) -> None:
        client = self.means.client
        self.work.stage(name, Receipt.of(url, body, self.address.verified, client.route.mirror))
        client.journal.say(f"{self.source.id}: {name}, {size_in_words(body.size)}")


def newest_name(answer: Any, suffix: str) -> str:
    """Name of the newest file in a JSON:API list of exports, as mandaten-20260412031500084.csv. Raises Failure."""
    pattern = re.compile(rf"[A-Za-z0-9_.-]*?(\d{{8,17}}){re.escape(suffix)}")
    entries = answer.get("data") if isinstance(answer, dict) else None
    texts = [
        text
        for entry in (entries if isinstance(entries, list) else [])
        if isinstance(entry, dict) and isinstance(entry.get("attributes"), dict)
        for text in entry["attributes"].values()
        if isinstance(text, str)
    ]
    dated = {match[1].ljust(17, "0") + match[0]: match[0] for match in map(pattern.fullmatch, texts) if match}
    if not dated:
        raise Failure(f"the list of exports names no dated {suffix} file")
    return dated[max(dated)]


def size_in_words(size: int) -> str:
    """A number of bytes for people."""
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{size / 1e3:.1f} kB"


class _Count:
    """Progress of many small requests: a line per quarter."""

    def __init__(self, what: str, total: int, client: Client) -> None:
        self.what, self.total, self.client, self.done = what, total, client, 0
        self._lock = threading.Lock()

    def step(self) -> None:
        with self._lock:
            self.done += 1
            if self.done % max(1, self.total // 4) == 0 and self.done < self.total:
                self.client.journal.say(f"{self.what}: {self.done} of {self.total}")


def _together(jobs: list[Callable[[], None]], client: Client) -> None:
    """Run jobs at the same time; the first failure ends all, so that a dead host is not asked hundreds of times."""
    with ThreadPoolExecutor(client.settings.connections_per_host) as pool:
        futures = [pool.submit(job) for job in jobs]
        try:
            for future in as_completed(futures):
                future.result()
        except BaseException as problem:
            pool.shutdown(wait=False, cancel_futures=True)
            if not isinstance(problem, Exception):  # Ctrl-C: leaving this block waits for what is under way
                client.stop()
            raise
