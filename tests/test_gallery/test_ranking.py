"""Rankings of blocks and merged ones, against sorting everything."""

import numpy as np
import pytest

from mmdmr.gallery.ranking import Ranking, merge, rank_block


def plain(similarities, rows, sightings, size, grouped):
    """Rows and similarities of one query, by sorting everything."""
    seen, best = set(), []
    for near, row, sighting in sorted(zip(-similarities, rows, sightings)):
        if not grouped or sighting not in seen:
            seen.add(sighting)
            best.append((row, -near))
    best += [(-1, -np.inf)] * size
    return zip(*best[:size])


@pytest.mark.parametrize('grouped', [False, True])
@pytest.mark.parametrize('seed', range(20))
def test_blocks_merge_into_what_sorting_gives(grouped, seed):
    rng = np.random.default_rng(seed)
    num, size = int(rng.integers(1, 60)), int(rng.integers(1, 12))
    # Whole tenths: many similarities are equal.
    near = (rng.integers(-9, 10, (3, num)) / 10).astype(np.float32)
    rows = np.sort(rng.choice(1000, num, replace=False))
    sightings = rng.integers(0, 25, num)
    ranking = Ranking.empty(3, size)
    for part in np.array_split(np.arange(num), 3):
        if len(part):
            block = rank_block(
                near[:, part], rows[part], sightings[part], size, grouped
            )
            assert block.rows.shape == (3, size)
            ranking = merge(ranking, block, size, grouped)
    for i in range(3):
        found = plain(near[i], rows, sightings, size, grouped)
        best, similarities = map(np.array, found)
        assert (ranking.similarities[i] == similarities).all()
        # Of equal persons at the cut, any may be kept.
        clear = ranking.similarities[i] > similarities[-1]
        assert (ranking.rows[i] == best)[clear].all()


def test_gaps_are_no_sighting():
    empty = Ranking.empty(1, 3)
    both = merge(empty, empty, 3, grouped=True)
    assert both.rows.tolist() == [[-1, -1, -1]]
    assert (both.similarities == -np.inf).all()
