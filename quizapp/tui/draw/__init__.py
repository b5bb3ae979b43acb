"""Pure drawing: the state of a card, a run or a sitting in, Rich renderables out."""
