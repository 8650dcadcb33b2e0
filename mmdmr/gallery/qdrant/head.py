"""The head of a Qdrant gallery: one point that describes everything else."""

from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from qdrant_client.models import PointStruct

from mmdmr.structures import ModelInfo

from .points import from_text, to_text

#: Version of the format.
FORMAT = 1
#: Type of the stored embeddings.
STORED = 'float16'
#: Id and kind of the point.
HEAD_ID = str(UUID(int=0x6D646D72))
HEAD = 'mmdmr gallery'


@dataclass(frozen=True)
class Owner:
    """The process that writes to a gallery.

    Args:
        token (str): Random name of the writer.
        host (str): Name of its machine.
        process (int): Number of its process.
        since (float): POSIX time of its beginning.
        until (float): POSIX time at which its claim ends.
    """

    token: str
    host: str
    process: int
    since: float
    until: float


@dataclass(frozen=True)
class Head:
    """Model, numbers, names and writer of a gallery.

    Args:
        model (ModelInfo): Model of the embeddings.
        stamp (str): Random name of this state: a change names the state that
            it replaces, so that of two changes at once only one is made.
        origin (dict[str, str]): Files that the model is loaded from.
        next_row (int): Least number that no person ever had.
        next_sighting (int): Least number that no sighting ever had.
        next_file (int): Least number that no file ever had.
        roots (dict[str, str]): Folder of each source, in the order of their
            adding.
        cameras (tuple[str, ...]): Names of cameras in the order of their
            adding.
        owner (Owner | None): The writer; None if nobody writes.
    """

    model: ModelInfo
    stamp: str
    origin: dict[str, str] = field(default_factory=dict)
    next_row: int = 1
    next_sighting: int = 0
    next_file: int = 1
    roots: dict[str, str] = field(default_factory=dict)
    cameras: tuple[str, ...] = ()
    owner: Owner | None = None

    def with_names(self, source: str, camera: str | None = None) -> 'Head':
        """Add names that are new.

        Args:
            source (str): Name of a source.
            camera (str | None): Name of a camera. Defaults to None: none.

        Returns:
            Head: The head with the names.
        """
        head = self
        if source not in head.roots:
            head = replace(head, roots={**head.roots, source: ''})
        if camera and camera not in head.cameras:
            head = replace(head, cameras=(*head.cameras, camera))
        return head

    def to_point(self) -> PointStruct:
        """Make the point of the head.

        Returns:
            PointStruct: Point without a vector.
        """
        payload = dict(
            kind=HEAD,
            format=FORMAT,
            stored=STORED,
            model=vars(self.model),
            stamp=self.stamp,
            origin=_texts(self.origin, to_text),
            next_row=self.next_row,
            next_sighting=self.next_sighting,
            next_file=self.next_file,
            # Lists keep their order in every store.
            roots=[[to_text(a), to_text(b)] for a, b in self.roots.items()],
            cameras=[to_text(name) for name in self.cameras],
            owner=None if self.owner is None else vars(self.owner),
        )
        return PointStruct(id=HEAD_ID, vector={}, payload=payload)

    @classmethod
    def from_payload(cls, payload: dict[str, Any]) -> 'Head':
        """Read the point of the head.

        Args:
            payload (dict[str, Any]): Payload of the point, of this format.

        Returns:
            Head: The head.

        Raises:
            KeyError: A field is missing.
            TypeError: A field has another type.
            ValueError: A field has another value.
        """
        owner = payload['owner']
        return cls(
            ModelInfo(**payload['model']),
            payload['stamp'],
            _texts(payload['origin'], from_text),
            int(payload['next_row']),
            int(payload['next_sighting']),
            int(payload['next_file']),
            {from_text(a): from_text(b) for a, b in payload['roots']},
            tuple(map(from_text, payload['cameras'])),
            None if owner is None else Owner(**owner),
        )


def _texts(names: dict[str, str], turn: Any) -> dict[str, str]:
    return {key: turn(name) for key, name in names.items()}
