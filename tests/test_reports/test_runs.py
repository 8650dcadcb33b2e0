"""What a work dir lacks is a note; what is broken is an error."""

import pytest
from past_trainings import losses, write_settings, write_start, write_work_dir

from mmdmr.errors import InputError
from mmdmr.reports.runs import missing_baselines, name_runs, read_run
from mmdmr.reports.tables import facts_table
from mmdmr.reports.work_dirs import WorkDir


@pytest.fixture
def read(tmp_path, small_data):
    """A function that changes a whole work dir, then reads it."""
    folder = write_work_dir(tmp_path / 'run', small_data)

    def change_and_read(change=lambda folder: None):
        change(folder)
        return read_run(WorkDir('', folder), num_queries=1, num_matches=1)

    return change_and_read


#: Oddities of the data set and of the predictions, which are told as well.
ODD = ('clipped: 1', 'not x, y, width, height')


def notes_of(run):
    notes = [note for notes in run.notes.values() for note in notes]
    return [note for note in notes if not note.endswith(ODD)]


def test_a_whole_work_dir_lacks_nothing(read):
    run = read()
    assert run.analysis.worst and not notes_of(run)
    assert not missing_baselines([run])
    assert run.name == run.config_name == 'dmrnet_faster-rcnn_r50_fpn_1x_prw'


@pytest.mark.parametrize(
    'file, part, told',
    [
        ('results.npz', 'predictions', 'No predictions results.npz'),
        ('scores.json', 'metrics', 'No scores of a test, scores.json'),
        ('config.py', 'config', 'holds no config.py'),
        ('*/vis_data/scalars.json', 'training', 'No scalars in'),
    ],
)
def test_what_is_missing_is_told(read, file, part, told):
    def remove(folder):
        (path,) = folder.glob(file)
        path.unlink()

    run = read(remove)
    (note,) = notes_of(run)
    assert told in note and note in run.notes[part]


def test_commands_name_the_last_checkpoint(read):
    def remove(folder):
        (folder / 'results.npz').unlink()
        (folder / 'epoch_1.pth').write_bytes(b'')
        (folder / 'my epoch_2.pth').write_bytes(b'')

    run = read(remove)
    (note,) = run.notes['predictions']
    folder = run.work_dir
    assert f'"mmdmr test {folder}/config.py ' in note
    assert f"'{folder}/my epoch_2.pth'" in note
    assert f'--dump {folder}/results.npz' in note


def test_the_missing_data_set_is_told(read, tmp_path):
    run = read(lambda folder: write_settings(folder, 'gone'))
    assert 'gone of the data set is missing' in run.notes['predictions'][0]
    run = read(lambda folder: write_settings(folder, tmp_path))
    assert '--data-root' in run.notes['predictions'][0]


def test_baselines_are_missed_once_for_all_runs(read):
    def remove(folder):
        (folder / 'untrained.json').unlink()

    run = read(remove)
    (note,) = missing_baselines([run, run])
    assert f'"mmdmr test {run.work_dir}/config.py untrained ' in note


def test_a_training_of_mmdetection_has_scalars_alone(tmp_path):
    records = [dict(r) for r in losses()]
    for record in records:
        for name in ('memory_fill', 'memory_positives', 'ema_distance'):
            record.pop(name, None)
    write_start(tmp_path, '20260131_100000', records)
    (tmp_path / '20260131_100000/vis_data/config.py').write_text(
        "model = dict(type='FasterRCNN')\n"
        "test_dataloader = dict(dataset=dict(type='CocoDataset'))\n"
    )
    run = read_run(WorkDir('', tmp_path))
    assert run.name == tmp_path.name and run.scalars.training['loss']
    assert notes_of(run) == [
        'No queries and no similarities: the config tests on CocoDataset, '
        'not on a single person-search data set.'
    ]
    assert not missing_baselines([run])


def test_scalars_that_the_network_should_have_are_missed(tmp_path):
    write_start(*(tmp_path, '20260131_100000'), [dict(loss=1, iter=1, step=1)])
    write_settings(tmp_path, 'gone')
    notes = read_run(WorkDir('', tmp_path)).notes['memory']
    assert ['memory_' in notes[0], 'ema_' in notes[1]] == [True, True]


def test_a_config_that_is_a_program_is_told(read):
    def change(folder):
        (folder / 'config.py').write_text('import os\n')

    run = read(change)
    assert 'holds more than values' in run.notes['config'][0]
    assert run.settings == {} and run.analysis is None


def test_a_config_of_other_values_has_no_parts(read):
    def change(folder):
        (folder / 'config.py').write_text("model = 'x'\ntrain_cfg = [1]\n")

    run = read(change)
    assert run.settings and run.analysis is None
    assert facts_table([run]).rows


@pytest.mark.parametrize(
    'file', ['results.npz', 'scores.json', 'untrained.json', 'config.py']
)
def test_a_broken_file_is_an_error(read, file):
    with pytest.raises(InputError, match=file):
        read(lambda folder: (folder / file).write_bytes(b'(\xff'))


@pytest.fixture
def named(tmp_path, small_data):
    """Names of runs of one config with these momenta."""

    def names(momenta, given):
        runs = []
        for i, momentum in enumerate(momenta):
            folder = tmp_path / f'run{i}'
            folder.mkdir()
            write_settings(folder, small_data, momentum)
            runs.append(read_run(WorkDir('', folder)))
        return [run.name for run in name_runs(runs, given)]

    return names


def test_runs_of_one_config_are_named_by_what_differs(named):
    names = named([0.1, 0.01], ['', ''])
    assert names == ['momentum=0.1', 'momentum=0.01']


def test_equal_runs_are_named_by_their_folders(named):
    assert named([0.1, 0.1, 0.2], ['', '', 'x']) == ['run0', 'run1', 'x']


def test_equal_runs_in_folders_of_one_name_are_named_by_their_paths(tmp_path):
    folders = [tmp_path / 'a/run', tmp_path / 'b/run']
    for folder in folders:
        folder.mkdir(parents=True)
        write_settings(folder, 'gone')
    runs = [read_run(WorkDir('', folder)) for folder in folders]
    names = [run.name for run in name_runs(runs, ['', ''])]
    assert names == [str(folder) for folder in folders]
