from torch.nn import functional as F  # torch's own name for it


def distillation_loss(student_logits, teacher_logits):
    p = F.softmax(teacher_logits, dim=1)
    return F.kl_div(F.log_softmax(student_logits, dim=1), p, reduction="batchmean")
