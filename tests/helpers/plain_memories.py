"""Losses and memories in lists and loops, beside those of the package.

Each class has ``step(query, ids, keys)``, which returns the loss of a batch
and writes its keys, and ``stored()``, the keys with their identities.
"""

import torch
import torch.nn.functional as F


def _is_finite(key):
    return bool(key.isfinite().all())


def _contrast(q, positive, negative, scale):
    """Equation (4) of docs/method.md for one person."""
    if not negative:
        return 0 * q.sum()
    return F.softplus(
        torch.logsumexp(torch.stack([-scale * (k @ q) for k in positive]), 0)
        + torch.logsumexp(torch.stack([scale * (k @ q) for k in negative]), 0)
    )


def _mean(losses, query):
    return torch.stack(losses).mean() if losses else 0 * query.sum()


class PlainQueue:
    """Pair loss, or the loss of unlabelled persons, with two rings.

    Args:
        sizes (tuple[int, int] | None): Slots for labelled and for unlabelled
            keys; None for a batch that is compared with itself.
        scale (float): Scale of the similarities.
        unlabelled (bool): True for the loss of unlabelled persons.
    """

    def __init__(self, sizes, scale, unlabelled=False):
        self.sizes, self.scale, self.unlabelled = sizes, scale, unlabelled
        self.rings = [[], []]

    def step(self, query, ids, keys):
        if self.sizes is None:
            self.rings = [[], []]
        for i, (key, person) in enumerate(zip(keys, ids)):
            if _is_finite(key):
                ring = self.rings[person < 0]
                ring.append((key, max(person, -1), i))
                if self.sizes is not None:
                    # The oldest key goes first.
                    del ring[: -self.sizes[person < 0] or None]
        # Keys of the batch have a place in the batch, older keys have none.
        slots = [slot for ring in self.rings for slot in ring]
        losses = []
        for i, (q, person) in enumerate(zip(query, ids)):
            if (person < 0) != self.unlabelled:
                continue
            own = [
                place == i if self.unlabelled else other == person
                for _, other, place in slots
            ]
            if any(own):
                losses.append(
                    _contrast(
                        q,
                        [k for (k, *_), mine in zip(slots, own) if mine],
                        [k for (k, *_), mine in zip(slots, own) if not mine],
                        self.scale,
                    )
                )
        self.rings = [
            [(k, person, None) for k, person, _ in r] for r in self.rings
        ]
        return _mean(losses, query)

    def stored(self):
        if self.sizes is None:
            return []
        return [(k, person) for ring in self.rings for k, person, _ in ring]


class PlainTable:
    """OIM: a row for each identity, and a ring of unlabelled keys.

    Args:
        num_ids (int): Number of identities.
        num_unlabelled (int): Slots of the ring, at least 1.
        length (int): Length of a key.
        scale (float): Scale of the similarities.
    """

    def __init__(self, num_ids, num_unlabelled, length, scale):
        self.table = [torch.zeros(length).double() for _ in range(num_ids)]
        self.ring = [torch.zeros(length).double()] * num_unlabelled
        self.scale = scale

    def step(self, query, ids, keys):
        losses = []
        for q, person in zip(query, ids):
            if 0 <= person < len(self.table):
                rows = torch.stack([*self.table, *self.ring])
                logits = self.scale * (rows @ q)
                losses.append(logits.logsumexp(0) - logits[person])
        for key, person in zip(keys, ids):
            if not _is_finite(key):
                continue
            if person < 0:
                self.ring = [*self.ring[1:], key]
            elif person < len(self.table):
                row = 0.5 * self.table[person] + 0.5 * key
                self.table[person] = row / row.norm()
        return _mean(losses, query)

    def stored(self):
        return [
            *((key, i) for i, key in enumerate(self.table)),
            *((key, -1) for key in self.ring),
        ]
