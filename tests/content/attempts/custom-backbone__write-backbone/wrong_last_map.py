from torch import nn


def block(inputs, outputs, stride):
    conv = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(outputs), nn.SiLU())


class Backbone(nn.Module):
    def __init__(self, out_indices=(0, 1, 2, 3), frozen_stages=-1, norm_eval=False):
        super().__init__()
        self.out_indices = out_indices
        self.frozen_stages = frozen_stages
        self.norm_eval = norm_eval
        widths = [8, 8, 16, 32, 64]
        self.stem = block(3, 8, 4)
        self.layers = nn.ModuleList(block(widths[i], widths[i + 1], 1 if i == 0 else 2) for i in range(4))

    def forward(self, x):
        maps, x = [], self.stem(x)
        for i, layer in enumerate(self.layers):
            x = layer(x)
            if i in self.out_indices:
                maps.append(x)
        return x

    def freeze(self):
        if self.frozen_stages >= 0:
            for stage in [self.stem, *self.layers[: self.frozen_stages]]:
                stage.eval()
                for weight in stage.parameters():
                    weight.requires_grad = False

    def train(self, mode=True):
        super().train(mode)
        self.freeze()
        if mode and self.norm_eval:
            for m in self.modules():
                if isinstance(m, nn.BatchNorm2d):
                    m.eval()
        return self
