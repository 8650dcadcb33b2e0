"""The file of figures that tools and the metric write."""

import json
from pathlib import Path
from typing import Dict, Union


def write_scores(
    path: Union[str, Path], scores: Dict[str, Dict[str, float]]
) -> None:
    """Write figures at full precision.

    Args:
        path (str | Path): JSON file; its folder is made.
        scores (dict[str, dict[str, float]]): Figures by name under keys such
            as ``search.G100`` and ``detection@0.5``.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(scores, indent=1) + '\n')
