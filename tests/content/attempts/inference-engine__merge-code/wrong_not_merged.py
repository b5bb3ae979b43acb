SAME = ("in_channels", "kernel_size", "stride", "padding", "dilation", "groups", "padding_mode")


def merge_parallel_convs(convs):
    if len({tuple(getattr(conv, name) for name in SAME) for conv in convs}) > 1 or convs[0].groups > 1:
        raise ValueError("these convolutions cannot be stacked")
    return lambda x: [conv(x) for conv in convs]
