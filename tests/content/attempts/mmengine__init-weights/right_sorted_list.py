def init_module(self, initialize):
    if self.is_init:
        return
    self.is_init = True

    def ask(child):
        return getattr(child, "init_weights", lambda: None)()

    jobs = [(1, ask, (child,)) for child in self.children()]
    for cfg in self.init_cfg:
        when = 2 if cfg["type"] == "Pretrained" else 0
        jobs.append((when, initialize, (self, cfg)))
    for _, work, given in sorted(jobs, key=lambda job: job[0]):
        work(*given)
