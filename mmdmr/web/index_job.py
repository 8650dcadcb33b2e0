"""Indexing of a folder in the background, one folder at a time."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any

from mmdmr.apis import IndexReport, PersonSearcher
from mmdmr.errors import InputError

#: States of the job. The first is that before any job.
NONE, RUNNING, DONE, CANCELLED, FAILED = (
    *('none', 'running', 'done', 'cancelled', 'failed'),
)
#: Pictures between which a search may take the model.
_BATCH = 2


class _CancelledError(Exception):
    """The user has cancelled the indexing."""


@dataclass(frozen=True)
class JobStatus:
    """What an indexing is doing.

    Args:
        state (str): ``none``, ``running``, ``done``, ``cancelled`` or
            ``failed``.
        folder (str): Folder that is indexed, for people.
        done (int): Pictures that are stored, or frames of the present video.
        total (int | None): Number of pictures; None for a video.
        message (str): A sentence for people.
    """

    state: str = NONE
    folder: str = ''
    done: int = 0
    total: int | None = None
    message: str = 'No folder has been indexed since the server started.'

    def as_json(self) -> dict[str, Any]:
        """Fields for the script of the page.

        Returns:
            dict[str, Any]: The fields.
        """
        return asdict(self)


class IndexJob:
    """Indexes folders into a gallery, one after the other.

    Args:
        searcher (PersonSearcher): The model, whose embedder threads share.
        gallery (Path): Folder of the gallery.
    """

    def __init__(self, searcher: PersonSearcher, gallery: Path) -> None:
        self._searcher, self._gallery = searcher, gallery
        self._status = JobStatus()
        self._lock = Lock()
        self._cancelled = Event()
        self._thread: Thread | None = None

    @property
    def status(self) -> JobStatus:
        """JobStatus: What the job is doing now."""
        with self._lock:
            return self._status

    def start(self, label: str, folder: Path, camera: str) -> None:
        """Begin to index a folder.

        Args:
            label (str): Name of the folder, for people.
            folder (Path): The folder.
            camera (str): Camera of all pictures; '' if unknown.

        Raises:
            InputError: A folder is being indexed.
        """
        with self._lock:
            if self._status.state == RUNNING:
                raise InputError(
                    f'{self._status.folder} is being indexed; wait for its '
                    'end, or cancel it'
                )
            self._cancelled.clear()
            self._status = JobStatus(
                RUNNING, label, message='Looking for pictures and videos ...'
            )
            self._thread = Thread(
                target=self._run, args=(folder, camera), daemon=True
            )
            self._thread.start()

    def cancel(self) -> None:
        """Ask the job to stop. What is stored stays."""
        self._cancelled.set()

    def close(self) -> None:
        """Stop the job and wait for its end."""
        self.cancel()
        with self._lock:
            thread = self._thread
        if thread is not None:
            thread.join()

    def _run(self, folder: Path, camera: str) -> None:
        try:
            report = self._searcher.index(
                folder,
                self._gallery,
                camera=camera,
                batch_size=_BATCH,
                progress=self._progress,
            )
        except _CancelledError:
            self._tell(
                state=CANCELLED,
                message='Cancelled. What was indexed stays in the gallery; '
                'index the folder again to go on.',
            )
        except (InputError, OSError) as error:
            self._tell(state=FAILED, message=str(error))
        except BaseException:
            # The page must not show a job that runs for ever.
            self._tell(
                state=FAILED,
                message='The indexing ended with an error of the program, '
                'which the terminal of the server shows.',
            )
            raise
        else:
            self._tell(state=DONE, message=_sentence(report))

    def _progress(
        self, items: Iterable[Any], total: int | None
    ) -> Iterator[Any]:
        """Walk through pictures, count them, and stop when asked to."""
        unit = 'frames of a video' if total is None else 'pictures'
        of_all = '' if total is None else f' of {total}'
        for done, item in enumerate(items, 1):
            self._tell(
                done=done,
                total=total,
                message=f'{done}{of_all} {unit} are stored.',
            )
            yield item
            if self._cancelled.is_set():
                raise _CancelledError
        if self._cancelled.is_set():
            raise _CancelledError

    def _tell(self, **changes: Any) -> None:
        with self._lock:
            self._status = replace(self._status, **changes)


def _sentence(report: IndexReport) -> str:
    """What an indexing did."""
    told = [
        f'Done. Persons added: {report.num_persons}. Pictures and frames '
        f'read: {report.num_frames}. Files that the gallery had already: '
        f'{report.num_unchanged}.'
    ]
    if report.bad:
        name, reason = next(iter(report.bad.items()))
        told.append(
            f'Files that could not be read: {len(report.bad)}, such as '
            f'{name}: {reason}.'
        )
    return ' '.join(told)
