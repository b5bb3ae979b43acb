import torch
import torch.distributed as dist


class SyncBatchNorm(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight, bias, bn):
        channels = x.shape[1]
        var, mean = torch.var_mean(x, dim=(0, 2, 3), correction=0)
        mine = torch.cat([mean, var, x.new_tensor([x.numel() / channels])])
        shards = [torch.empty_like(mine) for _ in range(dist.get_world_size())]
        dist.all_gather(shards, mine)
        means, variances, counts = torch.stack(shards).split([channels, channels, 1], dim=1)

        total = counts.sum()
        mean = (counts * means).sum(0) / total
        var = (counts * (variances + (means - mean) ** 2)).sum(0) / total
        bn.running_mean.lerp_(mean, bn.momentum)
        bn.running_var.lerp_(var * total / (total - 1), bn.momentum)

        rstd = (var + bn.eps).rsqrt()
        x_hat = (x - mean.view(-1, 1, 1)) * rstd.view(-1, 1, 1)
        ctx.save_for_backward(x_hat, weight, rstd, total)
        return x_hat * weight.view(-1, 1, 1) + bias.view(-1, 1, 1)

    @staticmethod
    def backward(ctx, dy):
        x_hat, _, rstd, total = ctx.saved_tensors
        dbias, dweight = dy.sum((0, 2, 3)), (dy * x_hat).sum((0, 2, 3))
        sums = torch.stack([dbias, dweight])
        dist.all_reduce(sums)
        mean_dy, mean_dy_x_hat = (sums / total).view(2, -1, 1, 1)
        dx = rstd.view(-1, 1, 1) * (dy - mean_dy - x_hat * mean_dy_x_hat)
        return dx, dweight, dbias, None
