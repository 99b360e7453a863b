"""Operations: read a fact, ask the core for the difference, act once or say why nothing is needed."""
