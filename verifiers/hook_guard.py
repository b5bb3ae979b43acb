"""Does a check for invalid losses come before the weights are ruined?"""

import importlib
import logging
import os
import tempfile

import torch

from quizapp.proof import Case, Claim, equal, main, note

guard = Claim(
    "guard",
    en="A check keeps a NaN out of the weights only if it comes between the loss and the step; MMEngine's after_train_iter comes after",
    zh="检查必须夹在算出loss与更新权重之间，才能挡住NaN；MMEngine的after_train_iter在更新之后",
)
guard_in_mmengine = Claim(
    "guard_in_mmengine",
    en="In mmengine's Runner no hook on after_train_iter comes before the step; a check in OptimWrapper.update_params does",
    zh="在mmengine的Runner里，after_train_iter上的Hook都在更新之后；写在OptimWrapper.update_params里的检查则在更新之前",
    requires=("mmengine", "cv2", "matplotlib"),
    on="cpu",
)
BATCHES = 60


class InvalidLossError(Exception):
    """The training is to stop."""


class Runner:
    """Training on one weight. In MMCV 1.x the step is a hook itself, in MMEngine a part of train_step."""

    def __init__(self, style, batches):
        self.style, self.batches, self.hooks, self.iter = (
            style,
            batches,
            [],
            0,
        )
        self.weight = torch.ones(
            (), device=batches.device, requires_grad=True
        )
        if style == "MMCV 1.x":
            self.register_hook(self.optimizer_hook, 40)  # ABOVE_NORMAL

    def register_hook(self, after_train_iter, priority=50):
        self.hooks.append((priority, after_train_iter))
        self.hooks.sort(key=lambda pair: pair[0])

    def optimizer_hook(self, loss):
        self.update_params(loss)

    def update_params(self, loss):
        loss.backward()
        self.step()

    @torch.no_grad()
    def step(self):
        self.weight -= 0.1 * self.weight.grad
        self.weight.grad = None

    def train(self):
        for batch in self.batches:
            loss = (batch * self.weight - 1) ** 2
            if self.style == "MMEngine":
                self.update_params(loss)
            for _, after_train_iter in self.hooks:
                after_train_iter(loss)
            self.iter += 1


@guard.cases
def trainings(rng):
    for style in ("MMCV 1.x", "MMEngine"):
        for kind in ("nan", "inf"):
            bad = rng.randint(1, 40)
            batches = torch.rand(BATCHES, device=rng.device) + 0.5
            batches[bad] = float(kind)
            label = f"{style}, {kind}"
            yield Case(
                label,
                zh=f"{style}，出现{kind}",
                style=style,
                batches=batches,
                bad=bad,
            )


@guard.check
def stops_in_time(install, case):
    runner = Runner(case.style, case.batches.clone())
    install(runner)
    return verdict(
        runner.train, lambda: runner.iter, runner.weight, case.bad
    )


def verdict(train, iteration, weight, bad):
    """Did the training stop at the bad batch, with weights that are still of use?"""
    try:
        train()
        stopped = "-"
    except InvalidLossError:
        stopped = iteration()
    finite = bool(torch.isfinite(weight).all())
    return [
        equal(
            stopped,
            bad,
            en="stopped in iteration (-: never)",
            zh="停止时的runner.iter（-：未停）",
        ),
        equal(finite, True, en="weights finite", zh="权重均为有限值"),
        note(
            f"The loss is invalid when runner.iter is {bad}.",
            f"runner.iter为{bad}时，loss无效。",
        ),
    ]


def stop_if_invalid(loss):
    if not torch.isfinite(loss):
        raise InvalidLossError


@guard.answer
def before_the_step(runner):
    update = runner.update_params

    def checked(loss):
        stop_if_invalid(loss)
        update(loss)

    runner.update_params = checked


@guard.misconception(
    en="a hook of the usual priority, as often copied",
    zh="使用默认优先级的Hook（流传很广的写法）",
)
def normal_hook(runner):
    runner.register_hook(stop_if_invalid, 50)


@guard.misconception(
    en="a hook of the highest priority",
    zh="把Hook的优先级设为最高",
    on=lambda case: case.style == "MMEngine",
    because=(
        "in MMCV 1.x the step is a hook too, and comes after this one",
        "MMCV 1.x中更新本身也是Hook，排在它后面",
    ),
)
def highest_hook(runner):
    runner.register_hook(stop_if_invalid, 0)


@guard.misconception(
    en="a hook that looks every fifty iterations",
    zh="每50次迭代检查一次的Hook",
)
def every_fifty(runner):
    def check(loss):
        if (runner.iter + 1) % 50 == 0:
            stop_if_invalid(loss)

    runner.register_hook(check, 0)


@guard.misconception(
    en="clips the gradient's norm, and looks afterwards",
    zh="裁剪梯度范数，更新之后再检查",
)
def clips_the_gradient(runner):
    step = runner.step

    def clipped():
        torch.nn.utils.clip_grad_norm_([runner.weight], 1.0)
        step()

    runner.step = clipped
    runner.register_hook(stop_if_invalid, 50)


@guard_in_mmengine.cases
def real_trainings(rng):
    for kind in ("nan", "inf"):
        bad = rng.randint(1, 40)
        batches = torch.rand(BATCHES) + 0.5
        batches[bad] = float(kind)
        yield Case(kind, zh=f"出现{kind}", batches=batches, bad=bad)


@guard_in_mmengine.check
def stops_the_real_runner(install, case):
    with tempfile.TemporaryDirectory() as folder:
        runner = real_runner(case.batches.clone(), folder)
        install(runner)
        found = verdict(
            runner.train, lambda: runner.iter, runner.model.weight, case.bad
        )
        logging.shutdown()
    return found


def real_runner(batches, folder):
    """mmengine's Runner, on the model and the batches of ours."""
    # the runner loads matplotlib, which would leave its list of fonts at home
    os.environ["MPLCONFIGDIR"] = os.environ["XDG_CACHE_HOME"] = folder
    module = importlib.import_module("mmengine.model").BaseModel

    class Model(module):
        def __init__(self):
            super().__init__()
            self.weight = torch.nn.Parameter(torch.ones(()))

        def forward(self, batch, mode="tensor"):
            return {"loss": (batch * self.weight - 1) ** 2}

    quiet = ["runtime_info", "timer", "sampler_seed", "logger"]
    return importlib.import_module("mmengine.runner").Runner(
        Model(),
        folder,
        train_dataloader=torch.utils.data.DataLoader(
            batches, batch_size=None, collate_fn=lambda x: {"batch": x}
        ),
        train_cfg={"by_epoch": True, "max_epochs": 1},
        optim_wrapper={"optimizer": {"type": "SGD", "lr": 0.1}},
        default_hooks=dict.fromkeys(
            [*quiet, "param_scheduler", "checkpoint"]
        ),
        log_level="CRITICAL",
        experiment_name=folder,
    )


@guard_in_mmengine.answer
def in_the_optim_wrapper(runner):
    runner.optim_wrapper = runner.build_optim_wrapper(runner.optim_wrapper)
    update = runner.optim_wrapper.update_params

    def checked(loss, *given, **named):
        stop_if_invalid(loss)
        update(loss, *given, **named)

    runner.optim_wrapper.update_params = checked


def real_hook(runner, priority):
    base = importlib.import_module("mmengine.hooks").Hook

    class Check(base):
        def after_train_iter(self, runner, batch_idx, data_batch, outputs):
            stop_if_invalid(outputs["loss"])

    runner.register_hook(Check(), priority)


@guard_in_mmengine.misconception(
    en="a hook of the usual priority, as often copied",
    zh="使用默认优先级的Hook（流传很广的写法）",
)
def registers_it_normal(runner):
    real_hook(runner, "NORMAL")


@guard_in_mmengine.misconception(
    en="a hook of the highest priority", zh="把Hook的优先级设为最高"
)
def registers_it_highest(runner):
    real_hook(runner, "HIGHEST")


if __name__ == "__main__":
    main()
