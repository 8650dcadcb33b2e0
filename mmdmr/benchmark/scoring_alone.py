"""Time and memory of a scoring that has a process of its own."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import NamedTuple

from mmdmr.benchmark.child import measure_in_child
from mmdmr.benchmark.clock import fastest
from mmdmr.benchmark.memory import peak_memory
from mmdmr.benchmark.search_eval import time_product
from mmdmr.benchmark.simulation import Simulation, simulate
from mmdmr.errors import InputError
from mmdmr.evaluation.functional import Search, score_searches


class Alone(NamedTuple):
    """Cost of a scoring in a process of its own.

    Args:
        images (int): Images of the gallery.
        detections (int): Detections in these images.
        feats_bytes (int): Bytes of their embeddings.
        seconds (float): Wall-clock time of the scoring.
        product_seconds (float): Time of the bare product of all queries and
            detections, in the embeddings' own type.
        peak (int): Greatest resident set of the process in bytes: simulation,
            simulated embeddings and scoring, without the bare product.
        metrics (dict[str, float]): ``mAP``, ``top1``, ... in [0, 1].
    """

    images: int
    detections: int
    feats_bytes: int
    seconds: float
    product_seconds: float
    peak: int
    metrics: dict[str, float]


def measure_alone(simulation: Simulation, repeat: int = 1) -> Alone:
    """Simulate predictions and score them, in a process of its own.

    The predictions are made where they are scored: a process that handed them
    over would hold them a second time.

    Args:
        simulation (Simulation): Predictions to score.
        repeat (int): Number of runs of the scoring, >= 1. The fastest counts.
            Defaults to 1.

    Returns:
        Alone: Time, memory and metrics.

    Raises:
        InputError: The file of annotations is missing or broken, nothing is
            to be searched for, or the process ended without an answer.
    """
    argv = [json.dumps(asdict(simulation)), str(repeat)]
    found = measure_in_child(
        'mmdmr.benchmark.scoring_alone.answer',
        *argv,
        what=f'scores {simulation.detections} detections',
    )
    if 'error' in found:
        raise InputError(found['error'])
    return Alone(**found)


def answer(simulation: str, repeat: str) -> None:
    """Carry out :func:`measure_alone`, and print an :class:`Alone` as JSON.

    Wrong input is printed as ``error``.

    Args:
        simulation (str): Fields of a :class:`Simulation` as JSON.
        repeat (str): Number of runs of the scoring.
    """
    try:
        case = simulate(Simulation(**json.loads(simulation)))
    except (InputError, OSError) as error:
        print(json.dumps(dict(error=str(error))))
        return
    metrics: dict[str, float] = {}

    def score(searches: Sequence[Search]) -> None:
        (scores,) = score_searches(case.detections, case.query_feats, searches)
        metrics.update(scores.metrics)

    seconds = fastest(lambda: score([Search(case.protocol)]), int(repeat))
    feats = case.detections.feats
    # The peak comes first: the product needs memory of its own.
    found = Alone(
        peak=peak_memory(),
        images=case.detections.num_images,
        detections=len(case.detections),
        feats_bytes=feats.nbytes,
        seconds=seconds,
        product_seconds=time_product(case, str(feats.dtype), 1),
        metrics=metrics,
    )
    print(json.dumps(found._asdict()))
