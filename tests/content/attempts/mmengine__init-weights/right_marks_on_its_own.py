def init_module(self, initialize):
    if "done" in self.__dict__:
        return
    self.done = True
    loads = []
    for cfg in self.init_cfg:
        if cfg["type"] == "Pretrained":
            loads.append(cfg)
        else:
            initialize(self, cfg)
    for _, child in self.named_children():
        if callable(getattr(child, "init_weights", None)):
            child.init_weights()
    while loads:
        initialize(self, loads.pop(0))
