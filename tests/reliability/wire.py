"""A connection on which anything can be sent, and one reply read."""

from __future__ import annotations

import socket
from http.client import HTTPException, HTTPResponse
from typing import NamedTuple
from urllib.parse import urlsplit

from tests.waiting import LIMIT


class Reply(NamedTuple):
    """Status 0: the connection was closed without a reply."""

    status: int
    media_type: str
    body: bytes


class Wire:
    """One client, which keeps its connection while the server does."""

    def __init__(self, url: str) -> None:
        address = urlsplit(url)
        self._address = (address.hostname or "", address.port or 0)
        self._socket: socket.socket | None = None

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def open(self) -> None:
        if self._socket is None:
            self._socket = socket.create_connection(self._address, LIMIT)

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def send(self, data: bytes, method: str, *, last: bool = False) -> Reply:
        """The reply; after what is `last` nothing more is sent, so that the server waits for no rest of it.

        The server may close a connection that was used before, at any moment: then another one is tried.
        """
        is_new = self._socket is None
        reply = self._exchange(data, method, last=last)
        return reply if reply.status or is_new else self._exchange(data, method, last=last)

    def _exchange(self, data: bytes, method: str, *, last: bool) -> Reply:
        self.open()
        assert self._socket
        try:
            self._socket.sendall(data)
            if last:
                self._socket.shutdown(socket.SHUT_WR)
            reply = self._read(self._socket, method)
        except (ConnectionError, HTTPException):
            reply = Reply(0, "", b"")
        if last or reply.status not in range(200, 400):
            self.close()
        return reply

    def _read(self, connection: socket.socket, method: str) -> Reply:
        with HTTPResponse(connection, method=method) as response:
            response.begin()
            media_type = response.getheader("Content-Type", "").partition(";")[0]
            endless = media_type == "text/event-stream" or response.status == 101
            body = b"" if endless else response.read()
            if endless or response.will_close:
                self.close()
            return Reply(response.status, media_type, body)
