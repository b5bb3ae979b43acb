"""The screens: studying, the sum of a sitting, and the keys."""
