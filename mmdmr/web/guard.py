"""What every request has to pass, and headers of every answer."""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_SAFE = frozenset(('GET', 'HEAD'))


class Guard:
    """Checks host, password and origin of requests, and adds headers.

    - A server for this machine alone answers to its own names only: a page
      of another site whose name points here (DNS rebinding) is refused.
    - With a password, each request needs it (HTTP Basic; any user name).
    - A request that changes something must come from a page of this server.

    Args:
        app (ASGIApp): The application.
        hosts (Sequence[str]): Names that the server answers to; () for any.
        password (str): The password; '' for none.
    """

    def __init__(
        self, app: ASGIApp, hosts: Sequence[str] = (), password: str = ''
    ) -> None:
        self._app = app
        self._hosts = frozenset(hosts)
        self._digest = _digest(password.encode()) if password else b''

    async def __call__(
        self, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Answer a request, or hand it on.

        Args:
            scope (Scope): The request.
            receive (Receive): Gives its body.
            send (Send): Takes the answer.
        """
        if scope['type'] != 'http':
            await self._app(scope, receive, send)
            return
        nonce = secrets.token_urlsafe(16)
        scope.setdefault('state', {})['nonce'] = nonce

        async def send_with_headers(message: Message) -> None:
            if message['type'] == 'http.response.start':
                _add_headers(MutableHeaders(scope=message), nonce)
            await send(message)

        refusal = self._refusal(scope['method'], Headers(scope=scope))
        await (refusal or self._app)(scope, receive, send_with_headers)

    def _refusal(self, method: str, headers: Headers) -> Response | None:
        """Answer to a request that does not pass; None if it passes."""
        if self._hosts and _name(headers.get('host', '')) not in self._hosts:
            return PlainTextResponse(
                'This server answers to its own addresses only.', 421
            )
        if self._digest and not self._knows_password(headers):
            return PlainTextResponse(
                'This page needs a password.',
                401,
                {'WWW-Authenticate': 'Basic realm="mmdmr", charset="UTF-8"'},
            )
        if method not in _SAFE and not _is_same_origin(headers):
            return PlainTextResponse(
                'A form of another site may change nothing here.', 403
            )
        return None

    def _knows_password(self, headers: Headers) -> bool:
        kind, _, encoded = headers.get('authorization', '').partition(' ')
        try:
            user = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            return False
        if kind.lower() != 'basic':
            return False
        given = user.partition(b':')[2]
        # Digests have one length: the time tells nothing of the password.
        return hmac.compare_digest(_digest(given), self._digest)


def _digest(password: bytes) -> bytes:
    return hashlib.sha256(password).digest()


def _name(host: str) -> str:
    """Name of a host without the port."""
    try:
        return urlsplit(f'//{host}').hostname or ''
    except ValueError:
        return ''


def _is_same_origin(headers: Headers) -> bool:
    """Whether a page of this server sent a form; browsers tell in two ways."""
    site = headers.get('sec-fetch-site')
    if site is not None:
        return site == 'same-origin'
    # Without scheme: a proxy that encrypts may stand in front.
    origin = headers.get('origin', '').partition('://')[2]
    return bool(origin) and origin == headers.get('host')


def _add_headers(headers: MutableHeaders, nonce: str) -> None:
    headers['Content-Security-Policy'] = (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; "
        # The places of frames over a picture stand in a style element.
        f"style-src 'self' 'nonce-{nonce}'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    )
    headers['X-Content-Type-Options'] = 'nosniff'
    headers['X-Frame-Options'] = 'DENY'
    # "no-referrer" would take the origin from forms.
    headers['Referrer-Policy'] = 'same-origin'
    headers['Cross-Origin-Opener-Policy'] = 'same-origin'
    headers['Cross-Origin-Resource-Policy'] = 'same-origin'
    headers['Permissions-Policy'] = 'camera=(), microphone=(), geolocation=()'
    headers.setdefault('Cache-Control', 'private, no-cache')
