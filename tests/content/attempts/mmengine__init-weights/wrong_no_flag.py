def init_module(self, initialize):
    loads = [c for c in self.init_cfg if c["type"] == "Pretrained"]
    others = [c for c in self.init_cfg if c["type"] != "Pretrained"]
    kids = [c for c in self.children() if hasattr(c, "init_weights")]
    for cfg in others:
        initialize(self, cfg)
    for child in kids:
        child.init_weights()
    for cfg in loads:
        initialize(self, cfg)
