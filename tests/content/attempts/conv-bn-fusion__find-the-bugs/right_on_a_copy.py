import copy

import torch


@torch.no_grad()
def fuse_conv_bn(conv, bn):
    fused = copy.deepcopy(conv)
    scale = (bn.running_var + bn.eps) ** -0.5
    shift = -bn.running_mean * scale
    if bn.affine:
        scale, shift = scale * bn.weight, shift * bn.weight + bn.bias
    fused.weight.mul_(scale.view(-1, 1, 1, 1))
    if fused.bias is None:
        fused.bias = torch.nn.Parameter(shift)
    else:
        fused.bias.mul_(scale).add_(shift)
    return fused
