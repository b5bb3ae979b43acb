"""The deck: YAML files to cards, with every error at its file, line and column."""
