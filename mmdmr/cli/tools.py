"""The table of all tools.

A new tool is a file ``commands/NAME.py``, see :mod:`mmdmr.cli.commands`, a row
here, and a script below ``tools/`` by which mim finds the tool.
"""

from typing import NamedTuple


class Tool(NamedTuple):
    """A row of the table.

    Args:
        group (str): Heading of ``mmdmr --help`` that the tool stands under.
        summary (str): Line of ``mmdmr --help``.
        needs_stack (bool): True if the tool needs PyTorch and the OpenMMLab
            libraries. Defaults to True.
        upstream (str): Path of a script below MMDetection's ``tools/`` that
            is run in place of a command of this package. Defaults to ''.
        loads (bool): True if the tool loads a checkpoint that the user names:
            it has the option ``--trust-checkpoint``. Defaults to False.
    """

    group: str
    summary: str
    needs_stack: bool = True
    upstream: str = ''
    loads: bool = False


#: Tools by name, in the order of the help.
TOOLS: dict[str, Tool] = {
    'train': Tool(
        'run', 'train a person-search network from a config', loads=True
    ),
    'test': Tool(
        'run', 'search with a trained network and score it', loads=True
    ),
    'doctor': Tool(
        'run',
        'examine this environment: versions, operators, a self-test',
        needs_stack=False,
    ),
    'demo': Tool('run', 'make data, train and search, in minutes on a CPU'),
    'predict': Tool(
        'run',
        'detect and embed the persons of a test split by any model',
        needs_stack=False,
        loads=True,
    ),
    'index_gallery': Tool(
        'search your own pictures',
        'store the persons of pictures and videos in a gallery',
        needs_stack=False,
        loads=True,
    ),
    'search_person': Tool(
        'search your own pictures',
        'find the person of a picture in a gallery',
        needs_stack=False,
        loads=True,
    ),
    'search_video': Tool(
        'search your own pictures',
        'find the person of a picture in a video',
        needs_stack=False,
        loads=True,
    ),
    'demo_app': Tool(
        'search your own pictures',
        'click a person on a page, see where else they are',
        needs_stack=False,
        loads=True,
    ),
    'gallery_info': Tool(
        'search your own pictures',
        'tell what a gallery holds',
        needs_stack=False,
    ),
    'calibrate_threshold': Tool(
        'search your own pictures',
        'measure which similarity means the same person',
        needs_stack=False,
        loads=True,
    ),
    'benchmark_gallery': Tool(
        'search your own pictures',
        'time a gallery: building, searching',
        needs_stack=False,
    ),
    'make_synthetic': Tool(
        'data', 'draw a small person-search data set', needs_stack=False
    ),
    'split_dataset': Tool(
        'data',
        'split a COCO-style file into training and test',
        needs_stack=False,
    ),
    'convert_mot': Tool(
        'data',
        'turn tracked video (MOT format) into COCO-style JSON',
        needs_stack=False,
    ),
    'verify_dataset': Tool(
        'data', 'check a data set: files, boxes, counts', needs_stack=False
    ),
    'score_search': Tool(
        'score',
        'score the predictions of any method by every protocol',
        needs_stack=False,
    ),
    'compare_searches': Tool(
        'score', 'tell whether one method beats another', needs_stack=False
    ),
    'score_histogram': Tool(
        'score', 'search by colours alone, for comparison'
    ),
    'benchmark_search_eval': Tool(
        'score', 'time the scoring against a peer', needs_stack=False
    ),
    'benchmark_test': Tool(
        'score',
        'time a test by part, beside the published way to test',
        loads=True,
    ),
    'report': Tool(
        'look',
        'write a page about a training, or compare several',
        needs_stack=False,
    ),
    'browse_search': Tool(
        'look',
        'write a page of queries with matches and missed persons',
        needs_stack=False,
    ),
    'plot_ranking': Tool('look', 'draw queries with their best matches'),
    'plot_gallery_size': Tool(
        'look',
        'plot mAP and top-1 against the gallery size',
        needs_stack=False,
    ),
    'browse_dataset': Tool(
        'look',
        'draw training images as the network sees them',
        upstream='analysis_tools/browse_dataset.py',
    ),
    'analyze_logs': Tool(
        'look',
        'plot the curves of a training log',
        upstream='analysis_tools/analyze_logs.py',
    ),
    'publish_model': Tool(
        'model', 'keep the weights that searching needs', loads=True
    ),
    'export_onnx': Tool(
        'model',
        'turn a trained network into one that needs no PyTorch',
        loads=True,
    ),
    'convert_dmrnet': Tool(
        'model', "turn the DMRNet authors' weights into mmdmr's", loads=True
    ),
    'convert_backbone': Tool(
        'model',
        'rename weights of another library to start from them',
        loads=True,
    ),
    'benchmark_bundle': Tool(
        'model',
        'time a bundle beside PyTorch, compare their detections',
        loads=True,
    ),
    'benchmark_train': Tool(
        'model', 'time a training step beside the detector alone', loads=True
    ),
    'benchmark_growth': Tool(
        'model', 'time the memory by its size, print the formula'
    ),
    'print_config': Tool(
        'model',
        'print a config with all inherited entries',
        upstream='misc/print_config.py',
    ),
    'get_flops': Tool(
        'model',
        'count operations and parameters',
        upstream='analysis_tools/get_flops.py',
    ),
    'check_resume': Tool(
        'check', 'kill and resume a training, compare it bit for bit'
    ),
    'check_leaks': Tool(
        'check', 'train for long, see whether memory or handles pile up'
    ),
    'check_gallery': Tool(
        'check',
        'search a gallery in threads while it changes, compare each answer',
        needs_stack=False,
    ),
    'ablate': Tool(
        'research', "train the rows of DMRNet's comparison, write tables"
    ),
}
