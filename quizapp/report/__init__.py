"""What the log says of the learner: figures and their exports, pure functions over the model.

Nothing here reads a file or a clock: events, states and receipts are handed in.
"""
