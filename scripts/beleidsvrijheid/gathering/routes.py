"""Which address is contacted for an address of the catalogue, and where a redirect may lead."""

from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from beleidsvrijheid.gathering.failures import Failure


def host_of(url: str) -> str:
    """The host of an address, lower case."""
    return (urlsplit(url).hostname or "").lower()


@dataclass(frozen=True)
class Route:
    """mirror: base address that stands in for every host, such as http://127.0.0.1:8000/x; None for the hosts themselves."""

    mirror: str | None = None

    @property
    def base(self) -> str:
        return (self.mirror or "").rstrip("/")

    def contacted(self, url: str, form_name: str | None = None) -> str:
        """The address that is opened: https://host/path?query, or mirror/host/path?query.

        form_name: what a form that is sent along is called; a mirror of files sees no forms, so there it is the query.
        """
        parts = urlsplit(url)
        if parts.scheme != "https" or parts.username is not None or not parts.hostname:
            raise Failure("only https addresses are opened")
        if self.mirror is None:
            return url
        query = form_name or parts.query
        return f"{self.base}/{parts.netloc}{parts.path}" + (f"?{query}" if query else "")

    def leads_to(self, url: str, location: str, hosts: Collection[str]) -> str:
        """The catalogue's form of the address that an answer of `url` refers to.

        hosts: where it may lead. Raises Failure for another host, another port or a step down to http.
        """
        try:
            target = urljoin(url, location)
            if self.mirror is not None and target.startswith(self.base + "/"):
                target = "https://" + target.removeprefix(self.base + "/")
            parts = urlsplit(target)
            _ = parts.port
        except ValueError:
            raise Failure(f"it refers to what is no address, {location[:60]!r}: not followed") from None
        if parts.scheme != "https":
            raise Failure(f"it refers to an address that is not https, on {parts.hostname or 'no host'}: not followed")
        place = parts.netloc.lower().removesuffix(":443")
        if place not in hosts:
            raise Failure(
                f"it refers to another host, {parts.hostname}: not followed; "
                "list it under `redirects` in workflow/sources.yaml if it is the publisher's"
            )
        return parts._replace(netloc=place).geturl()
