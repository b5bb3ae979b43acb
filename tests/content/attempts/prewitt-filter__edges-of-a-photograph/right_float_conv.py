import torch
from torch.nn.functional import conv2d


def prewitt(image):
    kernel = torch.tensor([[-1.0, -1.0, -1.0], [0.0, 0.0, 0.0], [1.0, 1.0, 1.0]], device=image.device)
    return conv2d(image.float()[None, None], kernel[None, None]).squeeze(0).squeeze(0)
