import torch


class Normalise(torch.nn.Module):
    def __init__(self, mean, std):
        super().__init__()
        scale = [1 / each for each in std]
        for name, values in {"shift": mean, "scale": scale}.items():
            self.register_buffer(name, torch.tensor(values).view(-1, 1, 1))

    def forward(self, x):
        return x.sub(self.shift).mul(self.scale)
