from torch.nn import functional as F  # torch's own name for it


def distillation_loss(student_logits, teacher_logits):
    log_q = F.log_softmax(student_logits, dim=1)
    log_p = F.log_softmax(teacher_logits, dim=1).detach()
    return F.kl_div(log_q, log_p, log_target=True, reduction="batchmean")
