# Look-alikes, many identities seen few times, small batches; see the README
# of configs/comparison.
_base_ = './synthetic.py'

data_root = 'data/synthetic-hard/'

train_dataloader = dict(batch_size=2, dataset=dict(data_root=data_root))
val_dataloader = dict(dataset=dict(data_root=data_root))
test_dataloader = val_dataloader
