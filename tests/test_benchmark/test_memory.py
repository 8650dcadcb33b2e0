"""Peak memory, of this process and of one that scores a file."""

import numpy as np

from mmdmr.benchmark.memory import current_memory, measure_peak, peak_memory


def test_peak_memory_grows_with_what_is_held():
    before = peak_memory()
    held = np.ones(3 * 10**7)  # 240 MB, on top of what was freed
    assert peak_memory() >= max(before, held.nbytes)


def test_a_process_of_its_own_scores_the_case(case):
    """NumPy and SciPy take some 50 MB, this case nothing to speak of."""
    assert 10e6 < measure_peak(case) < 500e6


def test_current_memory_is_at_most_the_peak():
    now = current_memory()
    # The kernel counts with a delay of some pages.
    assert now is None or 10**7 < now < 1.01 * peak_memory()
