"""Errors that users report lead to their cure."""

import pytest

from mmdmr.doctor.facts import Facts
from mmdmr.doctor.symptoms import SYMPTOMS, explain, fitting_torchvision

ONEDL = Facts(
    packages={
        'onedl-mmcv': '2.3.6',
        'numpy': '2.2.6',
        'setuptools': '82.0.0',
        'torch': '2.13.0+cpu',
        'opencv-python': '4.12.0.88',
        'opencv-python-headless': '4.11.0.86',
        'mmengine': '0.10.5',
    },
    places={'mmcv': '/home/me/mmcv/__init__.py'},
)
UPSTREAM = Facts(packages={'mmcv': '2.2.0', 'mmdet': '3.3.0'})
#: Module, error, environment, and a part of the text and of the command.
EXAMPLES = [
    (
        *('mmcv.ops', "ModuleNotFoundError: No module named 'mmcv._ext'"),
        *(ONEDL, '/home/me/mmcv/__init__.py has no compiled operators'),
        "--force-reinstall --no-deps 'onedl-mmcv>=2.3.6,<2.4'",
    ),
    (
        *('mmcv.ops', "ModuleNotFoundError: No module named 'mmcv.ops'"),
        *(UPSTREAM, 'has no compiled operators', "'mmcv>=2.1.0,<2.2'"),
    ),
    (
        'mmcv.ops',
        'ImportError: mmcv/_ext.cpython-311-x86_64-linux-gnu.so: undefined '
        'symbol: _ZN3c1010TensorImpl36is_contiguous_nondefault_policy_impl',
        *(UPSTREAM, 'compiled for another PyTorch'),
        "--no-cache-dir --force-reinstall --no-deps 'mmcv>=2.1.0,<2.2'",
    ),
    (
        *('mmcv', 'the process was ended by SIGSEGV', UPSTREAM),
        *('compiled for another PyTorch', '--no-cache-dir'),
    ),
    (
        'torch',
        'ImportError: libcusparse.so.12: undefined symbol: '
        '__nvJitLinkAddData_12_1, version libnvJitLink.so.12',
        *(ONEDL, 'CUDA libraries of another version', 'unset LD_LIBRARY_PATH'),
    ),
    (
        'mmcv.ops',
        'RuntimeError: nms_impl: implementation for device cuda:0 not found.',
        *(ONEDL, 'for the CPU only', 'tools/misc/build_cuda_ops.sh'),
    ),
    (
        'mmcv.ops',
        'RuntimeError: CUDA error: no kernel image is available for '
        'execution on the device',
        *(ONEDL, 'for another GPU', 'tools/misc/build_cuda_ops.sh'),
    ),
    (
        'mmdet.datasets',
        'AssertionError: MMCV==2.2.0 is used but incompatible. Please '
        'install mmcv>=2.0.0rc4, <2.2.0.',
        *(UPSTREAM, 'refuses the version of MMCV 2.2.0'),
        "'mmcv>=2.1.0,<2.2' 'mmengine>=0.10.4,<0.11' 'mmdet>=3.3.0,<4'",
    ),
    (
        'mmengine',
        "KeyError: 'Adafactor is already registered in optimizer at "
        "torch.optim'",
        *(ONEDL, 'transformers', "'onedl-mmengine>=0.10.12,<0.11' --upgrade"),
    ),
    (
        'torchvision',
        'RuntimeError: operator torchvision::nms does not exist',
        *(ONEDL, 'another PyTorch', "--no-deps 'torchvision==0.28.*'"),
    ),
    (
        'pycocotools.mask',
        'ValueError: numpy.dtype size changed, may indicate binary '
        'incompatibility. Expected 96 from C header, got 88 from PyObject',
        *(ONEDL, 'compiled for another NumPy than 2.2.6'),
        '--no-deps pycocotools',
    ),
    (
        'cv2',
        'ImportError: libGL.so.1: cannot open shared object file: No such '
        'file or directory',
        *(ONEDL, 'libraries that this system lacks'),
        '--no-deps opencv-python-headless',
    ),
    (
        'cv2',
        "AttributeError: partially initialized module 'cv2' has no attribute "
        "'gapi_wip_gst_GStreamerPipeline'",
        *(ONEDL, 'mixed'),
        'pip uninstall -y opencv-python-headless opencv-python && ',
    ),
    (
        'scipy.optimize',
        'ImportError: /usr/lib/x86_64-linux-gnu/libstdc++.so.6: version '
        "`GLIBCXX_3.4.26' not found",
        *(ONEDL, 'newer C++ library', ''),
    ),
    (
        'faiss',
        'the process ended with code 134: OMP: Error #15: Initializing '
        'libiomp5.so, but found libomp.so already initialized.',
        *(ONEDL, 'OpenMP', "--upgrade 'faiss-cpu>=1.12'"),
    ),
    (
        *('faiss', 'the process was ended by SIGSEGV', ONEDL),
        *('FAISS ends the process', "--upgrade 'faiss-cpu>=1.12'"),
    ),
    (
        'mim',
        "ModuleNotFoundError: No module named 'pkg_resources'",
        *(ONEDL, 'setuptools 82.0.0', "pip install 'setuptools<82'"),
    ),
    (
        *('faiss', 'the process was ended by SIGILL', ONEDL),
        *('instructions that this CPU lacks', ''),
    ),
    (
        *('Self-test on the CPU:', 'the process was ended by SIGKILL'),
        *(ONEDL, 'Memory ran out', ''),
    ),
    (
        *('torch', 'not done after 300 seconds', ONEDL),
        *('took too long', ''),
    ),
]


@pytest.mark.parametrize('module, error, facts, text, command', EXAMPLES)
def test_the_cure_fits_the_error(module, error, facts, text, command):
    found = explain(module, error, facts)
    assert found.level == 'problem'
    assert error in found.text and text in found.text
    assert command in found.command
    assert command or found.advice
    assert '{' not in found.text + found.command + found.advice


def test_every_symptom_has_an_example():
    """In the order of the table, as each text is found by its first row."""
    found = [explain(*example[:3]).source for example in EXAMPLES]
    for symptom in SYMPTOMS:
        if symptom.source:
            assert symptom.source in found, symptom.pattern
    assert len(EXAMPLES) >= len(SYMPTOMS)


def test_what_nobody_has_reported_is_installed_again():
    found = explain('PIL.Image', 'TypeError: odd', ONEDL)
    assert found.text == 'PIL.Image does not work: TypeError: odd'
    assert found.command.endswith('--no-deps pillow')


@pytest.mark.parametrize(
    'torch, torchvision',
    [
        ('2.4.0', 'torchvision==0.19.*'),
        ('2.9.1+cu128', 'torchvision==0.24.*'),
        ('1.13.1', 'torchvision'),
    ],
)
def test_torchvision_of_a_torch(torch, torchvision):
    facts = Facts(packages={'torch': torch})
    assert fitting_torchvision(facts) == torchvision
