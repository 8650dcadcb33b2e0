"""DMRNet's training step restated in plain PyTorch, for comparison only."""

import math

import torch
import torch.nn.functional as F
from mmcv.ops import roi_align


class PlainDMRNet:
    """Own ring, own average, no hooks, no Runner.

    Args:
        net: Stock Faster R-CNN, which detects.
        fc: Linear layer of the embedding.
        key_net, key_fc: Copies of both.
    """

    def __init__(
        self,
        net,
        fc,
        key_net,
        key_fc,
        num_labelled,
        num_unlabelled,
        momentum,
        scale,
    ):
        self.net, self.fc, self.key_net, self.key_fc = net, fc, key_net, key_fc
        self.rings = [[None] * num_labelled, [None] * num_unlabelled]
        self.pointers = [0, 0]
        self.momentum, self.scale = momentum, scale

    def average(self):
        for fast, slow in (
            (self.net.backbone, self.key_net.backbone),
            (self.net.neck, self.key_net.neck),
            (self.fc, self.key_fc),
        ):
            for q, k in zip(fast.parameters(), slow.parameters()):
                k.data = (1 - self.momentum) * k.data + self.momentum * q.data

    def embed(self, maps, rois, fc):
        strides, feats = (8, 16, 32), []
        for roi in rois:
            size = math.sqrt((roi[3] - roi[1]) * (roi[4] - roi[2]))
            level = min(max(math.floor(math.log2(size / 56 + 1e-6)), 0), 2)
            feats.append(
                roi_align(
                    maps[level + 1],
                    roi[None],
                    7,
                    1 / strides[level],
                    2,
                    'avg',
                    True,
                )
            )
        return F.normalize(fc(torch.cat(feats).flatten(1)), dim=1)

    def enqueue(self, keys, ids):
        for key, person_id in zip(keys, ids.tolist()):
            part = 0 if person_id >= 0 else 1
            ring, pointer = self.rings[part], self.pointers[part]
            if ring:
                ring[pointer] = (key, person_id)
                self.pointers[part] = (pointer + 1) % len(ring)

    def reid_loss(self, embeddings, ids):
        memory = [slot for ring in self.rings for slot in ring if slot]
        losses = []
        for x, y in zip(embeddings, ids.tolist()):
            if y < 0:
                continue
            same = [k @ x for k, i in memory if i == y]
            other = [k @ x for k, i in memory if i != y]
            losses.append(
                F.softplus(
                    torch.logsumexp(-self.scale * torch.stack(same), 0)
                    + torch.logsumexp(self.scale * torch.stack(other), 0)
                )
            )
        return torch.stack(losses).mean() if losses else embeddings.sum() * 0

    def step(self, optimizer, inputs, samples):
        rois = torch.cat(
            [
                F.pad(s.gt_instances.bboxes, (1, 0), value=i)
                for i, s in enumerate(samples)
            ]
        ).to(inputs)
        ids = torch.cat([s.gt_instances.person_ids for s in samples])
        detection = self.net.loss(inputs, samples)
        with torch.no_grad():
            maps = self.key_net.extract_feat(inputs)
            self.enqueue(self.embed(maps, rois, self.key_fc), ids)
        embeddings = self.embed(self.net.extract_feat(inputs), rois, self.fc)
        reid = self.reid_loss(embeddings, ids)
        total = reid + sum(
            sum(v) if isinstance(v, list) else v
            for k, v in detection.items()
            if 'loss' in k
        )
        optimizer.zero_grad()
        total.backward()
        optimizer.step()
        return reid.item()
