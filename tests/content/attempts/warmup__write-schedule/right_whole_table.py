import torch


def warmup_cosine(step, *, warmup, total, peak, floor):
    ramp = torch.arange(1, warmup + 1, dtype=torch.float64) * peak / max(warmup, 1)
    phase = torch.arange(total - warmup, dtype=torch.float64) * torch.pi / max(total - warmup, 1)
    decay = floor + (peak - floor) * (1 + phase.cos()) / 2
    rates = torch.cat([ramp, decay, torch.tensor([floor], dtype=torch.float64)])
    return rates[min(step, total)]
