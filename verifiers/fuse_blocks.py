"""Blocks of features brought to one footing before they are concatenated."""

import torch

from quizapp.proof import Case, Claim, close, main, table

fuse = Claim(
    "fuse",
    en="Blocks are standardised column by column with the statistics of the training rows, and divided by √d, so that "
    "each counts the same in a distance",
    zh="各特征块用训练行的统计量逐列标准化，再除以 √d，这样各块在距离中的分量相同",
)


@fuse.cases
def blocks_of_features(rng):
    for label, zh, sizes, scales in (
        ("two blocks", "两块", (6, 3), (1.0, 1.0)),
        ("other units", "单位不同", (6, 3), (0.01, 255.0)),
        (
            "three blocks, one of one column",
            "三块，其中一块只有一列",
            (4, 1, 9),
            (1.0, 20.0, 3.0),
        ),
        ("a constant column", "有一个常数列", (4, 3), (1.0, 5.0)),
    ):
        n = rng.randint(20, 30)
        blocks = [
            scale * (torch.randn(n, size).double() + 2)
            for size, scale in zip(sizes, scales, strict=True)
        ]
        if label == "a constant column":
            blocks[1][:, 0] = 3.0
        train = torch.tensor(sorted(rng.sample(range(n), 12)))
        test = torch.ones(n, dtype=torch.bool)
        test[train] = False
        for block, scale in zip(blocks, scales, strict=True):
            # new data drift: statistics that include them are others
            moved = block[test] * 1.5 + scale
            block[test] = torch.where(block[test] == 3.0, 3.0, moved)
        yield Case(
            label,
            zh=zh,
            blocks=[each.to(rng.device) for each in blocks],
            train=train.to(rng.device),
        )


@fuse.observe
def fused(join, blocks, train):
    return join(blocks, train)


@fuse.check
def column_by_column(got, case):
    columns, rows = [], []
    chosen = case.train.tolist()
    for block in case.blocks:
        for column in block.T.tolist():
            seen = [column[row] for row in chosen]
            mean = sum(seen) / len(seen)
            square = sum((each - mean) ** 2 for each in seen) / len(seen)
            size = (square * block.shape[1]) ** 0.5 or 1.0
            columns.append([(each - mean) / size for each in column])
    want = case.blocks[0].new_tensor(columns).T
    start = 0
    for at, block in enumerate(case.blocks, 1):
        part = want[case.train, start : start + block.shape[1]]
        raw = block[case.train]
        rows.append((at, block.shape[1], spread(raw), spread(part)))
        start += block.shape[1]
    return [
        # rounding leaves 1e-15; over 200 seeds every misconception is off by 2 % or more
        close(got, want, 1e-6),
        table(
            (
                ("block", "块"),
                ("columns", "列数"),
                ("mean squared distance before", "之前的平均平方距离"),
                ("after", "之后"),
            ),
            rows,
            en="Between the training rows",
            zh="训练行之间",
        ),
    ]


def spread(x):
    return float((torch.cdist(x, x) ** 2).mean())


@fuse.answer
def fuse_blocks(blocks, train):
    fused = []
    for block in blocks:
        seen = block[train]
        std = seen.std(0, correction=0)
        std = torch.where(std > 0, std, torch.ones_like(std))
        columns = block.shape[1]
        fused.append((block - seen.mean(0)) / std / columns**0.5)
    return torch.cat(fused, dim=1)


@fuse.misconception(
    en="takes mean and deviation over all rows, those to be tested too",
    zh="均值和标准差用了全部行，连测试行也算进去",
)
def fits_on_all_rows(blocks, train):
    everything = torch.arange(len(blocks[0]), device=blocks[0].device)
    return fuse_blocks(blocks, everything)


@fuse.misconception(
    en="standardises, but lets a block of many columns count for more",
    zh="只做标准化，列数多的块分量仍然更大",
)
def without_the_root(blocks, train):
    joined = torch.cat(blocks, dim=1)
    whole = fuse_blocks([joined], train)
    return whole * joined.shape[1] ** 0.5


@fuse.misconception(
    en="divides by d instead of its root",
    zh="除以 d，而不是 √d",
)
def divides_by_the_size(blocks, train):
    parts = [fuse_blocks([b], train) / b.shape[1] ** 0.5 for b in blocks]
    return torch.cat(parts, dim=1)


@fuse.misconception(
    en="one mean and deviation for a whole block",
    zh="整块只用一个均值和一个标准差",
)
def one_scale_a_block(blocks, train):
    parts = []
    for block in blocks:
        seen = block[train]
        scaled = (block - seen.mean()) / seen.std(correction=0)
        parts.append(scaled / block.shape[1] ** 0.5)
    return torch.cat(parts, dim=1)


@fuse.misconception(
    en="divides a constant column by 0",
    zh="常数列除以了 0",
    on=lambda case: case.label == "a constant column",
    because=("elsewhere no column is constant", "其他情形没有常数列"),
)
def nan_for_constants(blocks, train):
    parts = []
    for block in blocks:
        seen = block[train]
        scaled = (block - seen.mean(0)) / seen.std(0, correction=0)
        parts.append(scaled / block.shape[1] ** 0.5)
    return torch.cat(parts, dim=1)


@fuse.misconception(
    en="gives every row, instead of every column, mean 0 and deviation 1",
    zh="对每一行（而不是每一列）做标准化",
)
def row_by_row(blocks, train):
    parts = []
    for block in blocks:
        scaled = block - block.mean(1, keepdim=True)
        size = block.std(1, keepdim=True, correction=0) + 1e-9
        parts.append(scaled / size / block.shape[1] ** 0.5)
    return torch.cat(parts, dim=1)


if __name__ == "__main__":
    main()
