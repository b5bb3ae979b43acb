def init_module(self, initialize):
    if not self.is_init:
        for last in (False, True):
            for cfg in self.init_cfg:
                if (cfg["type"] == "Pretrained") is last:
                    initialize(self, cfg)
            if not last:
                for child in self.children():
                    if hasattr(child, "init_weights"):
                        child.init_weights()
        self.is_init = True
