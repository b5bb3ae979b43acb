from torch import nn
from torch.nn import functional as F  # torch's own name for it


class Norm(nn.BatchNorm2d):
    still = False

    def forward(self, x):
        if self.still:
            return F.batch_norm(x, self.running_mean, self.running_var, self.weight, self.bias)
        return super().forward(x)


def block(inputs, outputs, stride):
    conv = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
    return nn.Sequential(conv, Norm(outputs), nn.SiLU())


class Backbone(nn.Module):
    def __init__(self, out_indices=(0, 1, 2, 3), frozen_stages=-1, norm_eval=False):
        super().__init__()
        self.out_indices = sorted(out_indices)
        widths = [8, 8, 16, 32, 64]
        self.stem = block(3, 8, 4)
        self.layers = nn.ModuleList(block(widths[i], widths[i + 1], 1 if i == 0 else 2) for i in range(4))
        for place, stage in enumerate([self.stem, *self.layers]):
            frozen = place <= frozen_stages
            stage.requires_grad_(not frozen)
            stage[1].still = frozen or norm_eval

    def forward(self, x):
        outputs, x = {}, self.stem(x)
        for place, layer in enumerate(self.layers):
            x = outputs[place] = layer(x)
        return tuple(outputs[place] for place in self.out_indices)
