import torch


def distillation_loss(student_logits, teacher_logits):
    with torch.no_grad():
        log_p = teacher_logits.log_softmax(-1)
    return (log_p.exp() * (log_p - student_logits.log_softmax(-1))).sum(-1).mean()
