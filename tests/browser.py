"""Someone at a browser, as far as cookies, redirects and forms go; `tests/web` drives a real one."""

from __future__ import annotations

from http.client import HTTPResponse
from http.cookiejar import CookieJar
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, HTTPSHandler, Request, build_opener

from services.access import COOKIE
from tests.stack import Answer, Stack


class _Stay(HTTPRedirectHandler):
    def redirect_request(self, *args: Any) -> None:
        return None


class Browser:
    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self.cookies = CookieJar()
        self._opener = build_opener(HTTPSHandler(context=stack.trust), HTTPCookieProcessor(self.cookies), _Stay)

    @property
    def token(self) -> str:
        """Of the session; empty where there is none."""
        return next((each.value or "" for each in self.cookies if each.name == COOKIE), "")

    def get(self, path: str, accept: str = "text/html") -> Answer:
        return self._send(Request(self._stack.url + path, headers={"accept": accept}))

    def post(self, path: str, origin: str = "", **fields: str) -> Answer:
        request = Request(self._stack.url + path, urlencode(fields).encode(), method="POST")
        request.add_header("origin", origin or self._stack.url)
        return self._send(request)

    def sign_in(self, user: str, password: str, wanted: str = "/") -> Answer:
        return self.post("/login", username=user, password=password, next=wanted)

    def _send(self, request: Request) -> Answer:
        try:
            answer: HTTPResponse = self._opener.open(request, timeout=30)
        except HTTPError as error:
            with error:
                return Answer(error.code, {k.lower(): v for k, v in error.headers.items()}, error.read())
        with answer:
            return Answer(answer.status, {k.lower(): v for k, v in answer.headers.items()}, answer.read())


def link_of(said: str) -> str:
    """The path of the one-time link that a command has printed."""
    return next(word for word in said.split() if "/link?token=" in word).partition("://")[2].partition("/")[2]
