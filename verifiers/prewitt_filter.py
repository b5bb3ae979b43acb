"""The filter [-1 -1 -1; 0 0 0; 1 1 1]: what it answers, where, with which sign, and how loudly."""

import torch
from torch.nn.functional import conv2d, pad

from quizapp.proof import (
    Case,
    Claim,
    at_most,
    close,
    equal,
    heat_map,
    main,
    table,
)

PREWITT = [[-1, -1, -1], [0, 0, 0], [1, 1, 1]]


def slide(image, kernel=PREWITT, **options):
    """One channel through conv2d: rows × columns in, rows × columns out."""
    kernel = torch.as_tensor(kernel, dtype=image.dtype, device=image.device)
    return conv2d(image[None, None], kernel[None, None], **options)[0, 0]


def step(dark_rows, bright_rows, columns, level=1.0, device="cpu"):
    """Black rows above rows of brightness ``level``."""
    image = torch.zeros(
        dark_rows + bright_rows, columns, dtype=torch.float64, device=device
    )
    image[dark_rows:] = level
    return image


orientation = Claim(
    "orientation",
    en="The filter responds to brightness that changes from top to bottom, so it finds horizontal edges",
    zh="该滤波器响应的是自上而下的亮度变化，因此提取的是水平边缘",
)


@orientation.cases
def pictures(rng):
    for _ in range(3):
        across, down = (
            rng.uniform(2, 3) * rng.choice([-1, 1]),
            rng.uniform(4, 6) * rng.choice([-1, 1]),
        )
        y, x = torch.meshgrid(
            *2 * [torch.arange(12, dtype=torch.float64, device=rng.device)],
            indexing="ij",
        )
        image = across * x + down * y
        want = torch.full(
            (10, 10), 6 * down, dtype=torch.float64, device=rng.device
        )
        yield Case(
            f"ramp, {across:+.2f} per column, {down:+.2f} per row",
            zh=f"线性渐变：每列 {across:+.2f}，每行 {down:+.2f}",
            image=image,
            at=slice(None),
            want=want,
        )
    level = rng.randint(5, 200)
    y, x = torch.meshgrid(
        *2 * [torch.arange(-10, 11, device=rng.device)], indexing="ij"
    )
    disk = level * (x * x + y * y < 39).double()
    # the outermost pixels of the disk: top, bottom, left, right (the output starts one pixel further in)
    places = (torch.tensor([3, 15, 9, 9]), torch.tensor([9, 9, 3, 15]))
    want = level * torch.tensor(
        [3.0, -3.0, 0.0, 0.0], dtype=torch.float64, device=rng.device
    )
    yield Case(
        f"bright disk of level {level}: top, bottom, left, right",
        zh=f"亮度为 {level} 的亮圆盘：上、下、左、右",
        image=disk,
        at=places,
        want=want,
    )


@orientation.check
def answers_what_changes_downwards(respond, case):
    got = respond(case.image)
    # float64: rounding stays near 1e-15, and no misconception comes within 5 %
    finding = close(got[case.at], case.want, 1e-10)
    return (
        [finding, heat_map(got, en="response", zh="响应图")]
        if "disk" in case.label
        else finding
    )


@orientation.answer
def prewitt_rows(image):
    return slide(image, [[-1, -1, -1], [0, 0, 0], [1, 1, 1]])


@orientation.misconception(
    en="it finds vertical edges (the transposed kernel)",
    zh="它提取竖直边缘（其实那是转置后的核）",
)
def vertical_edges(image):
    return slide(image, [[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]])


@orientation.misconception(
    en="it finds edges of every direction (the gradient magnitude)",
    zh="它提取所有方向的边缘（其实那是梯度幅值）",
)
def every_direction(image):
    return torch.hypot(slide(image), slide(image, torch.tensor(PREWITT).T))


@orientation.misconception(
    en="it is a plain difference of two pixels, without smoothing",
    zh="它只是上下两个像素相减，没有横向平滑",
)
def no_smoothing(image):
    return slide(image, [[0, -1, 0], [0, 0, 0], [0, 1, 0]])


@orientation.misconception(
    en="it responds to bright above dark with a plus",
    zh="上亮下暗时响应为正",
)
def opposite_sign(image):
    return slide(image, [[1, 1, 1], [0, 0, 0], [-1, -1, -1]])


signed_response = Claim(
    "signed_response",
    en="The response to 8-bit pixels is signed and runs from -765 to 765",
    zh="对 8 位像素的响应带符号，取值范围是 -765 到 765",
)


@signed_response.cases
def photographs(rng):
    dark, bright = rng.randint(0, 40), rng.randint(160, 255)
    size = rng.randint(6, 9)
    for above, below in ((bright, dark), (dark, bright), (255, 0)):
        image = torch.full(
            (size, size + 1), above, dtype=torch.uint8, device=rng.device
        )
        image[size // 2 :] = below
        yield Case(
            f"{above} above {below}",
            zh=f"上 {above}，下 {below}",
            image=image,
            falls=above > below,
        )
    noise = torch.randint(
        0, 256, (9, 8), dtype=torch.uint8, device=rng.device
    )
    noise[:2], noise[2:4] = (
        255,
        0,
    )  # at least one falling edge that is certain
    yield Case("random pixels", zh="随机像素", image=noise, falls=True)


@signed_response.observe
def response(respond, image):
    return respond(image).double()


@signed_response.check
def exact_and_signed(got, case):
    want = slide(case.image.double())
    rows = [
        ("min", want.min().item(), got.min().item()),
        ("max", want.max().item(), got.max().item()),
    ]
    relu = [
        (
            "max ReLU",
            want.relu().max().item(),
            got.relu().max().item(),
        )
    ]
    shown = table(
        (("response", "响应"), ("true", "真值"), ("this code", "这段代码")),
        rows + relu,
        en="range of the response",
        zh="响应的取值范围",
    )
    return [
        close(got, want, 1e-6),
        shown,
    ]  # small integers: exact, where every misconception is off by 1 or more


@signed_response.answer
def prewitt(image):
    # before the difference: uint8 has no negative numbers
    pixels = image.to(torch.int32)
    change = pixels[2:] - pixels[:-2]
    return change[:, :-2] + change[:, 1:-1] + change[:, 2:]


@signed_response.misconception(
    en="computes in the pixels' own uint8", zh="直接用像素的 uint8 类型计算"
)
def stays_in_uint8(image):
    change = image[2:] - image[:-2]
    return change[:, :-2] + change[:, 1:-1] + change[:, 2:]


@signed_response.misconception(
    en="converts after the difference",
    zh="相减之后才转换类型",
    on=lambda case: case.falls,
    because=(
        "a difference that never falls below zero does not wrap",
        "差值不为负时不会回绕",
    ),
)
def converts_too_late(image):
    change = (image[2:] - image[:-2]).to(torch.int32)
    return change[:, :-2] + change[:, 1:-1] + change[:, 2:]


@signed_response.misconception(
    en="takes int8 for signed pixels", zh="以为换成 int8 就有符号了"
)
def signed_bytes(image):
    change = image.to(torch.int8)[2:] - image.to(torch.int8)[:-2]
    return change[:, :-2] + change[:, 1:-1] + change[:, 2:]


@signed_response.misconception(
    en="both polarities give a positive response",
    zh="两种极性的边缘响应都为正",
    on=lambda case: case.falls,
    because=(
        "dark above bright is positive anyway",
        "上暗下亮的响应本来就是正的",
    ),
)
def same_for_both_polarities(image):
    return slide(image.double()).abs()


border = Claim(
    "border",
    en="Zero padding draws edges along the border of an image that has none there; repeating the border does not",
    zh="补零会在本无边缘的图像边界上造出假边缘；复制边界像素则不会",
)


@border.cases
def scenes(rng):
    """The image is the inside of a scene one pixel larger, whose response needs no padding."""
    level, size = rng.randint(5, 200), rng.randint(8, 11)
    flat = torch.full(
        (size, size + 2),
        float(level),
        dtype=torch.float64,
        device=rng.device,
    )
    yield Case(
        f"uniform grey {level}",
        zh=f"均匀灰度 {level}",
        scene=flat,
        level=level,
        uniform=True,
    )
    dark_rows = rng.randint(3, size - 3)
    scene = step(dark_rows, size - dark_rows, size + 2, level, rng.device)
    yield Case(
        f"0 above {level}",
        zh=f"上 0，下 {level}",
        scene=scene,
        level=level,
        uniform=False,
    )


@border.check
def only_real_edges(respond, case):
    got, want = respond(case.scene[1:-1, 1:-1].clone()), slide(case.scene)
    if got.shape != want.shape:
        return equal(
            tuple(got.shape),
            tuple(want.shape),
            en="size of the output",
            zh="输出尺寸",
        )
    false_edge = (got - want).abs().max().item() / case.level
    # whole numbers: exactly 0, where a false edge is 2 or 3 times the brightness
    return [
        at_most(
            false_edge,
            1e-6,
            en="strongest false edge / brightness",
            zh="最强的假边缘 / 亮度",
        ),
        heat_map(got, en="response", zh="响应图"),
    ]


@border.answer
def same_size_edges(image):
    return slide(pad(image[None], (1, 1, 1, 1), mode="replicate")[0])


@border.misconception(
    en="zero padding is harmless, for the kernel sums to zero",
    zh="核的元素之和为零，所以补零无害",
)
def zeros_are_harmless(image):
    return slide(image, padding=1)


@border.misconception(
    en="wrapping round is harmless",
    zh="循环填充无害",
    on=lambda case: not case.uniform,
    because=(
        "a uniform image continues itself",
        "均匀图像首尾相接也没有边缘",
    ),
)
def wrapping_is_harmless(image):
    return slide(pad(image[None], (1, 1, 1, 1), mode="circular")[0])


@border.misconception(
    en="the output has the image's size without padding",
    zh="不填充输出也与原图同样大",
)
def no_padding_needed(image):
    return slide(image)


if __name__ == "__main__":
    main()
