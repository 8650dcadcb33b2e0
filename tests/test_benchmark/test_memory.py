"""Peak and current memory of this process."""

import numpy as np

from mmdmr.benchmark.memory import current_memory, peak_memory


def test_peak_memory_grows_with_what_is_held():
    before = peak_memory()
    held = np.ones(3 * 10**7)  # 240 MB, on top of what was freed
    assert peak_memory() >= max(before, held.nbytes)


def test_current_memory_is_at_most_the_peak():
    now = current_memory()
    # The kernel counts with a delay of some pages.
    assert now is None or 10**7 < now < 1.01 * peak_memory()
