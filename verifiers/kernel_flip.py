"""What turning the kernel changes: conv2d computes cross-correlation, mathematics convolution."""

import torch
from torch.nn.functional import conv2d

from quizapp.proof import Case, Claim, close, equal, main

PREWITT = [[-1, -1, -1], [0, 0, 0], [1, 1, 1]]


def slide(image, kernel):
    """One channel through conv2d: rows × columns in, rows × columns out."""
    return conv2d(image[None, None], kernel[None, None])[0, 0]


correlation = Claim(
    "correlation",
    en="conv2d is cross-correlation; a true convolution turns the kernel by 180 degrees first",
    zh="conv2d 计算的是互相关；真正的卷积要先把卷积核旋转 180 度",
)


def stamped(x, k):
    """Convolution by its other definition: each pixel stamps the kernel, scaled; keep where all of it fits."""
    (rows, columns), (high, wide) = x.shape, k.shape
    full = torch.zeros(
        rows + high - 1, columns + wide - 1, dtype=x.dtype, device=x.device
    )
    for i in range(rows):
        for j in range(columns):
            full[i : i + high, j : j + wide] += x[i, j] * k
    return full[high - 1 : rows, wide - 1 : columns]


@correlation.cases
def images_and_kernels(rng):
    def whole(*shape):
        return torch.randint(-9, 10, shape, device=rng.device).double()

    def lopsided(
        high, wide
    ):  # no symmetry that would let a wrong flip pass: the first row outweighs all others
        kernel = whole(high, wide)
        kernel[0], kernel[0, 0] = kernel[0] + 30, kernel[0, 0] + 60
        return kernel

    rows, columns = rng.randint(5, 7), rng.randint(8, 9)
    x = whole(rows, columns)
    # the first row and the last pixel stand out, so that a kernel as large as the image tells the flips apart
    x[0], x[-1], x[-1, -1] = x[0].abs() + 10, 0, 40
    prewitt = torch.tensor(PREWITT, dtype=torch.float64, device=rng.device)
    yield Case(
        "the Prewitt kernel",
        zh="Prewitt 核",
        x=x,
        k=prewitt,
        antisymmetric=True,
    )
    yield Case("random 3×3", zh="随机 3×3", x=x, k=lopsided(3, 3))
    yield Case("even 2×4", zh="偶数尺寸 2×4", x=x, k=lopsided(2, 4))
    yield Case("one row 1×3", zh="单行 1×3", x=x, k=lopsided(1, 3))
    yield Case("1×1", x=x, k=whole(1, 1) + 20, symmetric=True)
    yield Case(
        "kernel as large as the image",
        zh="核与图像同样大",
        x=x,
        k=lopsided(rows, columns),
    )
    yield Case(
        "image and kernel not contiguous, float32",
        zh="图像和核都不连续存储，float32",
        x=whole(columns, rows).float().T,
        k=lopsided(3, 2).float().T,
    )
    yield Case(
        "kernel too wide",
        zh="核太宽",
        x=x,
        k=whole(2, columns + 1),
        fits=False,
    )
    yield Case(
        "kernel too high",
        zh="核太高",
        x=x,
        k=whole(rows + 1, 2),
        fits=False,
    )


@correlation.observe
def both_ways(conv, x, k):
    if k.shape[0] > x.shape[0] or k.shape[1] > x.shape[1]:
        return raised(conv, x, k)
    return conv(x, k), conv(x, k, flip=True)


@correlation.check
def both_operations(seen, case):
    if not getattr(case, "fits", True):
        return equal(
            seen,
            "ValueError",
            en="what a kernel that does not fit raises",
            zh="放不下的核所引发的异常",
        )
    plain, flipped = seen
    return [  # whole numbers: exact in both types, where a misconception misses by a tenth or more
        close(
            plain,
            slide(case.x, case.k),
            1e-6,
            en="against F.conv2d",
            zh="与 F.conv2d 比较",
        ),
        close(
            flipped,
            stamped(case.x, case.k),
            1e-6,
            en="flip=True, against convolution",
            zh="flip=True，与真卷积比较",
        ),
        equal(flipped.dtype, case.x.dtype, en="type", zh="数据类型"),
    ]


def raised(call, *arguments):
    try:
        call(*arguments)
    except Exception as error:
        return type(error).__name__
    return "nothing"


@correlation.answer
def conv2d_valid(x, k, flip=False):
    high, wide = k.shape
    rows, columns = x.shape[0] - high + 1, x.shape[1] - wide + 1
    if rows < 1 or columns < 1:
        raise ValueError("the kernel is larger than the image")
    if flip:
        k = k.flip(0, 1)
    out = torch.empty(rows, columns, dtype=x.dtype, device=x.device)
    for i in range(rows):
        for j in range(columns):
            out[i, j] = (x[i : i + high, j : j + wide] * k).sum()
    return out


def fits(case):
    return getattr(case, "fits", True)


def lopsided_kernel(case):
    return fits(case) and not getattr(case, "symmetric", False)


@correlation.misconception(
    en="F.conv2d is already the true convolution",
    zh="F.conv2d 已经是真正的卷积",
    on=lopsided_kernel,
    because=(
        "a 1×1 kernel looks the same turned round; one that does not fit is only refused",
        "1×1 的核旋转后不变；放不下的核则只看是否报错",
    ),
)
def conv2d_is_convolution(x, k, flip=False):
    return slide(x, k)


@correlation.misconception(
    en="F.conv2d flips the kernel itself",
    zh="F.conv2d 会自动翻转卷积核",
    on=lopsided_kernel,
    because=(
        "a 1×1 kernel looks the same turned round; one that does not fit is only refused",
        "1×1 的核旋转后不变；放不下的核则只看是否报错",
    ),
)
def conv2d_flips(x, k, flip=False):
    return slide(x, k.flip(0, 1) if not flip else k)


@correlation.misconception(
    en="a change of sign turns one into the other, for any kernel",
    zh="对任何卷积核，二者只差一个负号",
    on=lambda case: (
        fits(case) and not getattr(case, "antisymmetric", False)
    ),
    because=(
        "it is true of antisymmetric kernels such as Prewitt's",
        "对 Prewitt 这类反对称核确实成立",
    ),
)
def sign_is_enough(x, k, flip=False):
    return -slide(x, k) if flip else slide(x, k)


@correlation.misconception(
    en="convolution flips the rows only",
    zh="卷积只需上下翻转",
    on=lambda case: (
        lopsided_kernel(case) and not getattr(case, "antisymmetric", False)
    ),
    because=(
        "each row of Prewitt's kernel reads the same both ways",
        "Prewitt 核的每一行左右对称",
    ),
)
def flips_rows_only(x, k, flip=False):
    return slide(x, k.flip(0) if flip else k)


if __name__ == "__main__":
    main()
