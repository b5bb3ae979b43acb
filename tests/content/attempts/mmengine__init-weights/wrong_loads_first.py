def init_module(self, initialize):
    if self.is_init:
        return
    self.is_init = True
    loads = [c for c in self.init_cfg if c["type"] == "Pretrained"]
    others = [c for c in self.init_cfg if c["type"] != "Pretrained"]
    kids = [c for c in self.children() if hasattr(c, "init_weights")]
    for cfg in loads + others:
        initialize(self, cfg)
    for child in kids:
        child.init_weights()
