# Hard synthetic scenes: look-alikes, many identities seen few times, small
# batches. See configs/comparison/README.md.
_base_ = './synthetic.py'

data_root = 'data/synthetic-hard/'

train_dataloader = dict(batch_size=2, dataset=dict(data_root=data_root))
val_dataloader = dict(dataset=dict(data_root=data_root))
test_dataloader = val_dataloader
