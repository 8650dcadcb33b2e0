"""Serving the page: address, password, start and end."""

import ipaddress
import os
import socket
import threading
import webbrowser
from contextlib import suppress
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from mmdmr.errors import InputError

#: Variable of the environment that holds the password.
PASSWORD = 'MMDMR_APP_PASSWORD'
_LEAST_LETTERS = 8
#: Requests that are worked on at a time; further ones are refused.
_MOST_REQUESTS = 200


def is_loopback(host: str) -> bool:
    """Tell whether a host is reached from this machine alone.

    Args:
        host (str): Name or address to listen at.

    Returns:
        bool: True for ``localhost`` and the addresses of loopback.

    Example:
        >>> is_loopback('127.0.0.1'), is_loopback('0.0.0.0')
        (True, False)
    """
    if host == 'localhost':
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def find_password(host: str, file: str | Path | None) -> str:
    """Read the password of the page.

    A password never stands on the command line, which every user of the
    machine can list.

    Args:
        host (str): Name or address to listen at.
        file (str | Path | None): File whose first line is the password; None
            for the variable ``MMDMR_APP_PASSWORD``.

    Returns:
        str: The password; '' for none.

    Raises:
        InputError: The password is short, or the host asks for one and there
            is none.
        OSError: The file cannot be read.
    """
    if file is not None:
        where = str(file)
        text = Path(file).read_text(encoding='utf-8', errors='replace')
        password = text.splitlines()[0].strip() if text.strip() else ''
    else:
        where = PASSWORD
        password = os.environ.get(PASSWORD, '')
        if not password and is_loopback(host):
            return ''
    if not password and file is None:
        raise InputError(
            f'--host {host} lets other machines in: name a file that holds a '
            f'password, --password-file FILE, or set {PASSWORD}'
        )
    if len(password) < _LEAST_LETTERS:
        raise InputError(
            f'{where}: a password has {_LEAST_LETTERS} letters at least'
        )
    return password


def allowed_hosts(host: str) -> tuple[str, ...]:
    """Names that the server answers to.

    Args:
        host (str): Name or address to listen at.

    Returns:
        tuple[str, ...]: Names of this machine for itself; () for any, where
        other machines are let in.
    """
    if is_loopback(host):
        return ('localhost', '127.0.0.1', '::1', host)
    return ()


def open_socket(host: str, port: int) -> socket.socket:
    """Listen at an address.

    Args:
        host (str): Name or address.
        port (int): Port; 0 for any that is free.

    Returns:
        socket.socket: The socket.

    Raises:
        InputError: The port is taken, or the host is not of this machine.
    """
    family = socket.AF_INET6 if ':' in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise InputError(
            f'{host}:{port}: {error.strerror or error}; choose another --port '
            'or --host'
        ) from error


def serve(app: ASGIApp, listening: socket.socket, opens: bool) -> None:
    """Serve the page until Ctrl-C.

    Args:
        app (ASGIApp): The application.
        listening (socket.socket): A socket of :func:`open_socket`.
        opens (bool): True to open the page in a browser.
    """
    host, port = listening.getsockname()[:2]
    # A server that listens at all addresses is here under this one.
    shown = {'0.0.0.0': '127.0.0.1', '::': '::1'}.get(host, host)
    address = f'http://{f"[{shown}]" if ":" in shown else shown}:{port}/'
    print(f'Open {address} in a browser. Ctrl-C ends the server.', flush=True)
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            log_level='warning',
            server_header=False,
            limit_concurrency=_MOST_REQUESTS,
            # Ctrl-C does not wait for a browser that holds a video open.
            timeout_graceful_shutdown=3,
        )
    )
    if opens:
        threading.Thread(
            target=webbrowser.open, args=(address,), daemon=True
        ).start()
    # Ctrl-C is the usual end: uvicorn has closed all connections then.
    with suppress(KeyboardInterrupt):
        server.run(sockets=[listening])
    print('\nThe server has ended.')
