"""One body at a time: asked with patience, received with limits, handed over only when it is what it must be."""

import hashlib
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import requests
import urllib3
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, stop_any, stop_before_delay
from tenacity.nap import sleep_using_event

from beleidsvrijheid.configuration import Download
from beleidsvrijheid.gathering.answers import Version, is_offline, length_of, reason, require_rest, require_success
from beleidsvrijheid.gathering.connections import cut_all, open_session
from beleidsvrijheid.gathering.contents import check_content
from beleidsvrijheid.gathering.failures import Failure, Passing, Unreached, Unusable
from beleidsvrijheid.gathering.journal import Journal
from beleidsvrijheid.gathering.routes import Route, host_of

MOST_REDIRECTS = 5
_REDIRECTING = {301, 302, 303, 307, 308}
_PIECE = 1 << 16
LONGEST_CONNECTING = 10.0  # seconds
OFFLINE_ATTEMPTS = 2
TELL_EVERY = 5.0  # seconds, of a body that takes long
WAITING_TOLD_EVERY = 20.0  # seconds, of a host that is asked again and again
_ACCEPT = {
    "csv": "text/csv, */*;q=0.5",
    "json": "application/json, */*;q=0.5",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet, */*;q=0.5",
    "zip": "application/zip, */*;q=0.5",
    "turtle": "text/turtle, */*;q=0.5",
    "sparql": "application/sparql-results+json, application/json;q=0.5",
}


@dataclass(frozen=True)
class Wanted:
    """One body: its address in the catalogue, what it must be, and what is sent along.

    largest: ceiling in bytes. pinned: sha256 it must have. hosts: other hosts a redirect may lead to.
    key: (header, key), sent to the host of the address alone. form: fields of a POST request, form_name: what
    a mirror calls it. accept: kind of answer to ask for, where that is not `content`.
    """

    url: str
    content: str
    largest: int
    pinned: str | None = None
    hosts: tuple[str, ...] = ()
    key: tuple[str, str] | None = field(default=None, repr=False)
    form: tuple[tuple[str, str], ...] | None = None
    form_name: str | None = None
    accept: str | None = None


@dataclass(frozen=True)
class Body:
    """A body that was received and found right."""

    sha256: str
    size: int


def checksum(path: Path) -> str:
    """sha256 of a file, in hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_body(path: Path, wanted: Wanted) -> Body:
    """The body in a file, if its content and checksum are right. Raises Unusable."""
    check_content(path, wanted.content, wanted.largest)
    digest = checksum(path)
    if wanted.pinned is not None and digest != wanted.pinned:
        raise Unusable(f"sha256 {digest[:12]}..., not {wanted.pinned[:12]}... as pinned in workflow/sources.yaml")
    return Body(digest, path.stat().st_size)


class Client:
    """All requests of one run: bounded in number, patient, and to no address but those given."""

    def __init__(self, settings: Download, route: Route, journal: Journal, project: str = "beleidsvrijheid") -> None:
        purpose = "reproducible research on Flemish municipalities"
        contact = f"; contact {settings.contact}" if settings.contact else ""
        self.settings, self.route, self.journal = settings, route, journal
        self.stopped = threading.Event()
        self._session = open_session(f"{project} ({purpose}{contact})", settings.connections, route.mirror is None)
        self._all = threading.BoundedSemaphore(settings.connections)
        self._hosts: dict[str, threading.BoundedSemaphore] = {}
        self._lock = threading.Lock()
        self._answered: set[str] = set()
        self._unreached: dict[str, Unreached] = {}
        self._told: dict[str, float] = {}

    @property
    def connecting(self) -> float:
        """Seconds to wait for a connection."""
        return min(LONGEST_CONNECTING, self.settings.timeout_seconds)

    @property
    def offline(self) -> bool:
        """Whether all that was tried failed as it does without a network."""
        given_up = self._unreached.values()
        return bool(given_up) and not self._answered and all(one.offline for one in given_up)

    def stop(self) -> None:
        """End what is under way, and ask for nothing more."""
        self.stopped.set()
        cut_all()

    def fetch(self, wanted: Wanted, target: Path) -> Body:
        """Receive a body into `target`, which appears complete and checked or not at all. Raises Failure."""
        transfer = _Transfer(self, wanted, target.with_name(target.name + ".part"))
        policy = Retrying(
            retry=retry_if_exception_type(Passing),
            stop=stop_any(
                stop_after_attempt(self.settings.attempts),
                stop_before_delay(self.settings.deadline_seconds),
                _is_offline,
            ),
            wait=self._wait,
            sleep=sleep_using_event(self.stopped),
            before_sleep=lambda state: self._note(wanted.url, state),
            reraise=True,
        )
        try:
            body = policy(transfer.attempt)
            transfer.part.replace(target)
            return body
        except Passing as last:
            attempts = policy.statistics["attempt_number"]
            self._give_up(last)
            raise Failure(f"{last} (given up after {attempts} attempt{'s' if attempts > 1 else ''})") from None
        finally:
            transfer.part.unlink(missing_ok=True)

    def ask(self, url: str) -> str:
        """What an address answers, in a few words; one request, nothing is kept."""
        try:
            with self._slots(url), self._open(Wanted(url, "json", 1), {}) as response:
                kind = response.headers.get("Content-Type", "no content type").split(";")[0][:60]
                return f"HTTP {response.status_code}, {kind}"
        except Failure as problem:
            self._give_up(problem)
            return str(problem)

    @contextmanager
    def answer(self, wanted: Wanted, headers: dict[str, str]) -> Iterator[requests.Response]:
        """A successful answer, its body still to be read. Raises Failure; Passing where asking again may help."""
        if self.stopped.is_set():
            raise Failure("stopped")
        try:
            with self._slots(wanted.url), self._open(wanted, headers) as response:
                require_success(response, wanted.key is not None)
                yield response
        except (requests.RequestException, urllib3.exceptions.HTTPError) as problem:
            raise Passing(self._reason(problem)) from None

    def _open(self, wanted: Wanted, headers: dict[str, str]) -> requests.Response:
        """The first answer that is no redirect."""
        url, form = wanted.url, wanted.form
        own = host_of(wanted.url)
        for _ in range(MOST_REDIRECTS + 1):
            accept = _ACCEPT.get(wanted.accept or wanted.content, "*/*")
            sent = {"Accept": accept, **headers} | (dict([wanted.key]) if wanted.key and host_of(url) == own else {})
            response = self._send(self.route.contacted(url, wanted.form_name if form else None), sent, form)
            if response.status_code not in _REDIRECTING:
                return response
            response.close()
            url = self.route.leads_to(url, response.headers.get("Location", ""), {own, *wanted.hosts})
            form = form if response.status_code in (307, 308) else None
        raise Failure(f"more than {MOST_REDIRECTS} redirects")

    def _send(self, url: str, headers: dict[str, str], form: tuple[tuple[str, str], ...] | None) -> requests.Response:
        """One request. Raises Unreached where no answer comes, Failure for a host that is known to give none."""
        place = urlsplit(url).netloc
        if place in self._unreached and place not in self._answered:
            raise Failure(f"{self._unreached[place]} (not tried again)")
        try:
            response = self._session.request(
                "GET" if form is None else "POST",
                url,
                headers=headers,
                data=form,
                stream=True,
                allow_redirects=False,
                timeout=(self.connecting, self.settings.timeout_seconds),
            )
        except (requests.RequestException, urllib3.exceptions.HTTPError) as problem:
            raise Unreached(self._reason(problem), place, is_offline(problem)) from None
        except (OSError, ValueError) as problem:  # of our own making, such as REQUESTS_CA_BUNDLE that is not there
            raise Failure(f"the request cannot be made: {problem}") from None
        self._answered.add(place)
        return response

    def _reason(self, problem: Exception) -> str:
        return reason(problem, self.settings.timeout_seconds, self.connecting)

    def _give_up(self, problem: Failure) -> None:
        """A host that never answered, over all attempts, is not asked for its other addresses."""
        if isinstance(problem, Unreached) and not self.stopped.is_set():
            self._unreached.setdefault(problem.place, problem)

    @contextmanager
    def _slots(self, url: str) -> Iterator[None]:
        with self._lock:
            bound = threading.BoundedSemaphore(self.settings.connections_per_host)
            host = self._hosts.setdefault(host_of(self.route.contacted(url)), bound)
        with ExitStack() as held:
            held.enter_context(host)  # first the host: who waits for a slow one holds no other place
            held.enter_context(self._all)
            yield

    def _wait(self, state: RetryCallState) -> float:
        """Doubled after every attempt, or as long as the server asks; never longer than the longest."""
        problem = state.outcome.exception() if state.outcome else None
        doubled = self.settings.first_wait_seconds * 2.0 ** (state.attempt_number - 1)
        return min(self.settings.longest_wait_seconds, max(doubled, getattr(problem, "retry_after", None) or 0.0))

    def _note(self, url: str, state: RetryCallState) -> None:
        problem = state.outcome.exception() if state.outcome else None
        if self.stopped.is_set():
            return
        self.journal.note(f"{url}: attempt {state.attempt_number}: {problem}; again in {state.upcoming_sleep:g} s")
        host = host_of(url)
        now = time.monotonic()
        with self._lock:
            due = now - self._told.get(host, float("-inf")) >= WAITING_TOLD_EVERY
            self._told |= {host: now} if due else {}
        if due:
            self.journal.show(f"{host}: {problem}; asked again")


def _is_offline(state: RetryCallState) -> bool:
    """A name that is not known is not known a second later either."""
    problem = state.outcome.exception() if state.outcome else None
    return isinstance(problem, Unreached) and problem.offline and state.attempt_number >= OFFLINE_ATTEMPTS


class _Transfer:
    """One body on its way: what of it is on disk, and which state of the file that is."""

    def __init__(self, client: Client, wanted: Wanted, part: Path) -> None:
        self.client, self.wanted, self.part = client, wanted, part
        self.version = Version()
        self.deadline = time.monotonic() + client.settings.deadline_seconds
        self.told = time.monotonic()
        part.unlink(missing_ok=True)

    def attempt(self) -> Body:
        """Ask for the body, or for the rest of it, and check the whole."""
        try:
            offset = self.part.stat().st_size if self.part.exists() else 0
            asked = {"Range": f"bytes={offset}-", **self.version.condition} if offset else {}
            with self.client.answer(self.wanted, asked) as response:
                self._receive(response, offset)
            return check_body(self.part, self.wanted)
        except Unusable as problem:
            self._restart()
            # An error page or a half-written file may be gone the next time.
            raise Passing(str(problem)) from None
        except Passing as problem:
            if problem.restart or self.version.total is None:
                self._restart()
            raise

    def _restart(self) -> None:
        self.part.unlink(missing_ok=True)
        self.version = Version()

    def _receive(self, response: requests.Response, offset: int) -> None:
        if response.status_code == 206:
            if not offset:
                raise Passing("a part of a file that was asked for whole", restart=True)
            require_rest(response, offset, self.version)
        else:
            offset = 0
            self.version = Version.of(response, length_of(response))
        if (self.version.total or 0) > self.wanted.largest:
            raise Failure(self._too_large())
        with open(self.part, "ab" if offset else "wb") as file:
            for piece in self._pieces(response):
                offset += len(piece)
                if offset > self.wanted.largest:
                    raise Failure(self._too_large())
                file.write(piece)
                self._tell(offset)
        if self.version.total is not None and offset != self.version.total:
            raise Passing(f"cut off at {offset} of {self.version.total} bytes", restart=offset > self.version.total)

    def _pieces(self, response: requests.Response) -> Iterator[bytes]:
        """What is there, as soon as it is there: a trickle must not outlast the deadline unseen."""
        while piece := response.raw.read1(_PIECE, decode_content=True):
            if time.monotonic() > self.deadline:
                raise Failure(f"not complete within {self.client.settings.deadline_seconds:g} s")
            if self.client.stopped.is_set():
                raise Failure("stopped")
            yield piece

    def _tell(self, offset: int) -> None:
        now = time.monotonic()
        if now - self.told >= TELL_EVERY:
            self.told = now
            of = f" of {self.version.total / 1e6:.1f}" if self.version.total else ""
            self.client.journal.show(f"{self.wanted.url}: {offset / 1e6:.1f}{of} MB")

    def _too_large(self) -> str:
        return (
            f"larger than {self.wanted.largest // 1_000_000} MB; raise `largest_mb` of this address in "
            "workflow/sources.yaml if that is as it should be"
        )
