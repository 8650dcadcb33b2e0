"""Counting and reporting bad images."""

import copy
from types import SimpleNamespace

import pytest
from mmdet.structures import DetDataSample
from mmengine import dist

from mmdmr.datasets import PersonSearchDataset
from mmdmr.engine.hooks import BadImagesHook
from mmdmr.errors import InputError

EMPTY = 'the file is empty'


class Images(PersonSearchDataset):
    """A data set without files."""

    def __init__(self, number, on_bad_image):
        self.number, self.on_bad_image = number, on_bad_image
        self.test_mode = False

    def __len__(self):
        return self.number

    def make_reader(self):
        raise NotImplementedError


class Training:
    """Runner of a training, as far as the hook sees it."""

    def __init__(self, number=8, on_bad_image='skip'):
        dataset = Images(number, on_bad_image)
        self.train_dataloader = SimpleNamespace(dataset=dataset)
        self.told = []
        self.logger = SimpleNamespace(warning=self.told.append)


def batch(*skipped):
    """Batch of samples that stand for bad images, one by one."""
    samples = []
    for names in skipped:
        sample = DetDataSample()
        if names:
            pairs = tuple((name, EMPTY) for name in names.split())
            sample.set_metainfo(dict(skipped_images=pairs))
        samples.append(sample)
    return dict(inputs=[], data_samples=samples)


def started(runner, **options):
    hook = BadImagesHook(**options)
    hook.before_train(runner)
    return hook


def test_each_bad_image_is_told_once_and_counted():
    runner = Training()
    hook = started(runner)
    hook.before_train_iter(runner, 0, batch('', 'a.jpg', ''))
    assert runner.told == [
        'bad image a.jpg: the file is empty; another image takes its place'
    ]
    hook.before_train_iter(runner, 1, batch('a.jpg b.jpg', 'b.jpg', 'a.jpg'))
    assert len(runner.told) == 2 and 'image b.jpg' in runner.told[1]
    hook.after_train_epoch(runner)
    assert len(runner.told) == 2
    hook.after_train(runner)
    # a.jpg: once, then twice; b.jpg: twice
    assert runner.told[2].splitlines() == [
        '2 of 8 training images could not be read; they were drawn 5 times, '
        'and other images took their place:',
        'a.jpg: the file is empty (drawn 3 times)',
        'b.jpg: the file is empty (drawn 2 times)',
    ]


def test_a_sound_training_tells_nothing():
    for on_bad_image in ('raise', 'skip'):
        runner = Training(on_bad_image=on_bad_image)
        hook = started(runner)
        hook.before_train_iter(runner, 0, batch('', ''))
        hook.before_train_iter(runner, 1, None)
        hook.after_train_epoch(runner)
        hook.after_train(runner)
        assert runner.told == []


def test_a_long_list_is_cut():
    runner = Training(100)
    hook = started(runner, num_named=2)
    hook.before_train_iter(
        runner, 0, batch('a.jpg b.jpg b.jpg c.jpg c.jpg c.jpg d.jpg')
    )
    hook.after_train(runner)
    assert [line[:5] for line in runner.told[-1].splitlines()[1:]] == [
        *('c.jpg', 'b.jpg'),
        '... a',
    ]
    assert runner.told[-1].endswith('... and 2 more')


@pytest.mark.parametrize('nest', [lambda b: [b], lambda b: dict(sup=b)])
def test_samples_are_found_however_they_are_nested(nest):
    runner = Training()
    started(runner).before_train_iter(runner, 0, nest(batch('a.jpg')))
    assert len(runner.told) == 1


def test_a_second_training_counts_anew():
    runner = Training()
    hook = started(runner)
    hook.before_train_iter(runner, 0, batch('a.jpg'))
    hook.before_train(runner)
    hook.before_train_iter(runner, 0, batch('a.jpg'))
    hook.after_train(runner)
    assert 'drawn 1 times' in runner.told[-1]


def test_more_than_half_of_the_images_end_training():
    runner = Training(4)
    hook = started(runner)
    hook.before_train_iter(runner, 0, batch('a.jpg a.jpg a.jpg', 'b.jpg'))
    with pytest.raises(InputError, match='3 of 4 .*a.jpg first: the file is'):
        hook.before_train_iter(runner, 1, batch('c.jpg'))


def test_rank_0_tells_what_the_other_ranks_met(monkeypatch):
    """Its log is the only one that a user sees."""
    runners = [Training(8) for _ in range(2)]
    hooks = [started(runner) for runner in runners]
    hooks[0].before_train_iter(runners[0], 0, batch('a.jpg'))
    hooks[1].before_train_iter(runners[1], 0, batch('a.jpg c.jpg'))
    sent = []
    monkeypatch.setattr(
        dist, 'all_gather_object', lambda own: sent.append(own) or [own]
    )
    hooks[1].after_train_epoch(runners[1])
    (other,) = copy.deepcopy(sent)
    monkeypatch.setattr(dist, 'all_gather_object', lambda own: [own, other])
    told = runners[0].told
    assert len(told) == 1
    hooks[0].after_train_epoch(runners[0])
    assert len(told) == 2 and 'image c.jpg' in told[1]
    hooks[0].after_train(runners[0])
    assert told[2].splitlines() == [
        '2 of 8 training images could not be read; they were drawn 3 times, '
        'and other images took their place:',
        'a.jpg: the file is empty (drawn 2 times)',
        'c.jpg: the file is empty (drawn 1 times)',
    ]


def test_most_images_of_all_ranks_end_training(monkeypatch):
    runner = Training(4)
    hook = started(runner)
    hook.before_train_iter(runner, 0, batch('a.jpg'))
    other = (dict(b=1, c=1), dict(b=EMPTY, c=EMPTY))
    monkeypatch.setattr(dist, 'all_gather_object', lambda own: [own, other])
    with pytest.raises(InputError, match='3 of 4'):
        hook.after_train_epoch(runner)
