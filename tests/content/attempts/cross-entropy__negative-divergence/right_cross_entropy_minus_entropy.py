import torch
from torch.nn import functional as F  # torch's own name for it


def distillation_loss(student_logits, teacher_logits):
    p = teacher_logits.detach().softmax(dim=1)
    entropy = -torch.xlogy(p, p).sum(dim=1).mean()
    return F.cross_entropy(student_logits, p) - entropy
