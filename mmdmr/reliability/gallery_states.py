"""States of a gallery that changes, and a plain search of each."""

import threading
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from mmdmr.gallery import Entry, Matches

#: Difference of two similarities that rounding makes, at most: an entry of an
#: embedding may become another float16 by other arithmetic.
_TOLERANCE = 1e-4


class State(NamedTuple):
    """Persons of a gallery at a time.

    Args:
        rows (np.ndarray): (n,) int64 numbers of the persons.
        places (np.ndarray): (n,) their places among all embeddings.
    """

    rows: np.ndarray
    places: np.ndarray


class Answer(NamedTuple):
    """What a search was asked, and what it answered.

    Args:
        query (np.ndarray): (D,) query.
        size (int): Number of persons k that were asked for.
        source (str | None): Source that the search was limited to.
        matches (Matches): (1, k) answer.
        origins (list[tuple[str, str]]): Source and path of each person of the
            answer.
    """

    query: np.ndarray
    size: int
    source: str | None
    matches: Matches
    origins: list[tuple[str, str]]


class States:
    """All states that searches of now may see.

    Threads may call all methods.

    Args:
        feats (np.ndarray): (m, D) embeddings of all persons that come and go.
    """

    def __init__(self, feats: np.ndarray) -> None:
        unit = feats / np.linalg.norm(feats, axis=1, keepdims=True)
        # As they are stored, by other arithmetic than that of a gallery.
        self._feats = unit.astype(np.float16).astype(np.float64)
        # Source and path of the persons, by place.
        self._origins: dict[int, tuple[str, str]] = {}
        self._states = {0: State(*np.empty((2, 0), dtype=np.int64))}
        self._begun = self._done = 0
        self._readers: dict[int, int] = {}
        self._changed = threading.Condition()

    def begin(self) -> None:
        """Note that a change begins: searches may see it from now on."""
        with self._changed:
            self._begun += 1

    def note(
        self, entries: Sequence[Entry], rows: np.ndarray, first: int
    ) -> None:
        """Note that a change is complete.

        Args:
            entries (Sequence[Entry]): Photographs whose persons were added,
                replaced, or removed.
            rows (np.ndarray): (n,) numbers of their persons; none if the
                photographs were removed.
            first (int): Place of the first person of the entries.
        """
        num = sum(len(entry.detections) for entry in entries)
        places = np.arange(first, first + num)
        origins = [
            (entry.source, entry.path)
            for entry in entries
            for _ in range(len(entry.detections))
        ]
        with self._changed:
            self._origins.update(zip(places.tolist(), origins))
            old = self._states[self._done]
            kept = ~np.isin(old.places, places)
            self._done += 1
            self._states[self._done] = State(
                np.concatenate([old.rows[kept], rows]),
                np.concatenate([old.places[kept], places[: len(rows)]]),
            )
            # What no search can see any more is forgotten.
            oldest = min([self._done, *self._readers.values()])
            for number in [x for x in self._states if x < oldest]:
                del self._states[number]
            self._changed.notify_all()

    def enter(self, reader: int) -> None:
        """Note that a search begins.

        Args:
            reader (int): Number of the thread that searches.
        """
        with self._changed:
            self._readers[reader] = self._done

    def leave(self, reader: int, patience: float) -> list[State]:
        """States that a search which ends now may have seen.

        Args:
            reader (int): Number of the thread that searched.
            patience (float): Seconds to wait for a change that has begun.

        Returns:
            list[State]: States in the order of time, one or more.

        Raises:
            TimeoutError: The change is not complete by then.
        """
        with self._changed:
            # The rows of a change that has begun are known at its end.
            last = self._begun
            if not self._changed.wait_for(
                lambda: self._done >= last, patience
            ):
                raise TimeoutError(f'a change took over {patience:g} s')
            first = self._readers.pop(reader)
            return [self._states[x] for x in range(first, last + 1)]

    def compare(
        self, answer: Answer, state: State, complete: bool
    ) -> tuple[float, str | None]:
        """Compare an answer with a plain search of a state.

        Args:
            answer (Answer): Question and answer.
            state (State): State of the gallery.
            complete (bool): True if the answer must not miss a person.

        Returns:
            tuple[float, str | None]: Share of the right persons that were
            found, and what is wrong with the answer; None: nothing.
        """
        rows, places = state
        if answer.source is not None:
            kept = [
                self._origins[place][0] == answer.source
                for place in places.tolist()
            ]
            rows, places = rows[kept], places[kept]
        unit = answer.query.astype(np.float64)
        near = self._feats[places] @ (unit / np.linalg.norm(unit))
        # Lengths of float16 embeddings are rounded: 1.0001 is 1.
        near = np.minimum(near, 1)
        best = -np.sort(-near)[: answer.size]
        num = len(best)
        found = answer.matches.rows[0].tolist()
        told = answer.matches.similarities[0]
        wrong = None
        if answer.matches.num_searched != len(rows):
            wrong = f'{answer.matches.num_searched} persons, not {len(rows)}'
        elif len([row for row in found if row != -1]) != num:
            wrong = f'{found} are not {num} persons'
        elif len(set(found[:num])) < num:
            wrong = 'a person was found twice'
        elif (np.diff(told[:num]) > 0).any():
            wrong = 'the answers are not in order'
        else:
            right = zip(rows.tolist(), near, places.tolist())
            known = {
                row: (value, self._origins[place])
                for row, value, place in right
            }
            wrong = _wrong_person(answer, known, num)
        # Persons that are equally near may change places.
        lost = told[:num] < best - _TOLERANCE
        if wrong is None and complete and lost.any():
            wrong = f'a person of similarity {best[lost][0]:.5f} is missing'
        if wrong is not None:
            return 0, wrong
        least = best[-1] - _TOLERANCE if num else 0
        return float(np.mean(told[:num] >= least)) if num else 1.0, None


def _wrong_person(
    answer: Answer, known: dict[int, tuple[float, tuple[str, str]]], num: int
) -> str | None:
    """First person of an answer that is not as the state has it, or None."""
    rows = answer.matches.rows[0, :num].tolist()
    told = answer.matches.similarities[0, :num].tolist()
    for row, similarity, origin in zip(rows, told, answer.origins):
        if row not in known:
            return f'person {row} is not in the gallery'
        near, right = known[row]
        if abs(near - similarity) > _TOLERANCE:
            return f'person {row}: {similarity:.5f}, not {near:.5f}'
        if origin != right:
            return f'person {row} is not of {origin}'
    return None
