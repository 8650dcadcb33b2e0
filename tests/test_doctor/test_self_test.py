"""The self-test, and what it is judged by."""

import pytest

from mmdmr.doctor.child import Answer
from mmdmr.doctor.facts import Facts
from mmdmr.doctor.self_test import judge, run_self_test
from mmdmr.doctor.training import train_and_predict

GOOD = dict(
    seconds=3.2,
    losses=[2.0, 3.0],
    iterations=2,
    fill=4.0,
    distance=0.1,
    embeddings=12,
    lengths=[0.9999, 1.0001],
)


def test_a_training_of_seconds(recwarn):
    found = train_and_predict()
    assert judge(Answer('', found), 'cpu', Facts()).level == 'ok'
    assert found['iterations'] == 4 and found['embeddings'] > 2
    # Eight scenes hold more labelled persons than the queue has slots.
    assert found['fill'] == 16


def test_a_good_training():
    finding = judge(Answer('', GOOD), 'cuda', Facts())
    assert finding.level == 'ok'
    assert finding.text == (
        'Self-test on the GPU: trained 2 steps and embedded 12 persons in 3 s'
    )


@pytest.mark.parametrize(
    'changes, text',
    [
        (dict(losses=[2.0]), 'a loss is not finite'),
        (dict(iterations=0, losses=[]), 'a loss is not finite'),
        (dict(fill=0.0), 'queue is empty'),
        (dict(distance=0.0), 'key encoder did not move'),
        (dict(distance=float('nan')), 'key encoder did not move'),
        (dict(lengths=[0.5, 1.0]), 'lengths from 0.5 to 1, not 1'),
        (dict(lengths=[1.0, float('nan')]), 'lengths from 1 to nan'),
    ],
)
def test_a_training_that_did_not_train(changes, text):
    finding = judge(Answer('', {**GOOD, **changes}), 'cpu', Facts())
    assert finding.level == 'problem' and text in finding.text


def test_a_training_that_failed():
    error = 'the process was ended by SIGKILL'
    finding = judge(Answer(error), 'cpu', Facts())
    assert finding.level == 'problem' and 'Memory ran out' in finding.text


@pytest.mark.parametrize(
    'facts, text',
    [
        (Facts(), 'needs a working PyTorch and MMDetection.'),
        (Facts(ran_network=True), 'ONNX Runtime ran a network'),
        (Facts(providers=('CPU',)), 'no network was run'),
        (Facts(imports={'mmdet.datasets': 'ImportError'}), 'nothing was'),
    ],
)
def test_without_a_stack_nothing_is_trained(facts, text):
    (finding,) = run_self_test(facts)
    assert finding.level == 'ok' and text in finding.text
