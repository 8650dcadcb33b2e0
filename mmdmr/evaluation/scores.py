"""The file of figures that tools and the metric write."""

import json
from pathlib import Path


def write_scores(
    path: str | Path, scores: dict[str, dict[str, float]]
) -> None:
    """Write figures at full precision.

    Args:
        path (str | Path): JSON file; its folder is made.
        scores (dict[str, dict[str, float]]): Figures by name under keys such
            as ``search.G100`` and ``detection@0.5``.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(scores, indent=1) + '\n'
    path.write_text(text, encoding='utf-8')


def read_scores(path: str | Path) -> dict[str, dict[str, float]]:
    """Read what :func:`write_scores` wrote.

    Args:
        path (str | Path): JSON file.

    Returns:
        dict[str, dict[str, float]]: Figures by name and key.

    Raises:
        FileNotFoundError: It is missing.
        ValueError: It is no such file.
    """
    try:
        scores = json.loads(Path(path).read_bytes())
    except (ValueError, RecursionError) as error:
        raise ValueError(f'{path}: not a JSON file ({error})') from error
    if not isinstance(scores, dict) or not all(
        isinstance(figures, dict)
        and all(isinstance(v, (int, float)) for v in figures.values())
        and all(0 <= v <= 1 for v in figures.values())
        for figures in scores.values()
    ):
        raise ValueError(
            f'{path}: must hold figures in [0, 1], such as "search.all": '
            '{"mAP": 0.5}; give what --out SCORES.json wrote'
        )
    return scores
