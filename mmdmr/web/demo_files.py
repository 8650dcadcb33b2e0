"""Names of what ``make demo`` makes, for the demonstration and its page."""

#: Config of the network, by name.
CONFIG = 'dmrnet_faster-rcnn_r18_fpn_synthetic.py'
#: Folders of the results and of the scenes, by default.
WORK_DIR, DATA_ROOT = 'work_dirs/demo', 'data/synthetic'
