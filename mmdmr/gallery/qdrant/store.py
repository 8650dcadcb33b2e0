"""The two collections of a Qdrant gallery: making, opening, their head."""

from typing import Any
from uuid import uuid4

from qdrant_client import models

from mmdmr.errors import InputError
from mmdmr.structures import ModelInfo

from .access import Access
from .conditions import is_value
from .head import FORMAT, HEAD, HEAD_ID, STORED, Head

_KEYWORD = models.KeywordIndexParams(
    type=models.KeywordIndexType.KEYWORD, on_disk=True
)
_UUID = models.UuidIndexParams(type=models.UuidIndexType.UUID, on_disk=True)
_FLOAT = models.FloatIndexParams(
    type=models.FloatIndexType.FLOAT, on_disk=True
)
_INTEGER = models.IntegerIndexParams(
    type=models.IntegerIndexType.INTEGER,
    lookup=True,
    range=False,
    on_disk=True,
)
#: Fields that conditions look at: Qdrant looks them up instead of reading
#: every point.
_PERSON_INDEXES = dict(
    file=_UUID,
    frame=_INTEGER,
    source=_KEYWORD,
    camera=_KEYWORD,
    time=_FLOAT,
    score=_FLOAT,
    sighting=_INTEGER,
)
_FILE_INDEXES = dict(
    kind=_KEYWORD,
    stamp=_KEYWORD,
    file=_UUID,
    frame=_INTEGER,
    source=_KEYWORD,
    path=_KEYWORD,
    content=_KEYWORD,
    camera=_KEYWORD,
    time=_FLOAT,
    state=_KEYWORD,
)


class QdrantStore(Access):
    """The collections of a gallery: making, opening, and their head."""

    def exists(self) -> bool:
        """Tell whether the collections are those of a gallery.

        Returns:
            bool: True if there is a head.
        """
        return self.has(self.files) and bool(self._head_payload())

    def create(self, model: ModelInfo) -> None:
        """Make the two collections.

        A creation that was interrupted is completed. The head comes last.

        Args:
            model (ModelInfo): Model of the embeddings.

        Raises:
            InputError: There is a gallery, or a collection of another kind.
        """
        shown = self.address.shown
        if self.exists():
            raise InputError(
                f'{shown} is a gallery already; open it, or name another '
                'collection'
            )
        for name in (self.persons, self.files):
            # An empty collection may be what an interrupted creation left.
            if self.has(name) and self.count(name):
                raise InputError(
                    f'{shown}: the collection {name!r} holds points of '
                    'another program; name another collection'
                )
        vectors = models.VectorParams(
            size=model.dim,
            # Vectors are stored as given: Cosine would round them anew.
            distance=models.Distance.DOT,
            datatype=models.Datatype.FLOAT16,
            on_disk=True,
        )
        self._make(self.persons, vectors, _PERSON_INDEXES)
        self._check_vectors(model.dim)
        self._make(self.files, {}, _FILE_INDEXES)
        head = Head(model, uuid4().hex)
        if self.replace_head(head, head.stamp).stamp != head.stamp:
            raise InputError(f'{shown}: another process made the gallery')

    def head(self) -> Head:
        """Read the head, and check that this version can read the gallery.

        Returns:
            Head: The head as it is now.

        Raises:
            FileNotFoundError: There is no such collection.
            InputError: The collection is no gallery, of another format, or
                damaged.
        """
        shown = self.address.shown
        payload = self._head_payload() if self.has(self.files) else None
        if not payload:
            if self.has(self.persons):
                raise InputError(
                    f'{shown}: the collection is not a gallery of mmdmr; it '
                    'is left as it is. Name another collection'
                )
            raise FileNotFoundError(f'{shown}: no such gallery')
        return self._parsed(payload)

    def replace_head(
        self, head: Head, former: str, patience: float | None = None
    ) -> Head:
        """Change the head if nobody else has changed it meanwhile.

        Args:
            head (Head): New head.
            former (str): Stamp of the head that it replaces. A head with
                another stamp stays.
            patience (float | None): Seconds to wait for a server. Defaults to
                None: as long as ever.

        Returns:
            Head: The head that is stored now. Its stamp tells whether it is
            the new one.
        """
        self.call(
            lambda client: client.upsert(
                self.files,
                [head.to_point()],
                wait=True,
                ordering=models.WriteOrdering.STRONG,
                update_filter=models.Filter(must=[is_value('stamp', former)]),
            ),
            patience,
        )
        return self.current_head()

    def current_head(self) -> Head:
        """Read the head of an open gallery.

        Returns:
            Head: The head as it is now.

        Raises:
            InputError: The gallery was deleted, or is damaged.
        """
        payload = self._head_payload()
        if not payload:
            raise InputError(f'{self.address.shown}: the gallery was deleted')
        return self._parsed(payload)

    def open(self) -> Head:
        """Read the head and check the collection of the persons.

        Returns:
            Head: The head.

        Raises:
            FileNotFoundError: There is no such collection.
            InputError: The collection is no gallery, of another format, or
                damaged.
        """
        head = self.head()
        if not self.has(self.persons):
            raise self.damage(f'the collection {self.persons!r} is missing')
        self._check_vectors(head.model.dim)
        return head

    def damage(self, what: str) -> InputError:
        """Make the error for a damaged gallery.

        Args:
            what (str): What is wrong.

        Returns:
            InputError: Error that names the gallery and the cure.
        """
        return InputError(
            f'{self.address.shown}: the gallery is damaged: {what}; restore '
            'a snapshot, or index the pictures again into a new gallery'
        )

    def _head_payload(self) -> dict[str, Any] | None:
        found = self.call(
            lambda client: client.retrieve(
                self.files,
                [HEAD_ID],
                consistency=models.ReadConsistencyType.MAJORITY,
            )
        )
        payload = found[0].payload if found else None
        return payload if payload and payload.get('kind') == HEAD else None

    def _parsed(self, payload: dict[str, Any]) -> Head:
        version = payload.get('format')
        if version != FORMAT:
            newer = isinstance(version, int) and version > FORMAT
            raise InputError(
                f'{self.address.shown}: the gallery has format {version}, '
                f'which is {"newer" if newer else "older"} than format '
                f'{FORMAT} of this version of mmdmr; use the version that '
                'wrote it, or index the pictures again'
            )
        if payload.get('stored') != STORED:
            raise self.damage(
                f'embeddings are stored as {STORED}, not as '
                f'{payload.get("stored")!r}'
            )
        try:
            return Head.from_payload(payload)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise self.damage(f'its description lacks {error}') from None

    def _check_vectors(self, dim: int) -> None:
        self.set_length(dim)
        vectors = self.info().config.params.vectors
        if (
            not isinstance(vectors, models.VectorParams)
            or vectors.size != dim
            or vectors.distance != models.Distance.DOT
        ):
            raise InputError(
                f'{self.address.shown}: the vectors of the collection '
                f'{self.persons!r} are not those of a gallery, length {dim} '
                'and distance Dot; name another collection'
            )

    def _make(
        self,
        name: str,
        vectors: models.VectorParams | dict[str, models.VectorParams],
        indexes: dict[str, Any],
    ) -> None:
        if not self.has(name):
            try:
                self.call(
                    lambda client: client.create_collection(
                        name, vectors_config=vectors, on_disk_payload=True
                    )
                )
            except InputError:
                # The answer to a former try was lost, or another process was
                # faster.
                if not self.has(name):
                    raise
        if self.address.folder is not None:
            # The embedded mode has no such indexes.
            return
        for key, schema in indexes.items():
            self.call(
                lambda client, key=key, schema=schema: (  # type: ignore
                    client.create_payload_index(
                        name, field_name=key, field_schema=schema, wait=True
                    )
                )
            )
