"""Progress of a loop over images, shown on the terminal."""

import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

from tqdm import tqdm

Item = TypeVar('Item')


#: Items between two lines if their number is unknown.
_EVERY = 100


def progress(items: Iterable[Item], total: int | None) -> Iterator[Item]:
    """Walk through images: a bar on a terminal, else a line every tenth.

    Args:
        items (Iterable): Images, or results for images.
        total (int | None): Number of items; None if unknown: a line every
            hundred items.

    Yields:
        Item: Each item.
    """
    if sys.stdout.isatty():
        yield from tqdm(items, total=total, unit='image', file=sys.stdout)
        return
    done = 0
    for i, item in enumerate(items, 1):
        yield item
        if total is None:
            if i % _EVERY == 0:
                print(f'{i} images', flush=True)
        elif i * 10 // total > done:
            done = i * 10 // total
            print(f'{i}/{total} images', flush=True)
