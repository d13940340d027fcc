"""Why a download did not succeed, in words for its reader; never with a key or a memory address in them."""


class Failure(Exception):
    """An address cannot give what is wanted; asking again would not help."""


class Passing(Failure):
    """One attempt failed and another may succeed.

    retry_after: seconds the server asked to wait. restart: what was received so far is of no use.
    """

    def __init__(self, reason: str, retry_after: float | None = None, restart: bool = False) -> None:
        super().__init__(reason)
        self.retry_after = retry_after
        self.restart = restart


class Unreached(Passing):
    """No answer came from a host. place: host and port that were asked. offline: as it is without a network."""

    def __init__(self, reason: str, place: str, offline: bool) -> None:
        super().__init__(reason)
        self.place = place
        self.offline = offline


class Unusable(Exception):
    """A body is complete but is not what it must be, such as a web page in place of a table."""
