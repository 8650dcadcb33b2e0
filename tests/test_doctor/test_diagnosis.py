"""What the report says of whole environments."""

from dataclasses import replace

import pytest

from mmdmr.doctor.diagnosis import diagnose
from mmdmr.doctor.extras import fits
from mmdmr.doctor.facts import Facts, Gpu, Machine, TorchFacts

EXTRAS = {
    'search': {'av': '>=14.2', 'faiss-cpu': '>=1.12', 'onnxruntime': ''},
    'ray': {'ray': '<2.64,>=2.60'},
}
WORKS = dict.fromkeys(('numpy', 'scipy.optimize'), '')
#: An environment for searching alone.
SEARCH = Facts(
    packages=dict(
        {'numpy': '2.2', 'scipy': '1.17', 'av': '18.1', 'pillow': '13.0'},
        **{'faiss-cpu': '1.15', 'onnxruntime': '1.32'},
    ),
    extras=EXTRAS,
    imports={**WORKS, 'av': '', 'faiss': '', 'onnxruntime': ''},
    providers=('CPUExecutionProvider',),
)
#: An environment for training on a GPU.
TRAINING = Facts(
    packages={
        'numpy': '2.2.6',
        'scipy': '1.17.1',
        'torch': '2.13.0',
        'mmcv': '2.1.0',
        'mmengine': '0.10.7',
        'mmdet': '3.3.0',
        'openmim': '0.3.9',
    },
    extras=EXTRAS,
    imports={
        **WORKS,
        **dict.fromkeys(('torch', 'mmengine', 'mmcv', 'mmcv.ops'), ''),
        **dict.fromkeys(('mmdet.datasets', 'mim', 'pkg_resources'), ''),
    },
    places=dict.fromkeys(('torch', 'mmcv', 'mmengine', 'mmdet'), 'there'),
    torch=TorchFacts(
        'CUDA 12.8', (Gpu('L4', 24 * 2**30, (8, 9)),), ('sm_80',)
    ),
    operators={'cpu': '', 'cuda': ''},
    machine=Machine(driver='550.54'),
)


def levels(facts):
    return {finding.level for finding in diagnose(facts)}


def said(facts, level='problem'):
    return [f for f in diagnose(facts) if f.level == level]


def test_an_environment_for_searching_is_well():
    assert levels(SEARCH) == {'ok'}
    text = '\n'.join(f.text for f in diagnose(SEARCH))
    assert 'search: av 18.1, faiss-cpu 1.15, onnxruntime 1.32' in text
    assert 'can search and score, but not train' in text
    assert 'not installed: export, qdrant, ray' in text


def test_problems_stand_last():
    order = [f.level for f in diagnose(Facts(python=(3, 9, 0)))]
    assert order == sorted(order, key=['ok', 'warning', 'problem'].index)
    assert order[-1] == 'problem'


def test_an_environment_for_training_has_a_single_warning():
    """Of checkpoints by upstream MMEngine, with a PyTorch since 2.6."""
    (warning,) = said(TRAINING, 'warning')
    assert 'refuses pickled objects' in warning.text
    assert not said(TRAINING)
    text = '\n'.join(f.text for f in diagnose(TRAINING))
    assert 'mmcv 2.1.0\n' in text and 'MMDetection 3.3.0\n' in text
    assert 'L4, 24 GiB, compute capability 8.9' in text
    assert "mmcv's operators work on the GPU" in text


@pytest.mark.parametrize('name', ['numpy', 'scipy.optimize'])
def test_nothing_works_without_numpy(name):
    imports = {key: '' for key in WORKS if key != name}
    (finding,) = said(replace(SEARCH, imports=imports))
    assert finding.command == f'pip install {name.split(".")[0]}'
    broken = replace(SEARCH, imports={**WORKS, name: 'ImportError: odd'})
    assert any('ImportError: odd' in f.text for f in said(broken))


@pytest.mark.parametrize(
    'python, bad', [((3, 9, 1), 1), ((3, 10, 0), 0), ((3, 14, 0), 1)]
)
def test_python(python, bad):
    assert len(said(replace(SEARCH, python=python))) == bad


def test_an_installation_that_was_not_completed():
    facts = replace(
        TRAINING,
        packages={'mmengine': '0.10.7', 'torch': '2.3.1', 'mmcv': '2.1.0'},
        places=dict.fromkeys(('torch', 'mmcv', 'mmengine'), 'there'),
    )
    finding = said(facts)[0]
    assert 'too old: torch 2.3.1; not installed: mmdet' in finding.text
    assert finding.command == (
        "pip install 'torch>=2.4' && pip install --no-build-isolation "
        "'mmdet>=3.3.0,<4'"
    )


def test_a_broken_library_is_told_once():
    imports = {
        **TRAINING.imports,
        'mmcv.ops': 'ImportError: _ext.so: undefined symbol: _ZN3c10',
    }
    facts = replace(TRAINING, imports=imports, operators={})
    (finding,) = said(facts)
    assert 'compiled for another PyTorch' in finding.text


def test_operators_without_gpu():
    error = (
        'RuntimeError: nms_impl: implementation for device cuda:0 not found'
    )
    facts = replace(TRAINING, operators={'cpu': '', 'cuda': error})
    (finding,) = said(facts)
    assert finding.command == 'tools/misc/build_cuda_ops.sh'


def test_an_extra_that_is_not_complete():
    packages = {**SEARCH.packages, 'faiss-cpu': '1.7.4'}
    del packages['onnxruntime']
    (warning,) = said(replace(SEARCH, packages=packages), 'warning')
    assert 'faiss-cpu 1.7.4, onnxruntime is missing' in warning.text
    assert warning.command == "pip install 'faiss-cpu>=1.12' 'onnxruntime'"


def test_parts_of_the_search_are_no_search():
    """MMDetection needs pictures, and an export ONNX Runtime."""
    packages = {**TRAINING.packages, 'onnxruntime': '1.32'}
    facts = replace(TRAINING, packages=packages)
    assert not any('not complete' in f.text for f in diagnose(facts))


def test_another_build_of_a_distribution_does_as_well():
    packages = {**SEARCH.packages, 'onnxruntime-gpu': '1.32'}
    del packages['onnxruntime']
    assert levels(replace(SEARCH, packages=packages)) == {'ok'}


def test_a_module_of_an_extra_that_does_not_work():
    imports = {**SEARCH.imports, 'faiss': 'the process was ended by SIGSEGV'}
    (finding,) = said(replace(SEARCH, imports=imports))
    assert 'OpenMP' in finding.text


def test_setuptools_without_pkg_resources():
    imports = dict(TRAINING.imports)
    del imports['pkg_resources']
    imports['mim'] = "ModuleNotFoundError: No module named 'pkg_resources'"
    facts = replace(TRAINING, imports=imports)
    warnings = said(facts, 'warning')
    cures = [w.command for w in warnings]
    assert cures.count("pip install 'setuptools<82'") == 2
    assert not said(facts)


def test_mim_is_no_need():
    imports = {k: v for k, v in TRAINING.imports.items() if k != 'mim'}
    (line,) = (
        f
        for f in diagnose(replace(TRAINING, imports=imports))
        if 'mim is not' in f.text
    )
    assert line.level == 'ok' and line.command == 'pip install openmim'


@pytest.mark.parametrize(
    'version, bounds, good',
    [
        ('2.60.0', '<2.64,>=2.60', True),
        ('2.64.1', '<2.64,>=2.60', False),
        ('2.9', '>=2.60', False),
        ('1.12', '>=1.12.0', True),
        ('2.4.1', '==2.4.1', True),
        ('2.4.2', '==2.4.1', False),
        ('0.1', '', True),
    ],
)
def test_bounds(version, bounds, good):
    assert fits(version, bounds) is good
