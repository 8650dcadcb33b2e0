"""A mutant: one change of one file."""

import hashlib
from collections import Counter
from dataclasses import dataclass, replace
from random import Random


@dataclass(frozen=True)
class Edit:
    """Bytes ``start`` to ``end`` of a source are replaced by ``text``."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Mutant:
    """A change of a file.

    Args:
        path (str): File, below the root, with slashes.
        function (str): Qualified name of the function; empty outside.
        operator (str): Kind of the change.
        edits (tuple[Edit, ...]): The change, from front to back.
        line (int): First changed line, from 1.
        column (int): First changed byte of the line, from 0.
        spans (tuple[tuple[int, int], ...]): First and last lines of what
            must be executed for the change to matter; empty: the import.
        before (str): The changed lines, as one line.
        after (str): The same lines after the change.
        nth (int): Number of equal changes in the function before this one.
    """

    path: str
    function: str
    operator: str
    edits: tuple[Edit, ...]
    line: int
    column: int
    spans: tuple[tuple[int, int], ...]
    before: str = ''
    after: str = ''
    nth: int = 0

    @property
    def name(self):
        """Place and kind, for a reader."""
        return f'{self.path}:{self.line}:{self.column} {self.operator}'

    @property
    def content(self):
        """What stays the same when lines elsewhere in the file change."""
        return (self.path, self.function, self.before, self.after, self.nth)

    @property
    def key(self):
        """Short name of the content."""
        text = '\0'.join(map(str, self.content))
        return hashlib.sha1(text.encode()).hexdigest()[:12]

    def apply(self, source):
        """Source with the change."""
        data = source.encode()
        for edit in reversed(self.edits):
            data = data[: edit.start] + edit.text.encode() + data[edit.end :]
        return data.decode()


def described(mutants, source):
    """Mutants of one file with their lines before and after, and counted."""
    data, seen, found = source.encode(), Counter(), []
    for mutant in mutants:
        first, last = mutant.edits[0], mutant.edits[-1]
        start = data.rfind(b'\n', 0, first.start) + 1
        end = data.find(b'\n', last.end)
        end = len(data) if end < 0 else end
        tail = len(data) - end
        changed = mutant.apply(source).encode()
        mutant = replace(
            mutant,
            before=_one_line(data[start:end]),
            after=_one_line(changed[start : len(changed) - tail]),
        )
        found.append(replace(mutant, nth=seen[mutant.content]))
        seen[mutant.content] += 1
    return found


def _one_line(data):
    return ' '.join(data.decode().split())


def sample(mutants, num, seed):
    """Some mutants of each file, in an order of their own.

    Each file gets a share by its number of candidates, as far as whole
    numbers go.

    Args:
        mutants (dict[str, list[Mutant]]): Candidates by file.
        num (int): Number of mutants wanted.
        seed (int): The same seed gives the same mutants in the same order.
    """
    random = Random(seed)
    files = sorted(path for path in mutants if mutants[path])
    total = sum(len(mutants[path]) for path in files)
    num = min(num, total)
    shares = {path: num * len(mutants[path]) / total for path in files}
    counts = {path: int(share) for path, share in shares.items()}
    # What is left goes to the largest remainders.
    by_rest = sorted(files, key=lambda path: counts[path] - shares[path])
    for path in by_rest[: num - sum(counts.values())]:
        counts[path] += 1
    drawn = []
    for path in files:
        drawn += random.sample(mutants[path], counts[path])
    random.shuffle(drawn)
    return drawn
