"""Text for the terminal: sanitised, marked down, drawn. The only room below the faces that knows Rich."""
