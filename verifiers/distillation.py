"""KL divergence between a teacher and a student, through F.kl_div and its traps."""

import torch
from torch.nn import functional as F  # torch's own name for it

from quizapp.proof import Case, Claim, at_most, close, main

distillation = Claim(
    "distillation",
    en="F.kl_div(log q, p, reduction='batchmean') with a detached target is KL(p‖q), a mean over samples",
    zh="F.kl_div(log q, p, reduction='batchmean') 且目标detach，才是按样本平均的KL(p‖q)",
    on="cpu",
)


@distillation.cases
def teachers(rng):
    for label, zh, rows, classes, sharpness in (
        ("5 classes", "5 类", 8, 5, 1.0),
        ("40 classes", "40 类", 4, 40, 2.0),
        (
            "a teacher so sure that softmax gives zeros",
            "教师极度自信，softmax输出出现 0",
            6,
            7,
            4000.0,
        ),
    ):
        student, teacher = torch.randn(
            2, rows, classes, dtype=torch.float64
        )
        teacher = sharpness * teacher + rng.uniform(-50, 50)
        yield Case(
            label,
            zh=zh,
            student=student,
            teacher=teacher,
            sure=sharpness > 100,
        )


@distillation.observe
def value_and_gradients(loss, student, teacher):
    student, teacher = (
        logits.clone().requires_grad_() for logits in (student, teacher)
    )
    value = loss(student, teacher)
    value.backward()
    moved = 0.0 if teacher.grad is None else float(teacher.grad.abs().max())
    return float(value.detach()), student.grad, moved


@distillation.check
def forward_kl(seen, case):
    value, gradient, moved = seen
    p = case.teacher.softmax(1)
    return [
        close(
            value,
            kl(p, case.student),
            1e-10,
            en="value against KL(p‖q)",
            zh="损失值与KL(p‖q)之差",
        ),
        close(
            gradient,
            (case.student.softmax(1) - p) / len(p),
            1e-10,
            en="student's gradient",
            zh="学生梯度误差",
        ),
        at_most(
            moved,
            1e-12,
            en="largest gradient into the teacher",
            zh="流入教师的最大梯度",
        ),
    ]


def kl(p, logits):
    return float(
        (torch.xlogy(p, p) - p * logits.log_softmax(1)).sum(1).mean()
    )


@distillation.answer
def distillation_loss(student_logits, teacher_logits):
    log_q = F.log_softmax(student_logits, dim=1)
    p = F.softmax(teacher_logits.detach(), dim=1)
    return F.kl_div(log_q, p, reduction="batchmean")


@distillation.misconception(
    en="hands kl_div probabilities where it takes log-probabilities",
    zh="kl_div第一个参数应是对数概率，却传了概率",
)
def passes_probabilities(student_logits, teacher_logits):
    p = F.softmax(teacher_logits.detach(), dim=1)
    return F.kl_div(
        F.softmax(student_logits, dim=1), p, reduction="batchmean"
    )


@distillation.misconception(
    en="leaves reduction at 'mean', which divides by K too",
    zh="用默认的reduction='mean'，多除了一个类别数K",
)
def mean_over_elements(student_logits, teacher_logits):
    p = F.softmax(teacher_logits.detach(), dim=1)
    return F.kl_div(
        F.log_softmax(student_logits, dim=1), p, reduction="none"
    ).mean()


@distillation.misconception(
    en="gives the teacher as the first argument",
    zh="参数顺序反了：把教师放在第一个",
)
def swaps_the_arguments(student_logits, teacher_logits):
    log_p = F.log_softmax(teacher_logits.detach(), dim=1)
    return F.kl_div(
        log_p, F.softmax(student_logits, dim=1), reduction="batchmean"
    )


@distillation.misconception(
    en="lets the gradient flow into the target",
    zh="目标没有detach，梯度流进了教师",
    on=lambda case: not case.sure,
    because=(
        "a saturated softmax passes no gradient on",
        "softmax饱和时梯度本来就传不过去",
    ),
)
def moves_the_teacher(student_logits, teacher_logits):
    log_q = F.log_softmax(student_logits, dim=1)
    return F.kl_div(
        log_q, F.softmax(teacher_logits, dim=1), reduction="batchmean"
    )


if __name__ == "__main__":
    main()
