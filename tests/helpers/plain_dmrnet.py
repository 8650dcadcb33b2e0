"""DMRNet's training step on one page, in plain PyTorch.

No hooks, no Runner; loops where the package computes with tensors. The tests
train this class beside the package and compare losses, queue and key encoder.
Equation numbers are those of docs/method.md.
"""

import math

import torch
import torch.nn.functional as F
from mmcv.ops import roi_align


class PlainDMRNet:
    """A detector, its re-ID head, and what trains the re-ID head.

    Args:
        net (FasterRCNN): Detector of MMDetection with an FPN.
        fc (Linear): Layer from the features of a region to its embedding.
        key_net (FasterRCNN): Copy of ``net``.
        key_fc (Linear): Copy of ``fc``.
        num_labelled (int): Slots of the queue for labelled keys.
        num_unlabelled (int): Slots of the queue for unlabelled keys.
        momentum (float): Share of the network in an update, mu.
        scale (float): Scale of the similarities in the loss, g.
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
        # A slot is None until it holds a key and its identity.
        self.rings = [[None] * num_labelled, [None] * num_unlabelled]
        self.pointers = [0, 0]
        self.momentum, self.scale = momentum, scale

    def embed(self, maps, rois, fc):
        """Embed regions, equation (2).

        Args:
            maps (list[Tensor]): Feature maps P2 to P6, strides 4 to 64.
            rois (Tensor): Image index and box in pixels, (n, 5).
            fc (Linear): Layer of the network or of the key encoder.

        Returns:
            Tensor: Embeddings of unit length, (n, d).
        """
        strides, feats = (8, 16, 32), []
        for roi in rois:
            # P3 below 112 pixels, P4 below 224, P5 from there on.
            size = math.sqrt((roi[3] - roi[1]) * (roi[4] - roi[2]))
            level = min(max(math.floor(math.log2(size / 56 + 1e-6)), 0), 2)
            feats.append(
                roi_align(
                    maps[level + 1],
                    roi[None],
                    7,  # cells a side
                    1 / strides[level],
                    2,  # samples a side of a cell
                    'avg',
                    True,  # aligned: the value of a cell is at its centre
                )
            )
        return F.normalize(fc(torch.cat(feats).flatten(1)), dim=1)

    def update_key_encoder(self):
        """Move towards the network, equation (1), before all steps but one.

        Before the first step both are equal.
        """
        for fast, slow in (
            (self.net.backbone, self.key_net.backbone),
            (self.net.neck, self.key_net.neck),
            (self.fc, self.key_fc),
        ):
            for q, k in zip(fast.parameters(), slow.parameters()):
                k.data = (1 - self.momentum) * k.data + self.momentum * q.data

    def enqueue(self, keys, ids):
        """Write keys over the oldest, one after the other, equation (3)."""
        for key, person_id in zip(keys, ids.tolist()):
            part = 0 if person_id >= 0 else 1
            ring, pointer = self.rings[part], self.pointers[part]
            if ring:
                ring[pointer] = (key, person_id)
                self.pointers[part] = (pointer + 1) % len(ring)

    def pair_loss(self, embeddings, ids):
        """Compare the batch with the queue, equation (4)."""
        queue = [slot for ring in self.rings for slot in ring if slot]
        losses = []
        for q, person_id in zip(embeddings, ids.tolist()):
            if person_id < 0:
                continue  # unlabelled: never an anchor
            # The person's own key is among the positives.
            positive = [k @ q for k, key_id in queue if key_id == person_id]
            negative = [k @ q for k, key_id in queue if key_id != person_id]
            losses.append(
                F.softplus(
                    torch.logsumexp(-self.scale * torch.stack(positive), 0)
                    + torch.logsumexp(self.scale * torch.stack(negative), 0)
                )
            )
        return torch.stack(losses).mean() if losses else embeddings.sum() * 0

    def step(self, optimizer, inputs, samples):
        """Train on a batch, equation (5).

        Args:
            optimizer (Optimizer): Optimizer of ``net`` and ``fc``.
            inputs (Tensor): Normalised images, (N, 3, H, W).
            samples (list[DetDataSample]): Boxes, and identities from 0 on, -1
                where unlabelled.

        Returns:
            float: Pair loss of the batch.
        """
        # The ground-truth boxes of all images.
        rois = torch.cat(
            [
                F.pad(s.gt_instances.bboxes, (1, 0), value=i)
                for i, s in enumerate(samples)
            ]
        ).to(inputs)
        ids = torch.cat([s.gt_instances.person_ids for s in samples])
        # Detection, as in MMDetection.
        detection = self.net.loss(inputs, samples)
        # Keys of the same boxes. They enter the queue before the loss is
        # computed; the package stages them and commits after the step.
        with torch.no_grad():
            maps = self.key_net.extract_feat(inputs)
            self.enqueue(self.embed(maps, rois, self.key_fc), ids)
        # Identification. The package takes the maps of the detector's pass.
        embeddings = self.embed(self.net.extract_feat(inputs), rois, self.fc)
        reid = self.pair_loss(embeddings, ids)
        total = reid + sum(
            sum(v) if isinstance(v, list) else v
            for k, v in detection.items()
            if 'loss' in k
        )
        optimizer.zero_grad()
        total.backward()
        optimizer.step()
        return reid.item()
