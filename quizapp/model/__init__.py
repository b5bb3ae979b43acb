"""The nouns of the project: frozen, framework-free, standard library only."""
