from torch import nn


class ResMLP(nn.Module):
    def __init__(self, width, depth):
        super().__init__()
        self.act = nn.ReLU()
        self.blocks = nn.ModuleDict({str(i): nn.Linear(width, width) for i in range(depth)})

    def forward(self, x):
        features = []
        for layer in self.blocks.values():
            x = self.act(layer(x)) + x
            features += [x]
        return features
