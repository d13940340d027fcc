"""What an answer says about itself: status, length, version, when to come back; and what went wrong, in words."""

import re
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import requests
import urllib3

from beleidsvrijheid.gathering.failures import Failure, Passing

_PASSING = {408, 425, 429}
_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18})")
_TUNNEL = re.compile(r"Tunnel connection failed: (\d{3})")


@dataclass(frozen=True)
class Version:
    """Which state of a file a server sent: its length and the marks by which it would know it again."""

    total: int | None = None
    etag: str | None = None
    modified: str | None = None

    @classmethod
    def of(cls, response: requests.Response, total: int | None) -> "Version":
        return cls(total, response.headers.get("ETag"), response.headers.get("Last-Modified"))

    @property
    def condition(self) -> dict[str, str]:
        """The rest only if the file is still the same."""
        strong = self.etag if self.etag and not self.etag.startswith("W/") else None
        mark = strong or self.modified
        return {"If-Range": mark} if mark else {}

    def fits(self, other: "Version") -> bool:
        """Whether the other may be the same state: no mark that both have differs."""
        marks = ((self.etag, other.etag), (self.modified, other.modified))
        return self.total == other.total and not any(ours and theirs and ours != theirs for ours, theirs in marks)


def require_success(response: requests.Response, with_key: bool) -> None:
    """Raise Passing for what may go over by itself (408, 425, 429, 5xx), Failure for any other refusal."""
    status = response.status_code
    if status in (200, 206):
        return
    if status == 416:
        raise Passing("HTTP 416", restart=True)
    if status in _PASSING or status >= 500:
        raise Passing(f"HTTP {status}", retry_after=seconds_to_wait(response))
    advice = {401: "a key is needed", 403: "access is refused", 404: "not found", 410: "gone"}.get(status, "")
    if with_key and status in (401, 403):
        advice = "the key is not accepted"
    raise Failure(f"HTTP {status}" + (f", {advice}" if advice else ""))


def seconds_to_wait(response: requests.Response) -> float | None:
    """Retry-After as seconds, given as a number or as a date; None where it is absent or not readable."""
    text = response.headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    until = _instant(text)
    # The server's own clock, where it tells it: ours may be wrong.
    return None if until is None else max(0.0, until - (_instant(response.headers.get("Date", "")) or time.time()))


def _instant(text: str) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None


def length_of(response: requests.Response) -> int | None:
    """Bytes that are to come; None where the server does not say or sends them compressed."""
    if response.headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity"):
        return None
    return response.raw.length_remaining


def require_rest(response: requests.Response, offset: int, known: Version) -> None:
    """A partial answer must be the rest of what is there, of the same state of the file."""
    match = _RANGE.fullmatch(response.headers.get("Content-Range", "").strip())
    if match is None:
        raise Passing("a part without a readable Content-Range", restart=True)
    first, last, total = (int(number) for number in match.groups())
    if first != offset or last != total - 1 or not known.fits(Version.of(response, total)):
        raise Passing("a part of another state of the file", restart=True)


def is_offline(problem: Exception) -> bool:
    """Whether it is what happens without a network."""
    text = str(problem)
    return "NameResolution" in text or "Network is unreachable" in text


def reason(problem: Exception, silence: float, connecting: float) -> str:
    """A network problem in a few words that are the same on every run.

    silence: seconds waited for an answer. connecting: seconds waited for a connection.
    """
    if isinstance(problem, requests.exceptions.ProxyError):
        told = _TUNNEL.search(str(problem))
        return f"the proxy of the environment (HTTPS_PROXY) {f'says {told[1]}' if told else 'gives no connection'}"
    if isinstance(problem, requests.ConnectTimeout):
        return f"no connection within {connecting:g} s"
    if isinstance(problem, requests.Timeout | urllib3.exceptions.ReadTimeoutError) or "timed out" in str(problem):
        return f"silence of {silence:g} s"
    if isinstance(problem, requests.exceptions.SSLError):
        return "the certificate of the host is not accepted"
    if isinstance(problem, urllib3.exceptions.IncompleteRead) or "IncompleteRead" in str(problem):
        return "the answer was cut off"
    if "NameResolution" in str(problem):
        return "the host name is not known (is there a network?)"
    if is_offline(problem):
        return "there is no way to the host (is there a network?)"
    if isinstance(problem, requests.ConnectionError | urllib3.exceptions.ProtocolError):
        return "the connection was refused, reset or closed"
    return f"not a proper answer ({type(problem).__name__})"
