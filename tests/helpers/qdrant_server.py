"""A server that speaks Qdrant's REST calls, and can fail as servers do.

Behind it is Qdrant's own client in memory. As a server with float16 vectors,
it rounds queries to float16.
"""

import json
import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

import numpy as np
from pydantic import TypeAdapter
from qdrant_client import QdrantClient, models

#: What a fault does.
FAULTS = dict(
    busy='the server answers 503',
    quota='the server answers 429 with a time to wait',
    drop='the connection ends before the work',
    lost='the work is done, but the answer is lost',
    slow='the answer comes too late',
    die='the server is gone before the work',
    last='the server is gone after the work',
    bad='the server refuses the request',
    odd='the answer is that of another kind of server',
    html='the answer is a page for people',
    empty='the answer lacks the result',
)
_ODD = dict(odd=['hi'], html=b'<html>\xff', empty=dict(status='ok'))
_COLLECTION = r'/collections/(?P<name>[^/]+)'
_SELECTOR = TypeAdapter(models.PointsSelector)


class QdrantServer:
    """A server at ``url``, until :meth:`stop`.

    Attributes:
        calls (list[str]): Calls so far, such as ``PUT /collections/g/points``.
        fault (Callable): Function of a call and its number, from 0, that
            names a fault or returns None.
        key (str | None): Key that every call needs.
    """

    def __init__(self, version='1.17.1', key=None):
        self.version, self.key = version, key
        self.client = QdrantClient(':memory:')
        self.calls, self.fault, self.is_dead = [], lambda call, n: None, False
        self._lock = threading.Lock()
        self._port = 0
        self.start()

    def start(self):
        handler = type('Handler', (_Handler,), dict(owner=self))
        self._http = ThreadingHTTPServer(('127.0.0.1', self._port), handler)
        self._http.daemon_threads = True
        self._port = self._http.server_address[1]
        self.url = f'http://127.0.0.1:{self._port}'
        self.is_dead = False
        threading.Thread(
            target=self._http.serve_forever, args=(0.01,), daemon=True
        ).start()

    def stop(self):
        self._http.shutdown()
        self._http.server_close()

    def address(self, name='street', timeout=5):
        return f'{self.url}/{name}?timeout={timeout}'

    def answer(self, method, target, body):
        """Status and JSON of a call."""
        parts = urlsplit(target)
        query = {k: v[0] for k, v in parse_qs(parts.query).items()}
        assert query.get('consistency', 'majority') == 'majority', query
        assert query.get('ordering', 'strong') == 'strong', query
        with self._lock:
            if parts.path == '/':
                return 200, dict(title='qdrant', version=self.version)
            found = re.fullmatch(_COLLECTION + r'(?P<rest>.*)', parts.path)
            name = unquote(found['name'])
            if method in ('PUT', 'POST') and not found['rest']:
                # Nothing but PUT makes a collection.
                assert method == 'PUT'
                if self.client.collection_exists(name):
                    return 409, _error(f'Collection {name} already exists!')
            elif found['rest'] != '/exists' and not (
                self.client.collection_exists(name)
            ):
                return 404, _error(f"Collection `{name}` doesn't exist!")
            result = self._result(method, name, found['rest'], body)
            return 200, dict(result=result, status='ok', time=0.0)

    def _result(self, method, name, rest, body):
        client = self.client
        call = (method, rest)
        if call == ('GET', '/exists'):
            return dict(exists=client.collection_exists(name))
        if call == ('GET', ''):
            return client.get_collection(name)
        if call == ('PUT', ''):
            made = models.CreateCollection(**body)
            return client.create_collection(name, vectors_config=made.vectors)
        if call == ('PUT', '/index'):
            assert set(body) == {'field_name', 'field_schema'}
            return dict(operation_id=0, status='completed')
        if call == ('PUT', '/points'):
            given = models.PointsList(**body)
            return client.upsert(
                name, given.points, update_filter=given.update_filter
            )
        if call == ('POST', '/points'):
            given = models.PointRequest(**body)
            return client.retrieve(
                name, given.ids, given.with_payload, given.with_vector or False
            )
        if call == ('POST', '/points/delete'):
            return client.delete(name, _SELECTOR.validate_python(body))
        if call == ('POST', '/points/count'):
            given = models.CountRequest(**body)
            return client.count(name, given.filter, exact=given.exact)
        if call == ('POST', '/points/scroll'):
            return self._scroll(name, models.ScrollRequest(**body))
        if call == ('POST', '/facet'):
            given = models.FacetRequest(**body)
            return client.facet(
                name, given.key, given.filter, given.limit, given.exact
            )
        assert call == ('POST', '/points/query'), call
        given = models.QueryRequest(**body)
        self.search_params = given.params
        query = given.query
        query = getattr(query, 'nearest', query)
        return client.query_points(
            name,
            np.float16(query).astype(float).tolist(),
            query_filter=given.filter,
            limit=given.limit,
            with_payload=given.with_payload,
        )

    def _scroll(self, name, given):
        points, offset = self.client.scroll(
            name,
            given.filter,
            given.limit,
            given.order_by,
            given.offset,
            given.with_payload,
            given.with_vector or False,
        )
        return dict(points=points, next_page_offset=offset)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    owner = None

    def do_GET(self):
        owner = self.owner
        call = f'{self.command} {urlsplit(self.path).path}'
        length = int(self.headers.get('content-length') or 0)
        body = json.loads(self.rfile.read(length) or 'null')
        owner.calls.append(call)
        fault = owner.fault(call, len(owner.calls) - 1)
        assert fault is None or fault in FAULTS
        if fault == 'die':
            owner.is_dead = True
        if owner.is_dead or fault == 'drop':
            self._hang_up()
        elif owner.key and self.headers.get('api-key') != owner.key:
            self._send(403, _error('Invalid API key or JWT'))
        elif fault == 'busy':
            self._send(503, _error('Service unavailable'))
        elif fault == 'quota':
            self._send(429, _error('Too many calls'), ('Retry-After', '1'))
        elif fault == 'bad':
            self._send(400, _error('Wrong input: no'))
        else:
            status, answer = owner.answer(self.command, self.path, body)
            if fault == 'slow':
                time.sleep(1.5)
            owner.is_dead = fault == 'last'
            if fault in ('lost', 'last'):
                self._hang_up()
            else:
                self._send(status, _ODD.get(fault, answer))

    do_PUT = do_POST = do_GET

    def _hang_up(self):
        self.close_connection = True
        self.connection.close()

    def _send(self, status, answer, *headers):
        text = answer
        if not isinstance(answer, bytes):
            text = json.dumps(answer, default=_plain).encode()
        self.send_response(status)
        self.send_header('content-type', 'application/json')
        self.send_header('content-length', str(len(text)))
        for header in headers:
            self.send_header(*header)
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *args):
        pass


def _plain(value):
    return value.model_dump(mode='json')


def _error(text):
    return dict(status=dict(error=text), time=0.0)
