"""The parts of the study screen. They show what they are given and post what the learner did."""
