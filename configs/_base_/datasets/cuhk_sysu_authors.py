# Query boxes in the convention of the authors' weights, see
# docs/authors_weights.md.
_base_ = './cuhk_sysu.py'

test_pipeline = _base_.test_pipeline
test_pipeline.insert(-1, dict(type='mmdmr.LegacyBoxEnds'))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = val_dataloader
