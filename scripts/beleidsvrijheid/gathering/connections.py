"""Sessions that keep nothing between requests and whose connections cannot be held open by dripping headers."""

import socket
import threading
from contextlib import suppress
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.cookies import RequestsCookieJar
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool


class _Watched:
    """A read timeout starts anew with every byte; here the whole head of an answer must come within it."""

    def getresponse(self) -> Any:
        watch = threading.Timer(self.timeout, _cut, [self.sock])
        watch.daemon = True
        watch.start()
        try:
            return super().getresponse()
        finally:
            watch.cancel()


def _cut(sock: socket.socket) -> None:
    with suppress(OSError):
        socket.socket.shutdown(sock, socket.SHUT_RDWR)


class _PlainConnection(_Watched, HTTPConnection):
    pass


class _SecureConnection(_Watched, HTTPSConnection):
    pass


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *arguments: Any, **keywords: Any) -> None:
        super().init_poolmanager(*arguments, **keywords)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}


class _NoCookies(RequestsCookieJar):
    def extract_cookies(self, *_: Any) -> None:
        """Nothing is kept."""


def _no_credentials(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def open_session(user_agent: str, connections: int, proxies: bool) -> requests.Session:
    """A session without cookies and without credentials from the user's netrc.

    connections: how many are kept open per host. proxies: whether those of the environment are used.
    """
    session = requests.Session()
    session.headers.clear()
    # Compressed answers have lengths that cannot be compared and cannot be resumed.
    session.headers.update({"User-Agent": user_agent, "Accept-Encoding": "identity"})
    session.cookies = _NoCookies()
    session.auth = _no_credentials
    session.trust_env = proxies
    for scheme in ("https://", "http://"):
        session.mount(scheme, _Adapter(pool_connections=32, pool_maxsize=connections, max_retries=0))
    return session
