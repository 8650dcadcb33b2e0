"""Peak memory of a process that reads and scores predictions."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from mmdmr.benchmark.simulation import Case
from mmdmr.evaluation.functional import Search, score_searches
from mmdmr.readers.galleries import camera_protocol
from mmdmr.structures import Detections, GroundTruth, Queries

_CHILD = (
    'import sys; from mmdmr.benchmark.memory import report_peak; '
    'report_peak(sys.argv[1])'
)


def measure_peak(case: Case) -> int:
    """Score predictions in a process of its own and measure its memory.

    The process starts with the file alone, so that the simulation does not
    count.

    Args:
        case (Case): Annotations and predictions.

    Returns:
        int: Peak memory in bytes.

    Raises:
        subprocess.CalledProcessError: The process failed.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / 'predictions.npz'
        _write(path, case)
        output = subprocess.run(
            [sys.executable, '-c', _CHILD, str(path)],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        ).stdout
    return json.loads(output.splitlines()[-1])['peak']


def report_peak(path: str) -> None:
    """Score the predictions of a file and print the peak memory as JSON.

    Args:
        path (str): File that :func:`measure_peak` wrote.
    """
    truth, queries, detections, query_feats = _read(path)
    protocol = camera_protocol('all', truth, queries)
    score_searches(detections, query_feats, [Search(protocol)])
    print(json.dumps(dict(peak=peak_memory())))


def peak_memory() -> int:
    """Peak memory of this process.

    Returns:
        int: Greatest resident set so far, in bytes.
    """
    # getrusage() would remember the parent's memory across exec.
    peak = _from_status('VmHWM')
    if peak is not None:
        return peak
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == 'darwin' else 1024 * peak


def current_memory() -> int | None:
    """Memory of this process now.

    Returns:
        int | None: Resident set in bytes; None if the system does not tell.
    """
    return _from_status('VmRSS')


def _from_status(key: str) -> int | None:
    """Bytes of an entry of Linux's status file, None on other systems."""
    status = Path('/proc/self/status')
    if not status.exists():
        return None
    (line,) = (
        x
        for x in status.read_text('utf-8').splitlines()
        if x.startswith(f'{key}:')
    )
    return 1024 * int(line.split()[1])


def _write(path: Path, case: Case) -> None:
    truth, queries = case.ground_truth, case.queries
    detections = case.detections
    np.savez(
        path,
        boxes=detections.boxes,
        scores=detections.scores,
        feats=detections.feats,
        offsets=detections.offsets,
        query_feats=case.query_feats,
        query_img_ids=queries.img_ids,
        query_boxes=queries.boxes,
        query_person_ids=queries.person_ids,
        cam_ids=truth.cam_ids,
        gt_counts=[len(b) for b in truth.boxes],
        gt_boxes=np.concatenate(truth.boxes),
        gt_person_ids=np.concatenate(truth.person_ids),
    )


def _read(path: str) -> tuple[GroundTruth, Queries, Detections, np.ndarray]:
    with np.load(path) as stored:
        arrays = {key: stored[key] for key in stored}
    ends = np.cumsum(arrays['gt_counts'])[:-1]
    truth = GroundTruth(
        tuple(map(str, range(len(arrays['gt_counts'])))),
        np.split(arrays['gt_boxes'], ends),
        np.split(arrays['gt_person_ids'], ends),
        arrays['cam_ids'],
    )
    queries = Queries(
        arrays['query_img_ids'],
        arrays['query_boxes'],
        arrays['query_person_ids'],
    )
    detections = Detections(
        arrays['boxes'], arrays['scores'], arrays['feats'], arrays['offsets']
    )
    return truth, queries, detections, arrays['query_feats']
