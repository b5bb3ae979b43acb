import torch
from torch import nn


def block(inputs, outputs, stride):
    conv = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(outputs), nn.SiLU())


class Backbone(nn.Module):
    def __init__(self, out_indices=(0, 1, 2, 3), frozen_stages=-1, norm_eval=False):
        super().__init__()
        self.out_indices = set(out_indices)
        self.stem = block(3, 8, 4)
        sizes = [(8, 8, 1), (8, 16, 2), (16, 32, 2), (32, 64, 2)]
        self.layers = nn.ModuleList(block(*size) for size in sizes)
        stages = [self.stem, *self.layers]
        self.still = [m for s in stages[: frozen_stages + 1] for m in s.modules()]
        if norm_eval:
            self.still += [m for m in self.modules() if isinstance(m, nn.BatchNorm2d)]
        self.learning = stages[frozen_stages + 1 :]

    def train(self, mode=True):
        super().train(mode)
        for module in self.still:
            module.training = False
        return self

    def forward(self, x):
        found = []
        for place, stage in enumerate([self.stem, *self.layers], -1):
            with torch.set_grad_enabled(torch.is_grad_enabled() and stage in self.learning):
                x = stage(x)
            if place in self.out_indices:
                found.append(x)
        return found
