def init_module(self, initialize):
    if self.is_init:
        return
    self.is_init = True
    loads = [c for c in self.init_cfg if c["type"] == "Pretrained"]
    others = [c for c in self.init_cfg if c["type"] != "Pretrained"]
    for cfg in others:
        initialize(self, cfg)
    for child in self.children():
        child.init_weights()
    for cfg in loads:
        initialize(self, cfg)
