from torch import nn
from torch.nn import functional as F  # torch's own name for it


class Gate(nn.Module):
    def __init__(self, channels, reduction):
        super().__init__()
        self.down = nn.Linear(channels, max(1, channels // reduction))
        self.up = nn.Linear(max(1, channels // reduction), channels)
        nn.init.zeros_(self.up.weight)
        nn.init.zeros_(self.up.bias)

    def forward(self, x):
        n, c = x.shape[:2]
        z = self.up(F.relu(self.down(F.adaptive_avg_pool2d(x, 1).view(n, c))))
        return x * (1 + F.hardtanh(z)).view(n, c, 1, 1)
