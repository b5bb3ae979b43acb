import torch
import torch.distributed as dist


class SyncBatchNorm(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight, bias, bn):
        flat = x.transpose(0, 1).flatten(1)
        sums = torch.cat([flat.sum(1), flat.square().sum(1), flat.new_tensor([flat.shape[1]])])
        dist.all_reduce(sums)
        total, c = sums[-1], x.shape[1]
        mean = sums[:c] / total
        var = sums[c:-1] / total - mean.square()  # fine in float64 with a small mean
        with torch.no_grad():
            bn.running_mean += bn.momentum * (mean - bn.running_mean)
            bn.running_var += bn.momentum * (var * total / (total - 1) - bn.running_var)
        rstd = torch.rsqrt(var + bn.eps)
        x_hat = (x - mean[:, None, None]) * rstd[:, None, None]
        ctx.save_for_backward(x_hat, weight, rstd)
        ctx.total = total
        return torch.addcmul(bias[:, None, None], x_hat, weight[:, None, None])

    @staticmethod
    def backward(ctx, dy):
        x_hat, weight, rstd = ctx.saved_tensors
        own = torch.cat([dy.sum((0, 2, 3)), torch.einsum("nchw,nchw->c", dy, x_hat)])
        summed = own.clone()
        dist.all_reduce(summed)
        a, b = (summed / ctx.total).chunk(2)
        dx = (dy - a[:, None, None] - x_hat * b[:, None, None]) * (weight * rstd)[:, None, None]
        dbias, dweight = own.chunk(2)
        return dx, dweight, dbias, None
