"""Notes on a search: how far to trust its hits."""

from mmdmr.evaluation.calibration import Calibration
from mmdmr.structures import ModelInfo


def notes_on(
    model: ModelInfo,
    calibration: Calibration | None,
    num_persons: int,
    unused_calibration: str = '',
    expanded: bool = False,
    reranked: bool = False,
) -> tuple[str, ...]:
    """Write notes on the model, the verdicts and the order of the hits.

    Args:
        model (ModelInfo): Model that made the embeddings.
        calibration (Calibration | None): Measured false alarms of the model.
        num_persons (int): Number of persons that were searched.
        unused_calibration (str): Why a calibration is not used. Defaults to
            '': there is none.
        expanded (bool): True if the query was expanded. Defaults to False.
        reranked (bool): True if the hits were re-ranked. Defaults to False.

    Returns:
        tuple[str, ...]: Sentences.

    Example:
        >>> notes_on(ModelInfo('osnet.onnx', 'ab12', 512, 'MSMT17'), None, 9)
        ('The model is uncalibrated: nobody measured which similarity means \
the same person; see "mmdmr calibrate_threshold".',)
    """
    notes = []
    if 'synthetic' in model.trained_on:
        notes.append(
            'The model was trained on synthetic scenes: it is not fit for '
            'photographs of people.'
        )
    if calibration is not None:
        notes.append(calibration.describe(num_persons))
    else:
        notes.append(
            unused_calibration
            or 'The model is uncalibrated: nobody measured which similarity '
            'means the same person; see "mmdmr calibrate_threshold".'
        )
    if expanded:
        notes.append('Hits were found by the expanded query.')
    if reranked:
        notes.append('Hits are in the order of the re-ranking.')
    return tuple(notes)
