"""A page that is served in a thread of the test, for a browser."""

import threading
from contextlib import contextmanager

import uvicorn

from mmdmr.web.server import open_socket


@contextmanager
def serving(app):
    """Serve an application; gives its address."""
    listening = open_socket('127.0.0.1', 0)
    started = threading.Event()

    class Server(uvicorn.Server):
        """Says when it answers."""

        async def startup(self, sockets=None):
            await super().startup(sockets)
            started.set()

    server = Server(
        uvicorn.Config(app, log_level='warning', timeout_graceful_shutdown=3)
    )
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    try:
        assert started.wait(60)
        yield f'http://127.0.0.1:{listening.getsockname()[1]}'
    finally:
        server.should_exit = True
        thread.join()
