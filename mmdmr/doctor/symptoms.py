"""Errors that users report, by their text, with the cure.

The table was made from the issues of MMDetection, mmcv, MMEngine, their forks
and PyTorch. A cure may name parts of the environment in braces, see
:func:`explain`.
"""

import re
from typing import NamedTuple

from .facts import Facts
from .finding import Finding

_ISSUES = 'https://github.com'


class Symptom(NamedTuple):
    """An error that users report.

    Args:
        pattern (str): Regular expression that finds the error's text.
        meaning (str): What the error means.
        command (str): What to run, for a shell. Defaults to ''.
        advice (str): What to do, in words. Defaults to ''.
        source (str): Address of a report. Defaults to ''.
        modules (tuple[str, ...]): Modules whose error it is, each with what
            is below it. Defaults to none: any module.
    """

    pattern: str
    meaning: str
    command: str = ''
    advice: str = ''
    source: str = ''
    modules: tuple[str, ...] = ()


#: The first symptom that fits is the diagnosis.
SYMPTOMS = (
    Symptom(
        r"No module named 'mmcv\.(_ext|ops)'",
        "{place} has no compiled operators: it is mmcv-lite, mmcv's source "
        'tree, or a build without operators.',
        'pip uninstall -y mmcv mmcv-lite mmcv-full onedl-mmcv && {rebuild}',
        source=f'{_ISSUES}/open-mmlab/mmdetection/issues/11475',
    ),
    # Before the symptom of mmcv's operators: this one is PyTorch's own.
    Symptom(
        r'__nvJitLink|libcu\w+\.so|libnccl|libcudnn|libnvrtc',
        'PyTorch is loaded with CUDA libraries of another version than its '
        'own.',
        'unset LD_LIBRARY_PATH',
        'If the variable is not set: reinstall PyTorch, by the command of '
        'https://pytorch.org/get-started/locally/.',
        f'{_ISSUES}/pytorch/pytorch/issues/111469',
        ('torch', 'torchvision'),
    ),
    Symptom(
        r'undefined symbol|libtorch|libc10|libcudart|DLL load failed|SIGSEGV',
        "mmcv's operators were compiled for another PyTorch than the one that "
        'is installed.',
        '{rebuild}',
        source=f'{_ISSUES}/open-mmlab/mmcv/issues/2106',
        modules=('mmcv', 'mmdet'),
    ),
    Symptom(
        r'implementation for device cuda\S* not found',
        "mmcv's operators were compiled for the CPU only: training on the "
        'GPU fails in the first of them.',
        'tools/misc/build_cuda_ops.sh',
        'The script is in the source tree of mmdmr. It needs the CUDA '
        'toolkit. To train on the CPU, set CUDA_VISIBLE_DEVICES= instead.',
        f'{_ISSUES}/open-mmlab/mmdetection/issues/6765',
    ),
    Symptom(
        r'no kernel image is available',
        "mmcv's operators were compiled for another GPU than this one.",
        'tools/misc/build_cuda_ops.sh',
        'The script, in the source tree of mmdmr, compiles the operators for '
        'the GPU of this machine. It needs the CUDA toolkit.',
        f'{_ISSUES}/open-mmlab/mmcv/issues/2201',
    ),
    Symptom(
        r'(MMCV|MMEngine)==\S+ is used but incompatible',
        'MMDetection refuses the version of {found}.',
        "pip install --no-build-isolation '{mmcv}' '{mmengine}' '{mmdet}'",
        source=f'{_ISSUES}/open-mmlab/mmcv/issues/3096',
    ),
    Symptom(
        r'Adafactor is already registered',
        'MMEngine {mmengine_version} and transformers both register the '
        'optimizer Adafactor.',
        "pip install '{mmengine}' --upgrade",
        source=f'{_ISSUES}/open-mmlab/mmengine/issues/1609',
    ),
    Symptom(
        r'operator torchvision::nms does not exist|libtorch|undefined symbol',
        'torchvision was compiled for another PyTorch than the one that is '
        'installed.',
        "pip install --force-reinstall --no-deps '{torchvision}'",
        'Take torchvision from where PyTorch came from (--index-url).',
        f'{_ISSUES}/pytorch/pytorch/issues/122494',
        ('torchvision',),
    ),
    Symptom(
        r'numpy\.(dtype|ndarray|ufunc) size changed|numpy\.core\.multiarray|'
        r'_ARRAY_API not found|compiled using NumPy 1',
        '{package} was compiled for another NumPy than {numpy_version}.',
        'pip install --force-reinstall --no-cache-dir --no-deps {package}',
        "If this does not help: pip install 'numpy<2'.",
        f'{_ISSUES}/open-mmlab/mmdetection/issues/7664',
    ),
    Symptom(
        r'libGL|libGLX|libgthread|libglib|libSM|libXext',
        'OpenCV with windows needs libraries that this system lacks.',
        'pip uninstall -y opencv-python opencv-contrib-python && '
        'pip install --force-reinstall --no-deps opencv-python-headless',
        'Or install the libraries. Debian: apt install libgl1 libglib2.0-0.',
        f'{_ISSUES}/open-mmlab/mmsegmentation/issues/1327',
    ),
    Symptom(
        r"partially initialized module 'cv2'|module 'cv2\S*' has no attribute",
        'Several builds of OpenCV lie in one folder, mixed.',
        '{reinstall_opencv}',
        source=f'{_ISSUES}/opencv/opencv-python/issues/749',
    ),
    Symptom(
        r'(GLIBCXX|CXXABI)_\S+.? not found',
        '{module} needs a newer C++ library than the one that is loaded.',
        advice='With conda: conda install -c conda-forge libstdcxx-ng, and '
        'start Python with LD_LIBRARY_PATH=$CONDA_PREFIX/lib. Elsewhere: '
        'update the system, or install {package} from a wheel.',
        source=f'{_ISSUES}/open-mmlab/mmdetection/issues/6608',
    ),
    Symptom(
        r'OMP: Error #15|already initialized',
        'Two libraries each bring an OpenMP of their own, which end the '
        'process when they meet.',
        "pip install --upgrade 'faiss-cpu>=1.12'",
        'KMP_DUPLICATE_LIB_OK=TRUE hides the error, but results may be wrong.',
        f'{_ISSUES}/facebookresearch/faiss/issues/471',
    ),
    Symptom(
        r'SIGSEGV|SIGABRT|SIGBUS',
        'FAISS ends the process where PyTorch is loaded: each brings an '
        'OpenMP of its own.',
        "pip install --upgrade 'faiss-cpu>=1.12'",
        f'{_ISSUES}/faiss-wheels/faiss-wheels/issues/73',
        modules=('faiss',),
    ),
    Symptom(
        r"No module named 'pkg_resources'",
        'setuptools {setuptools_version} has no pkg_resources, which mim and '
        "mmcv's installation need.",
        "pip install 'setuptools<82'",
        source=f'{_ISSUES}/open-mmlab/mmcv/issues/3325',
    ),
    Symptom(
        r'SIGILL|[Ii]llegal instruction',
        '{package} uses instructions that this CPU lacks.',
        advice='A virtual machine may hide them: give it the CPU of its host. '
        'Or install {package} from source.',
    ),
    Symptom(
        r'SIGKILL|MemoryError|Cannot allocate memory|bad_alloc|out of memory',
        'Memory ran out.',
        advice='Close other programs, or give the container or the job more '
        'memory.',
    ),
    Symptom(
        r'not done after',
        'This took too long: a network drive that is slow, or a GPU that does '
        'not answer.',
        advice='Run the doctor again. If the time runs out again, install '
        'into a folder on a local disk.',
    ),
)


def explain(module: str, error: str, facts: Facts) -> Finding:
    """Find what an error means.

    Args:
        module (str): Module whose import fails, or that does not work.
        error (str): Text of the error.
        facts (Facts): The environment.

    Returns:
        Finding: A problem, with the cure of the first symptom that fits; else
        with the command that installs the module's distribution again.

    Example:
        >>> finding = explain('torch', 'OSError: libcudnn.so.9', Facts())
        >>> finding.command
        'unset LD_LIBRARY_PATH'
    """
    words = _words(module, error, facts)
    text = f'{module} does not work: {error}'
    for symptom in SYMPTOMS:
        mine = not symptom.modules or module.split('.')[0] in symptom.modules
        if mine and re.search(symptom.pattern, error):
            return Finding(
                'problem',
                f'{text}. {symptom.meaning.format_map(words)}',
                symptom.advice.format_map(words),
                symptom.command.format_map(words),
                symptom.source,
            )
    return Finding(
        'problem',
        text,
        command='pip install --force-reinstall --no-cache-dir --no-deps '
        + words['package'],
    )


#: Distributions of modules with another name.
_DISTRIBUTIONS = {
    'PIL': 'pillow',
    'cv2': 'opencv-python-headless',
    'faiss': 'faiss-cpu',
    'qdrant_client': 'qdrant-client',
    'yaml': 'pyyaml',
    'pkg_resources': 'setuptools',
}


def distribution(module: str, facts: Facts) -> str:
    """Distribution to install for a module.

    Args:
        module (str): Name to import.
        facts (Facts): The environment.

    Returns:
        str: Name for pip, for mmcv, MMEngine and MMDetection with the
        versions that fit.

    Example:
        >>> distribution('cv2', Facts(packages={'opencv-python': '4.12'}))
        'opencv-python'
        >>> distribution('mmcv.ops', Facts())
        "'onedl-mmcv>=2.3.6,<2.4'"
    """
    top = module.split('.')[0]
    if top in facts.requirements():
        return f"'{facts.requirements()[top]}'"
    if top == 'mim':
        return 'onedl-mim' if facts.families() != ['openmmlab'] else 'openmim'
    if top == 'cv2':
        return (*opencv_builds(facts), _DISTRIBUTIONS[top])[0]
    return _DISTRIBUTIONS.get(top, top)


def opencv_builds(facts: Facts) -> list[str]:
    """Installed distributions of OpenCV, which share the folder ``cv2``.

    Args:
        facts (Facts): The environment.

    Returns:
        list[str]: Names, the build without windows first.

    Example:
        >>> opencv_builds(Facts(packages={'opencv-python': '4.12.0.88'}))
        ['opencv-python']
    """
    names = [n for n in facts.packages if n.startswith('opencv-')]
    return sorted(names, key=lambda name: ('headless' not in name, name))


def reinstall_opencv(facts: Facts) -> str:
    """Command that leaves one build of OpenCV.

    Args:
        facts (Facts): The environment.

    Returns:
        str: Command for a shell.

    Example:
        >>> reinstall_opencv(Facts(packages={'opencv-python': '4.12.0.88'}))
        'pip uninstall -y opencv-python && pip install opencv-python-headless'
    """
    builds = ' '.join(opencv_builds(facts))
    return f'pip uninstall -y {builds} && pip install opencv-python-headless'


def fitting_torchvision(facts: Facts) -> str:
    """Versions of torchvision that fit the installed PyTorch.

    PyTorch 2.x comes with torchvision 0.(x + 15).

    Args:
        facts (Facts): The environment.

    Returns:
        str: Requirement for pip; without versions if there is no PyTorch 2.

    Example:
        >>> fitting_torchvision(Facts(packages={'torch': '2.4.1+cpu'}))
        'torchvision==0.19.*'
    """
    match = re.match(r'2\.(\d+)', facts.packages.get('torch', ''))
    if match is None:
        return 'torchvision'
    return f'torchvision==0.{int(match.group(1)) + 15}.*'


def _words(module: str, error: str, facts: Facts) -> dict[str, str]:
    """Words that a symptom may name in braces."""
    requirements = facts.requirements()
    found = re.search(r'(MMCV|MMEngine)==([^\s;,]+)', error)
    versions = {
        f'{name}_version': facts.packages.get(name, 'of unknown version')
        for name in ('numpy', 'setuptools')
    }
    mmengine = requirements['mmengine'].split('>=')[0]
    return (
        versions
        | requirements
        | {
            'module': module,
            'package': distribution(module, facts),
            'place': facts.places.get('mmcv', 'mmcv'),
            'found': ' '.join(found.groups()) if found else 'mmcv',
            'mmengine_version': facts.packages.get(mmengine, ''),
            'torchvision': fitting_torchvision(facts),
            'reinstall_opencv': reinstall_opencv(facts),
            'rebuild': "pip install 'setuptools<82' wheel ninja psutil && "
            'pip install --no-build-isolation --no-cache-dir '
            f"--force-reinstall --no-deps '{requirements['mmcv']}'",
        }
    )
